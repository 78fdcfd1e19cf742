"""What the same update costs without us: the layers as docker push packs them, and librsync's way, which is balenaEngine's, with gzip."""
import hashlib
import json
import os
import subprocess

from delta import tars

# balenaEngine's block.
BLOCK = '512'


class Others:
    """Other programs give the same bytes for the same files: what was counted once is kept by the files' digests."""

    def __init__(self, cache):
        self.path = os.path.join(cache, 'others.json')
        try:
            with open(self.path) as file:
                self.known = json.load(file)
        except FileNotFoundError:
            self.known = {}

    def gzip(self, old, new):
        """Of the layers that the old image has not."""
        return sum(self._kept(['gzip', tars.digest(path)], lambda: piped('gzip -6 -n < "$1" | wc -c', path)) for path in new.without(old))

    def librsync(self, old, new, directory):
        """Each of those against all the old layers, one after the other."""
        return sum(self._kept(['rdiff', *old.digests, tars.digest(path)], lambda: self._rdiff(old, path, directory)) for path in new.without(old))

    @staticmethod
    def _rdiff(old, path, directory):
        base = os.path.join(directory, 'rdiff-base')
        try:
            return piped('cat "${@:3}" > "$1" && rdiff -b %s signature "$1" "$1.s" && rdiff delta "$1.s" "$2" "$1.d" && gzip -6 -n < "$1.d" | wc -c' % BLOCK,
                         base, path, *old.layers)
        finally:
            for left in (base, base + '.s', base + '.d'):
                if os.path.exists(left):
                    os.remove(left)

    def _kept(self, names, count):
        key = hashlib.sha256(' '.join(names).encode()).hexdigest()
        if key not in self.known:
            self.known[key] = count()
            with open(self.path, 'w') as file:
                json.dump(self.known, file, indent=0)
        return self.known[key]


def piped(script, *arguments):
    return int(subprocess.check_output(['bash', '-o', 'pipefail', '-ec', script, 'others', *arguments], text=True))
