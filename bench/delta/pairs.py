"""The pairs: those of a directory, with what the issue that ordered deltas asks of some, and the bench's own."""
import os
import random
import subprocess

from delta import images, tars, trees

# One of these gives two more pairs: rebuilt, and moved with its order reversed.
TREE = 'nodered-4113-4114'


class Pair:
    """make(directory) gives the old and the new image. must and aim: bytes of our delta."""

    def __init__(self, name, title, make, must=None, aim=None, on_btrfs=False, listed=False):
        self.name, self.title, self.make, self.must, self.aim, self.on_btrfs, self.listed = name, title, make, must, aim, on_btrfs, listed


# The table: what must be, and what is aimed at.
LISTED = {'typescript': (2_000, 1_300), TREE: (280_000, 245_000), 'go-static': (225_000, 190_000), 'dotnet-sub': (365_000, 300_000)}
# Those, and the two that are made of one of them.
LISTED_COUNT = len(LISTED) + 2


def everything(directory):
    return found(directory) + own(directory)


def found(directory):
    if not directory:
        return []
    paths = [os.path.join(directory, name) for name in sorted(os.listdir(directory))]
    names = {os.path.basename(path).split('.tar')[0]: path for path in paths if os.path.isdir(path) or '.tar' in path}
    order = [name for name in LISTED if name in names] + [name for name in names if name not in LISTED]
    pairs = [Pair(name, name, unpacked(names[name]), *LISTED.get(name, (None, None)), listed=name in LISTED) for name in order]
    if TREE in names:
        source = unpacked(names[TREE])
        pairs[2:2] = [
            Pair('rebuilt', 'nodered 4.1.14 rebuilt, only times differ', rebuilt_to(source, steady), 2_000, 1_000, True, True),
            Pair('rebuilt-random', 'nodered 4.1.14 rebuilt, times at random', rebuilt(source, random_times), on_btrfs=True),
            Pair('moved', 'nodered 4.1.14 moved and reversed', moved(source), 76_000, 10_000, listed=True)]
    return pairs


def own(directory):
    text = trees.one_line
    return [
        Pair('own-text', 'source text, 1 file of 30 edited', trees.edited_text),
        Pair('own-line', 'source text, one line more', text, 2_000),
        Pair('own-rebuilt', 'source text rebuilt, only times differ', rebuilt(text, steady), 2_000, 1_000, on_btrfs=True),
        Pair('own-moved', 'source text moved and reversed', moved(text), 76_000, 10_000),
        Pair('own-program', 'a program of C linked again', trees.relinked_program),
        Pair('own-file', 'one file, edited in 600 places', trees.edited_file),
        Pair('own-joined', 'two layers become one', trees.joined_layers),
        Pair('own-new', 'all new', trees.all_new),
        Pair('own-same', 'nothing changed but the config', trees.nothing_changed, 0),
        Pair('own-gigabyte', '1 GB, 1 file of 20 edited', trees.gigabyte)]


def unpacked(path):
    def make(directory):
        place = path
        if not os.path.isdir(path):
            subprocess.check_call(['tar', '-C', directory, '-xaf', path])
            inside = os.listdir(directory)
            place = os.path.join(directory, inside[0]) if len(inside) == 1 else directory
        return tuple(images.read(side_of(place, side), os.path.join(directory, 'image-' + side)) for side in ('old', 'new'))
    return make


def side_of(place, side):
    for path in (os.path.join(place, side), os.path.join(place, side + '.tar')):
        if os.path.exists(path):
            return path
    raise SystemExit('%s has no %s image' % (place, side))


def steady(place, seen):
    """Written one after the other, as an installation does."""
    return tars.START + place // 1000 + seen // 20_000_000


def random_times(place, seen):
    return tars.START + random.Random(place).randrange(30 * 86400)


def rebuilt(source, clock):
    """The new image is the other pair's, its entries at other times."""
    def make(directory):
        _, old = source(directory)
        new = os.path.join(directory, 'rebuilt.tar')
        tars.retimed(old.layers[0], new, clock)
        return old, images.Image([new])
    return make


def rebuilt_to(source, clock):
    """The new image is the other pair's, as it was published; the old one has its entries at other times."""
    def make(directory):
        new, old = rebuilt(source, clock)(directory)
        return old, new
    return make


def moved(source):
    def make(directory):
        _, old = source(directory)
        new = os.path.join(directory, 'moved.tar')
        tars.moved_and_reversed(old.layers[0], new, 'opt/')
        return old, images.Image([new])
    return make
