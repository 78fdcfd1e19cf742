"""An image as the bench holds it: layers' tars in files, a config, and the archive that `load` takes."""
import hashlib
import io
import json
import os
import platform
import subprocess
import tarfile

from delta import tars

ARCHITECTURE = {'x86_64': 'amd64', 'aarch64': 'arm64'}.get(platform.machine(), 'arm')


class Image:
    def __init__(self, layers, config=None):
        self.layers = layers
        self.digests = [tars.digest(path) for path in layers]
        self.config = config or json.dumps({
            'architecture': ARCHITECTURE, 'os': 'linux', 'created': '2026-10-21T14:13:20Z', 'config': {},
            'rootfs': {'type': 'layers', 'diff_ids': ['sha256:' + digest for digest in self.digests]}}).encode()

    @property
    def id(self):
        return 'sha256:' + hashlib.sha256(self.config).hexdigest()

    @property
    def bytes(self):
        return sum(map(os.path.getsize, self.layers))

    def without(self, other):
        """Layers that the other has not."""
        return [path for path, digest in zip(self.layers, self.digests) if digest not in other.digests]

    def write(self, stream, name):
        """What docker save would write."""
        config = self.id.split(':')[1] + '.json'
        with tarfile.open(fileobj=stream, mode='w|') as archive:
            for digest, path in zip(self.digests, self.layers):
                member = tarfile.TarInfo(digest + '/layer.tar')
                member.size = os.path.getsize(path)
                with open(path, 'rb') as layer:
                    archive.addfile(member, layer)
            document(archive, config, self.config)
            document(archive, 'manifest.json', json.dumps(
                [{'Config': config, 'RepoTags': [name], 'Layers': [digest + '/layer.tar' for digest in self.digests]}]).encode())


def document(archive, name, content):
    member = tarfile.TarInfo(name)
    member.size = len(content)
    archive.addfile(member, io.BytesIO(content))


def read(path, directory):
    """What a pair has on one side: a tree, a layer's tar, or an archive of docker save."""
    os.makedirs(directory, exist_ok=True)
    if os.path.isdir(path):
        layer = os.path.join(directory, 'layer.tar')
        subprocess.check_call(['tar', '-C', path, '--sort=name', '--format=pax', '--pax-option=delete=atime,delete=ctime', '-cf', layer, '.'])
        return Image([layer])
    with tarfile.open(path) as archive:
        saved = json.load(archive.extractfile('manifest.json')) if 'manifest.json' in archive.getnames() else None
        if not isinstance(saved, list) or 'Layers' not in saved[0]:
            return Image([path])
        return _saved(archive, saved[0], directory)


def _saved(archive, manifest, directory):
    layers = []
    for number, name in enumerate(manifest['Layers']):
        layers.append(os.path.join(directory, '%d.tar' % number))
        with open(layers[-1], 'wb') as layer:
            source = archive.extractfile(name)
            while piece := source.read(tars.PIECE):
                layer.write(piece)
    return Image(layers, archive.extractfile(manifest['Config']).read())
