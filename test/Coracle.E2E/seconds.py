#!/usr/bin/env python3
"""What each test class took, whole seconds, from the runners' detailed output: the lines of seconds.txt."""
import collections
import re
import sys

UNITS = {'ms': 0.001, 's': 1, 'm': 60, 'h': 3600}
seconds = collections.Counter()
for line in sys.stdin:
    if told := re.match(r'(?:passed|failed) (Coracle\.E2E\.\w+)\..* \(([\dhms ]+)\)$', line.rstrip()):
        seconds[told[1]] += sum(int(n) * UNITS[unit] for n, unit in re.findall(r'(\d+)(ms|h|m|s)', told[2]))
for name in sorted(seconds):
    print(name, max(1, round(seconds[name])))
