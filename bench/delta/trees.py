"""The bench's own pairs, made of this machine's files: each function writes the old and the new image into a directory."""
import os
import random
import subprocess

from delta import edits, machine, tars
from delta.images import Image

MB = machine.MB
SEED = 20261021
LATER = tars.START + 30 * 86400


def tree(path, entries, time=tars.START):
    with tars.Writer(path) as tar:
        for name, content in entries:
            tar.add('usr/' + name, content, time=time)
    return Image([path])


def two(directory):
    return os.path.join(directory, 'old.tar'), os.path.join(directory, 'new.tar')


def edited_text(directory):
    """One source file in thirty has a line in fifty changed; every time differs."""
    rng = random.Random(SEED)
    old, new = two(directory)
    entries = list(machine.sources(40 * MB))
    later = [(name, edits.lines(content, rng, 0.02) if rng.random() < 1 / 30 else content) for name, content in entries]
    return tree(old, entries), tree(new, later, LATER)


def one_line(directory):
    old, new = two(directory)
    entries = list(machine.sources(40 * MB))
    name, content = entries[len(entries) // 2]
    later = list(entries)
    later[len(entries) // 2] = name, content.replace(b'\n', b'\nVERSION = 2\n', 1)
    return tree(old, entries), tree(new, later, LATER)


def relinked_program(directory):
    """libcrypto as one program: linked again with a larger object in front and one less behind, so that nearly every address is another."""
    old, new = two(directory)
    return tree(old, [('bin/app', linked(directory, 40, []))]), tree(new, [('bin/app', linked(directory, 90, ['evp_enc.o', 'libcrypto-lib-evp_enc.o']))])


def linked(directory, functions, left_out):
    library, source, program = (os.path.join(directory, name) for name in ('part.a', 'main.c', 'program'))
    archive = subprocess.check_output(['gcc', '-print-file-name=libcrypto.a'], text=True).strip()
    with open(source, 'w') as file:
        for i in range(functions):
            file.write('int step%d(int n) { int s = %d; for (int i = 0; i < n; i++) { s ^= (s << %d) + i * %d; } return s; }\n' % (i, i * 7919, i % 13 + 1, i + 3))
        file.write('int main(int n, char **v) { return %s; }\n' % ' ^ '.join('step%d(n)' % i for i in range(functions)))
    subprocess.check_call(['cp', archive, library])
    subprocess.check_call(['ar', 'd', library, *left_out])
    # Nothing of it is run: what is left out may be wanted by others of the library.
    subprocess.check_call(['gcc', '-O2', '-s', '-Wl,--build-id=none', '-Wl,--unresolved-symbols=ignore-all', '-o', program, source,
                           '-Wl,--whole-archive', library, '-Wl,--no-whole-archive', '-lpthread', '-ldl'], stderr=subprocess.DEVNULL)
    with open(program, 'rb') as file:
        return file.read()


def edited_file(directory):
    """One file of programs, as a database is one: insertions, deletions and overwritten bytes in 600 places."""
    old, new = two(directory)
    content = b''.join(content for _, content in machine.programs(24 * MB))
    return tree(old, [('data', content)]), tree(new, [('data', edits.places(content, random.Random(SEED), 600, 2000))])


def joined_layers(directory):
    """Two layers become one, their files in another order."""
    first, second, new = (os.path.join(directory, name) for name in ('first.tar', 'second.tar', 'new.tar'))
    entries = list(machine.programs(40 * MB))
    half = len(entries) // 2
    tree(first, entries[:half])
    tree(second, entries[half:])
    return Image([first, second]), tree(new, entries[half:] + entries[:half], LATER)


def all_new(directory):
    old, new = two(directory)
    entries = list(machine.programs(40 * MB))
    half = len(entries) // 2
    return tree(old, entries[:half]), tree(new, [(name + '-2', bytes(byte ^ 0x5a for byte in content)) for name, content in entries[half:]], LATER)


def nothing_changed(directory):
    """The same layer under another config."""
    old, _ = two(directory)
    image = tree(old, machine.sources(40 * MB))
    return image, Image(image.layers, image.config.replace(b'"config": {}', b'"config": {"Env": ["VERSION=2"]}'))


def gigabyte(directory):
    """1 GB of this machine's files, rebuilt: every time differs, one file in twenty is edited, one in two hundred gone, and some are elsewhere."""
    rng = random.Random(SEED)
    old, new = two(directory)
    with tars.Writer(old) as before, tars.Writer(new) as after:
        for name, content in machine.everything(1000 * MB):
            before.add('usr/' + name, content)
            kind = rng.random()
            if kind < 1 / 20 and len(content) < 4 * MB:
                content = edits.places(content, rng, 1 + len(content) // 20000, 60)
            elif kind > 199 / 200:
                continue
            after.add(('opt/' if name.startswith('include/') else 'usr/') + name, content, time=LATER + before.tar.offset // (20 * MB))
        for number in range(max(0, 1000 * MB - before.tar.offset) // (4 * MB)):  # a machine with less than that
            for side in (before, after):
                side.add('opt/fill%d' % number, random.Random(number).randbytes(4 * MB))
    return Image([old]), Image([new])
