#!/usr/bin/env python3
"""./dev bench delta: what an update costs by layers, by librsync and by our delta, and what making and applying one takes.

Pairs come from --pairs DIR (NAME.tar.zst or NAME/, with old and new: a layer's tar, an archive of docker save, or a tree), else from
$CORACLE_DELTA_PAIRS, and from this machine's files. Everything goes through the published program; an image that is not the very one ends the
run. Exit code 1 when something that must be is not; what is aimed at is shown. --rows NAME,... measures some (--list: their names).
"""
import argparse
import contextlib
import json
import os
import shutil
import signal
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import disk
from delta import budgets, measure, pairs, report, tars
from delta.others import Others

HERE = os.path.dirname(os.path.abspath(__file__))
PROGRAM = os.path.join(os.path.dirname(HERE), 'out/coracle')


def options():
    parser = argparse.ArgumentParser(prog='dev bench delta', description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--pairs', default=os.environ.get('CORACLE_DELTA_PAIRS'), metavar='DIR', help='more pairs')
    parser.add_argument('--rows', metavar='NAME,...', help='these pairs alone; nothing is written then')
    parser.add_argument('--list', action='store_true', help='the names of the pairs')
    parser.add_argument('--program', default=PROGRAM, help='what is measured (default: out/coracle)')
    parser.add_argument('--go-on', action='store_true', help='keep what a run of the same program that was cut short has measured')
    parser.add_argument('--cache', default='/var/tmp/coracle-bench-delta', help='room for 6 GB; what other programs gave is kept there')
    return parser.parse_args()


def run(wanted, asked):
    """The figures of each pair, as they come."""
    others, place, kept = Others(asked.cache), os.path.join(asked.cache, 'pair'), Kept(asked)
    with contextlib.ExitStack() as disks:
        plain = disks.enter_context(disk.Disk(asked.cache))
        sharing = disks.enter_context(disk.Disk(asked.cache, 'btrfs', 2 << 30)) if disk.kernel_has('btrfs') else None
        for pair in wanted:
            if pair.name not in kept.figures:
                kept.add(measure.pair(pair, plain, sharing, asked.program, others, place))
                shutil.rmtree(place)
            report.show(kept.figures[pair.name])
            yield kept.figures[pair.name]


class Kept:
    """What has been measured of this program, for a run that is cut short."""

    def __init__(self, asked):
        self.path, self.program, self.figures = os.path.join(asked.cache, 'kept.json'), tars.digest(asked.program), {}
        if asked.go_on and os.path.exists(self.path):
            with open(self.path) as file:
                kept = json.load(file)
            self.figures = kept['figures'] if kept['program'] == self.program else {}

    def add(self, figures):
        self.figures[figures['name']] = figures
        with open(self.path, 'w') as file:
            json.dump({'program': self.program, 'figures': self.figures}, file)


def save(table, rows):
    with open(os.path.join(HERE, 'results', 'deltas.json'), 'w') as file:
        json.dump({'time': int(time.time()), 'kernel': '.'.join(os.uname().release.split('.')[:2]), 'processors': os.cpu_count(),
                   'pairs': table, 'rows': rows}, file, indent=1)
    report.write(table, rows)


def main():
    asked = options()
    every = pairs.everything(asked.pairs)
    names = asked.rows.split(',') if asked.rows else [pair.name for pair in every]
    if asked.list:
        print('\n'.join('%-20s %s' % (pair.name, pair.title) for pair in every))
        return 0
    if unknown := set(names) - {pair.name for pair in every}:
        raise SystemExit('no pair %s (--list)' % ', '.join(sorted(unknown)))
    os.makedirs(asked.cache, exist_ok=True)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that engines and disks go, too
    report.head()
    table = list(run([pair for pair in every if pair.name in names], asked))
    rows = budgets.rows(table, disk.kernel_has('btrfs'))
    broken = report.verdict(table, rows)
    # Half a table would leave figures of two runs in one.
    if not asked.rows and sum(pair.listed for pair in every) == pairs.LISTED_COUNT:
        save(table, rows)
    return 1 if broken else 0


if __name__ == '__main__':
    sys.exit(main())
