#!/usr/bin/env python3
"""The table of SPECIFICATION.md from the rows of a whole run (bench/results/latest.json); bench/run calls it, and so can a person."""
import json
import os
import re

HERE = os.path.dirname(os.path.abspath(__file__))
SPECIFICATION = os.path.join(HERE, '..', 'SPECIFICATION.md')
HEAD = '| what | budget | Coracle | dockerd 20.10 |\n|---|---|---|---|\n'


def words(text):
    text = re.sub(r'^ *\.\.\. ', '… ', text).replace("'", '’').replace('<=', '≤').replace('>=', '≥')
    return re.sub(r'x dockerd$', '× dockerd’s', re.sub(r'^≤ dockerd$', '≤ dockerd’s', text))


def value(row, engine):
    if row[engine] is None:
        return '–'
    if row['budget'] == 'yes':
        return 'yes' if row[engine] else 'no'
    return (row['format'] % row[engine]).replace('-', '−')


def slowness(rows):
    """How much slower this machine is than the one that budgets of time are for, which starts and ends a program in 1 ms."""
    return max(1, next((row['coracle'] for row in rows if row['what'].startswith('this machine')), 1))


def verdict(row, slow):
    """A broken budget stays broken; of a time it is said what it would be on the machine that the budget is for."""
    if row['ok'] is not False:
        return ''
    is_time = re.search(r', (m?s|us)$', row['what']) and not row['what'].startswith('this machine')
    return ' **broken**' + (' (÷ %.1f: %.1f)' % (slow, row['coracle'] / slow) if is_time else '')


def lines(rows):
    slow = slowness(rows)
    for row in rows:
        yield '| %s | %s | %s%s | %s |\n' % (
            words(row['what']), words(row['budget']) or 'shown', value(row, 'coracle'), verdict(row, slow), value(row, 'docker'))


def write(rows):
    with open(SPECIFICATION) as file:
        before, rest = file.read().split(HEAD)
    _, after = rest.split('\n\n', 1)
    with open(SPECIFICATION, 'w') as file:
        file.write(before + HEAD + ''.join(lines(rows)) + '\n' + after)


if __name__ == '__main__':
    with open(os.path.join(HERE, 'results', 'latest.json')) as results:
        write(json.load(results)['rows'])
