"""Layers as files: packed, read, and made into others of the same content."""
import hashlib
import io
import os
import tarfile

# What Python, npm's images and buildkit write.
FORMAT = tarfile.PAX_FORMAT
PIECE = 1 << 20
START = 1790000000


class Writer:
    """A layer being written: entries of a fixed owner, times as the caller wants them."""

    def __init__(self, path):
        self.tar = tarfile.open(path, 'w', format=FORMAT)
        self.directories = set()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.tar.close()

    def add(self, name, content, mode=0o644, time=START):
        self._parents(name, time)
        member = tarfile.TarInfo(name)
        member.mode, member.mtime, member.size = mode, time, len(content)
        self.tar.addfile(member, io.BytesIO(content))

    def _parents(self, name, time):
        parent = os.path.dirname(name)
        if parent and parent not in self.directories:
            self._parents(parent, time)
            self.directories.add(parent)
            member = tarfile.TarInfo(parent)
            member.type, member.mode, member.mtime = tarfile.DIRTYPE, 0o755, time
            self.tar.addfile(member)


def digest(path):
    with open(path, 'rb') as file:
        return hashlib.file_digest(file, 'sha256').hexdigest()


def contents(paths):
    """(SHA-256, size) of each file's content, entry by entry."""
    for path in paths:
        with tarfile.open(path, 'r|') as tar:
            for member in tar:
                if member.isreg():
                    yield hashlib.file_digest(tar.extractfile(member), 'sha256').digest(), member.size


def changed_bytes(old, new):
    """Of the files of the new layers whose content no old file has."""
    known = {content for content, _ in contents(old)}
    return sum(size for content, size in contents(new) if content not in known)


def retimed(source, target, clock):
    """The same entries at other times: clock(entry's place, bytes of content before it) gives seconds."""
    with tarfile.open(source) as old, tarfile.open(target, 'w', format=FORMAT) as new:
        seen = 0
        for place, member in enumerate(old):
            member.mtime = clock(place, seen)
            member.pax_headers.pop('mtime', None)
            seen += member.size
            new.addfile(member, old.extractfile(member) if member.isreg() else None)


def moved_and_reversed(source, target, prefix):
    """The same entries below another directory, last first."""
    with tarfile.open(source) as old, tarfile.open(target, 'w', format=FORMAT) as new:
        members = old.getmembers()
        if any(member.islnk() for member in members):
            raise SystemExit('%s has hard links, whose order matters' % source)
        for member in reversed(members):
            member.name = prefix + member.name
            member.pax_headers.pop('path', None)
            new.addfile(member, old.extractfile(member) if member.isreg() else None)
