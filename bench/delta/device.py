"""An engine that deltas are made and applied by, driven as its owner would: by its own command line."""
import hashlib
import json
import os
import re
import subprocess
import tarfile
import time

import engines

DELTA = 'application/vnd.coracle.layer.delta.v1'


class Device(engines.Coracle):
    def __init__(self, disk, program):
        self.name = 'delta-' + disk.kind
        self.program, self.disk = program, disk
        super().__init__(disk.path)

    def own(self, *arguments):
        done = subprocess.run([self.program, *arguments], env=self._environment(), stdin=subprocess.DEVNULL, capture_output=True, text=True)
        if done.returncode != 0:
            raise SystemExit('%s %s: exit %d: %s' % (os.path.basename(self.program), ' '.join(arguments), done.returncode, (done.stdout + done.stderr)[-800:]))
        return done.stdout

    def load(self, image, name):
        client = subprocess.Popen([self.program, 'load', '-q'], env=self._environment(), stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)
        with client.stdin as archive:
            image.write(archive, name)
        if client.wait() != 0:
            raise SystemExit('load of %s: exit %d' % (name, client.returncode))
        self._require(image, name)

    def check(self, image, name):
        """The image under this name is this one, and each of its layers comes out again as it was."""
        self._require(image, name)
        client = subprocess.Popen([self.program, 'save', name], env=self._environment(), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
        with tarfile.open(fileobj=client.stdout, mode='r|') as archive:
            given = {hashlib.file_digest(archive.extractfile(member), 'sha256').hexdigest() for member in archive if member.isreg()}
        if client.wait() != 0 or not given.issuperset(image.digests):
            raise SystemExit('%s: its layers are others than those of the pair' % name)

    def has_layer(self, digest):
        return os.path.exists(os.path.join(self.data_root, 'layers', digest))

    def _require(self, image, name):
        found = json.loads(self.own('image', 'inspect', name))[0]['Id']
        if found != image.id:
            raise SystemExit('%s is %s, not %s' % (name, found, image.id))

    def _environment(self):
        return {key: value for key, value in super()._environment().items() if key != 'CORACLE_HOST'}


class Watch:
    """What a verb costs an engine that has just been started: CPU seconds, and bytes over what it had before, of memory by the kernel's own high-water
    mark and of page cache."""

    def __init__(self, device):
        self.device = device

    def __enter__(self):
        self.device.own('images')
        time.sleep(1)
        self.pid = self.device.process.pid
        with open('/proc/%d/clear_refs' % self.pid, 'w') as file:
            file.write('5')  # the mark begins anew
        self.idle, self.cached, self.began = status(self.pid, 'VmRSS'), self.device.page_cache_bytes(), self.device.own_cpu_seconds()
        return self

    def __exit__(self, *_):
        self.cost = {'cpu': self.device.own_cpu_seconds() - self.began, 'peak': status(self.pid, 'VmHWM') - self.idle,
                     'cache': self.device.page_cache_bytes() - self.cached}


def status(process, key):
    with open('/proc/%d/status' % process) as file:
        return int(re.search(key + r':\s+(\d+) kB', file.read()).group(1)) * 1024


def blobs(path):
    """(is it a delta, bytes) for each layer that an archive of deltas carries."""
    with tarfile.open(path) as archive:
        def document(digest):
            return json.load(archive.extractfile('blobs/sha256/' + digest.split(':')[1]))
        index = json.load(archive.extractfile('index.json'))
        layers = document(index['manifests'][0]['digest'])['layers'][1:]  # the first is the target's config
        for layer in layers:
            if archive.getmember('blobs/sha256/' + layer['digest'].split(':')[1]).size != layer['size']:
                raise SystemExit('%s: a blob is not as long as it says' % path)
        return [(layer['mediaType'] == DELTA, layer['size']) for layer in layers]
