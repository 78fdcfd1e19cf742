"""Files of this machine, in a fixed order: what the bench's own pairs are made of."""
import os
import sysconfig

MB = 1000 * 1000
LARGEST = 24 * MB


def files(root, limit, wanted=lambda name: True):
    """(path below the root, content) of its files with content, until the limit in bytes is reached."""
    taken = 0
    for directory, below, names in os.walk(root):
        below.sort()
        for name in sorted(names):
            path = os.path.join(directory, name)
            if os.path.islink(path) or not os.path.isfile(path) or not wanted(name):
                continue
            size = os.path.getsize(path)
            if not 0 < size <= LARGEST:
                continue
            if taken + size > limit:
                return
            taken += size
            with open(path, 'rb') as file:
                yield os.path.relpath(path, root), file.read()


def sources(limit):
    """Text of many small files: the library of the Python that runs this."""
    return files(sysconfig.get_path('stdlib'), limit, lambda name: name.endswith('.py'))


def programs(limit):
    return files('/usr/bin', limit)


def everything(limit):
    return files('/usr', limit)
