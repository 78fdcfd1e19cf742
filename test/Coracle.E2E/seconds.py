#!/usr/bin/env python3
"""seconds.py REPORT ...: what each test class took, whole seconds, from the runners' xunit reports: the lines of seconds.txt."""
import collections
import sys
import xml.etree.ElementTree

seconds = collections.Counter()
for report in sys.argv[1:]:
    for test in xml.etree.ElementTree.parse(report).iter('test'):
        seconds[test.get('type')] += float(test.get('time'))
for name in sorted(seconds):
    print(name, max(1, round(seconds[name])))
