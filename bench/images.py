"""The images: busybox, a deep one, and the reference image of design.md's budgets, made from a fixed seed and kept in the cache."""
import gzip
import hashlib
import http.client
import io
import json
import os
import platform
import random
import socket
import subprocess
import tarfile
import time

MANIFEST = 'application/vnd.docker.distribution.manifest.v2+json'
ARCHITECTURE = {'x86_64': 'amd64', 'aarch64': 'arm64'}.get(platform.machine(), 'arm')
# Raised when the generator changes: an old cache is then made anew.
GENERATION = 5
SEED = 20240229
UNPACKED_MB = (130, 170, 90, 55, 10)


class Registry:
    """Debian's docker-registry on a free loopback port; its storage stays in the cache."""

    def __init__(self, cache):
        self.directory = os.path.join(cache, 'registry-%d' % GENERATION)
        self.reference_bytes = 0

    def __enter__(self):
        os.makedirs(self.directory, exist_ok=True)
        with socket.socket() as probe:
            probe.bind(('127.0.0.1', 0))
            self.port = probe.getsockname()[1]
        configuration = os.path.join(self.directory, 'config.yml')
        with open(configuration, 'w') as file:
            file.write('version: 0.1\nlog: {level: warn, accesslog: {disabled: true}}\n'
                       'storage: {filesystem: {rootdirectory: %s/data}}\nhttp: {addr: "127.0.0.1:%d"}\n' % (self.directory, self.port))
        log = open(os.path.join(self.directory, 'log'), 'wb')
        self.process = subprocess.Popen(['/usr/bin/docker-registry', 'serve', configuration], stdout=log, stderr=log)
        while not self._answers():
            if self.process.poll() is not None:
                raise SystemExit('docker-registry ended; see %s/log' % self.directory)
            time.sleep(0.02)
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()

    @property
    def busybox(self):
        return self._name('busybox', 1)

    @property
    def reference(self):
        return self._name('reference', 1)

    def deep(self, layers):
        return self._name('deep', layers)

    def has(self, repository, tag):
        return self._request('GET', '/v2/%s/manifests/%s' % (repository, tag), headers={'Accept': MANIFEST})[0] == 200

    def push(self, repository, tag, layers):
        """layers: (diff id, gzip bytes)."""
        config = json.dumps({'architecture': ARCHITECTURE, 'os': 'linux', 'created': '2024-02-29T00:00:00Z',
                             'config': {'Cmd': ['sh'], 'Env': ['PATH=/bin']},
                             'rootfs': {'type': 'layers', 'diff_ids': [diff for diff, _ in layers]}}).encode()
        described = [self._blob(repository, blob) for _, blob in layers]
        manifest = {'schemaVersion': 2, 'mediaType': MANIFEST,
                    'config': dict(self._blob(repository, config), mediaType='application/vnd.docker.container.image.v1+json'),
                    'layers': [dict(d, mediaType='application/vnd.docker.image.rootfs.diff.tar.gzip') for d in described]}
        status, text = self._request('PUT', '/v2/%s/manifests/%s' % (repository, tag), json.dumps(manifest).encode(), {'Content-Type': MANIFEST})
        if status != 201:
            raise SystemExit('registry: %d %s' % (status, text))

    def _name(self, repository, tag):
        return '127.0.0.1:%d/%s:%s' % (self.port, repository, tag)

    def _blob(self, repository, content):
        digest = 'sha256:' + hashlib.sha256(content).hexdigest()
        connection = http.client.HTTPConnection('127.0.0.1', self.port)
        connection.request('POST', '/v2/%s/blobs/uploads/' % repository)
        answer = connection.getresponse()
        answer.read()
        place = answer.getheader('Location').split('127.0.0.1:%d' % self.port)[-1]
        connection.request('PUT', place + ('&' if '?' in place else '?') + 'digest=' + digest, content)
        if connection.getresponse().status != 201:
            raise SystemExit('the registry refused a blob')
        return {'digest': digest, 'size': len(content)}

    def _request(self, method, path, body=None, headers=None):
        connection = http.client.HTTPConnection('127.0.0.1', self.port)
        connection.request(method, path, body, headers or {})
        answer = connection.getresponse()
        return answer.status, answer.read()

    def _answers(self):
        try:
            return self._request('GET', '/v2/')[0] == 200
        except OSError:
            return False


def prepare(registry, cache):
    if not registry.has('busybox', 1):
        registry.push('busybox', 1, [busybox_layer()])
    for depth in (127, 128):
        if not registry.has('deep', depth):
            registry.push('deep', depth, [busybox_layer()] + [one_file_layer('layer%d' % i, b'%d\n' % i) for i in range(1, depth)])
    sizes = os.path.join(registry.directory, 'reference.json')
    if not registry.has('reference', 1) or not os.path.exists(sizes):
        print('making the reference image (once; kept in %s) ...' % registry.directory, flush=True)
        layers, unpacked = [], 0
        for index, megabytes in enumerate(UNPACKED_MB):
            tar = reference_layer(index, megabytes * 1000 * 1000)
            unpacked += len(tar)
            layers.append(packed(tar))
        registry.push('reference', 1, layers)
        with open(sizes, 'w') as file:
            json.dump({'unpacked': unpacked, 'gzip': sum(len(blob) for _, blob in layers)}, file)
    with open(sizes) as file:
        made = json.load(file)
    registry.reference_bytes = made['unpacked']
    print('reference image: 5 layers, %.0f MB gzip, %.0f MB unpacked' % (made['gzip'] / 1e6, made['unpacked'] / 1e6), flush=True)


def packed(tar):
    return 'sha256:' + hashlib.sha256(tar).hexdigest(), gzip.compress(tar, 6, mtime=0)


def entry(tar, name, content=None, mode=0o644, kind=tarfile.REGTYPE, link=''):
    info = tarfile.TarInfo(name)
    info.mode, info.mtime, info.type, info.linkname = mode, 1709164800, kind, link
    info.size = len(content) if content else 0
    tar.addfile(info, io.BytesIO(content) if content else None)


def busybox_layer():
    program = next(p for p in ('/bin/busybox', '/usr/bin/busybox') if os.path.exists(p))
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode='w') as tar:
        entry(tar, 'bin', mode=0o755, kind=tarfile.DIRTYPE)
        entry(tar, 'bin/busybox', open(program, 'rb').read(), 0o755)
        for name in ('sh', 'true', 'sleep', 'cat', 'ls'):
            entry(tar, 'bin/' + name, kind=tarfile.SYMTYPE, link='busybox')
    return packed(buffer.getvalue())


def one_file_layer(name, content):
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode='w') as tar:
        entry(tar, name, content)
    return packed(buffer.getvalue())


class Content:
    """File contents that compress as real ones do: source text about 4 : 1, programs about 2 : 1, archives not at all."""

    POOL = 8 << 20

    def __init__(self, rng):
        self.rng = rng
        words = [bytes(rng.choices(b'abcdefghijklmnopqrstuvwxyz_', k=rng.randint(2, 11))) for _ in range(2500)]
        weights = [1 / (i + 3) for i in range(len(words))]
        lines = [b'    ' * rng.randint(0, 3) + b' '.join(rng.choices(words, weights, k=rng.randint(2, 9))) for _ in range(30000)]
        self.text = b'\n'.join(rng.choices(lines, [1 / (i + 20) for i in range(len(lines))], k=self.POOL // 40))[:self.POOL]
        # A program: opcodes of a skewed alphabet, with operands nobody can foresee.
        alphabet = [rng.randrange(256) for _ in range(48)]
        program = bytearray(rng.choices(alphabet, [1 / (i + 1) for i in range(48)], k=self.POOL))
        program[::8] = rng.randbytes(self.POOL // 8)
        runs = b''.join(bytes(program[i:i + 24]) * rng.choice((1, 1, 1, 2, 3)) for i in range(0, self.POOL // 2, 24))
        self.program = runs[:self.POOL]

    def take(self, size):
        kind = self.rng.random()
        if kind < 0.515:
            return self._slices(self.text, size)
        if kind < 0.948:
            return self._slices(self.program, size)
        return self.rng.randbytes(size)

    def _slices(self, pool, size):
        pieces, left = [], size
        while left > 0:
            at = self.rng.randrange(len(pool) - 65536)
            piece = pool[at:at + min(left, 65536)]
            pieces.append(piece)
            left -= len(piece)
        return b''.join(pieces)


def reference_layer(index, size):
    """A tree of directories: nine files in ten below 32 KB, a few of some megabytes, links between them."""
    rng = random.Random(SEED + index)
    content = Content(rng)
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode='w', format=tarfile.GNU_FORMAT) as tar:
        directory, number, made = '', 0, set()
        while buffer.tell() < size:
            if number % 25 == 0:
                directory = 'usr/%d/%s' % (index, '/'.join('d%d' % rng.randrange(40) for _ in range(rng.randint(1, 4))))
                if directory not in made:  # Docker refuses a tar that names one path twice
                    entry(tar, directory, mode=0o755, kind=tarfile.DIRTYPE)
                made.add(directory)
            name = '%s/file%d' % (directory, number)
            entry(tar, name, content.take(file_size(rng, size - buffer.tell())), rng.choice((0o644, 0o644, 0o755)))
            if number % 40 == 7:
                entry(tar, name + '.link', kind=tarfile.SYMTYPE, link='file%d' % number)
            if number % 90 == 11:
                entry(tar, name + '.hard', kind=tarfile.LNKTYPE, link=name)
            number += 1
    return buffer.getvalue()


def file_size(rng, left):
    if rng.random() < 0.005:
        return max(1, min(left, rng.randint(1 << 20, 12 << 20)))
    return min(int(rng.lognormvariate(9.0, 1.3)) + 1, 1 << 20)
