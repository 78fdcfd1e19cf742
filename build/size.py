#!/usr/bin/env python3
"""Bytes of the shipped files, by room: from the linker's map (IlcGenerateMapFile) and the files themselves.

size.py                 a table
size.py --check         also compare with build/size-budget.json; exit 1 when a file is over its budget or missing
size.py --arch arm64    of the files for arm64
"""
import argparse
import glob
import json
import os
import re
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
NODE = re.compile(r'<(\w+) Name="([^"]*)" Length="(\d+)"')
# The compiler's mangled names begin with the assembly's name; generic code over a room's type names the room inside.
ROOMS = ['Linux', 'Oci', 'Tar', 'Dns', 'Http', 'Wire', 'Lzma', 'Storage', 'Delta', 'Registry', 'Runtime', 'Networking', 'Core', 'Api', 'Cli', 'Monitor']
FRAMEWORK = [
    ('System_Private_CoreLib', '.NET core library'), ('S_P_CoreLib', '.NET core library'),
    ('System_Net_Security', '.NET TLS'), ('System_Net', '.NET sockets'), ('System_Security', '.NET cryptography'),
    ('System_Text_Json', '.NET JSON'), ('System_IO_Compression', '.NET compression'), ('System_Linq', '.NET LINQ'),
    ('System_Collections', '.NET collections'), ('ZstdSharp', 'ZstdSharp'), ('Microsoft_Extensions', 'logging'),
]


def room_of(name):
    for room in ROOMS:
        if 'Coracle_%s_' % room in name:
            return 'Coracle.' + room
    if name.startswith(('coracle_', '__coracle')) or 'coracle_Coracle' in name:
        return 'Coracle'
    for prefix, label in FRAMEWORK:
        if prefix in name:
            return label
    return 'other managed code and data'


def by_room(map_file):
    total = {}
    with open(map_file, encoding='utf-8') as lines:
        for line in lines:
            found = NODE.search(line)
            if found:
                room = room_of(found.group(2))
                total[room] = total.get(room, 0) + int(found.group(3))
    return total


def show(name, arch, path):
    size = os.path.getsize(path)
    maps = glob.glob(os.path.join(ROOT, 'src', '*', 'obj', 'Release', '*', 'linux-' + arch, 'native', name + '.map.xml'))
    maps.sort(key=os.path.getmtime)
    print('%s for %s: %d bytes' % (name, arch, size))
    if not maps:
        return size
    rooms = by_room(maps[-1])
    for room, length in sorted(rooms.items(), key=lambda item: -item[1]):
        print('  %-32s %9d' % (room, length))
    print('  %-32s %9d' % ('native (runtime, libc, OpenSSL, libz)', size - sum(rooms.values())))
    return size


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--check', action='store_true')
    parser.add_argument('--arch', choices=['x64', 'arm64'], default='x64')
    asked = parser.parse_args()
    budget = json.load(open(os.path.join(ROOT, 'build', 'size-budget.json')))
    over = False
    for name, most in budget[asked.arch].items():
        # out/coracle, out/coracle-monitor; out/coracle-arm64, out/coracle-arm64-monitor.
        path = os.path.join(ROOT, 'out', name if asked.arch == 'x64' else name.replace('coracle', 'coracle-' + asked.arch))
        if not os.path.exists(path):
            print('%s is missing: run ./dev build%s' % (os.path.relpath(path, ROOT), '' if asked.arch == 'x64' else ' --arch ' + asked.arch))
            return 1
        size = show(name, asked.arch, path)
        fits = size <= most
        over |= not fits
        print('  %-32s %9d  %s' % ('budget', most, 'ok' if fits else 'OVER by %d' % (size - most)))
    return 1 if asked.check and over else 0


if __name__ == '__main__':
    sys.exit(main())
