"""A run's figures: on the terminal, and of a whole run in SPECIFICATION.md, docs/deltas.md and its chart."""
import itertools
import os

from delta import budgets, chart

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
SPECIFICATION = os.path.join(ROOT, 'SPECIFICATION.md')
PAGE = os.path.join(ROOT, 'docs/deltas.md')
CHART = os.path.join(ROOT, 'docs/deltas.svg')
SIZES = '| update | layers, gzip | librsync, gzip | must be ≤ | aim | Coracle |\n|---|---|---|---|---|---|\n'
BUDGETS = '| deltas | budget | Coracle | of |\n|---|---|---|---|\n'
COSTS = ('| update | changed files, MB | create, CPU s per MB | … CPU s | … peak, of what it may | apply, MB per CPU s | … peak, MiB | … page cache, MiB '
         '| … written / allocated | … tar -x | … on btrfs | … cp --reflink |\n|---|---|---|---|---|---|---|---|---|---|---|---|\n')
BYTES = '| update | layers | librsync | delta | layers : delta | librsync : delta |\n|---|---|---|---|---|---|\n'
LINE = '%-18s %12s %12s %12s %10s %10s  %s'


def head():
    print(LINE % ('', 'layers', 'librsync', 'delta', 'must be <=', 'aim', ''))


def show(f):
    holds = budgets.size_holds(f)
    print(LINE % (f['name'], number(f['gzip']), number(f['librsync']), number(f['delta']), number(f['must']), number(f['aim']),
                  '' if holds is None else 'ok' if holds else 'FAIL'))
    print('%18s changed %s MB; create %s CPU s, peak %s; apply %s MB/CPU s, peak %s MiB, written %s (tar -x %s), on btrfs %s (cp --reflink %s)'
          % ('', *(costs(f)[place] for place in (0, 2, 3, 4, 5, 7, 8, 9, 10))), flush=True)


def verdict(table, rows):
    """How many of them do not hold."""
    print()
    for row in rows:
        print('%-75s %8s %20s  %-18s %s' % (row['what'], row['budget'], row['value'] or '-', row['of'], '' if row['ok'] is None else 'ok' if row['ok'] else 'FAIL'))
    judged = [budgets.size_holds(f) for f in table] + [row['ok'] for row in rows[1:]]
    print('\n%d of %d budgets hold' % (judged.count(True), judged.count(True) + judged.count(False)))
    return judged.count(False)


def write(table, rows):
    put(SPECIFICATION, SIZES, [cells(f['title'], number(f['gzip']), number(f['librsync']), number(f['must']), number(f['aim']), marked(f)) for f in table])
    put(SPECIFICATION, BUDGETS, [cells(words(row['what']), words(row['budget']), (row['value'] or '–') + broken(row['ok']), row['of']) for row in rows])
    put(SPECIFICATION, COSTS, [cells(f['title'], *costs(f)) for f in table])
    put(PAGE, BYTES, [cells(f['title'], number(f['gzip']), number(f['librsync']), number(f['delta']), ratio(f, 'gzip'), ratio(f, 'librsync')) for f in table])
    with open(CHART, 'w') as file:
        file.write(chart.drawn(table))


def costs(f):
    create, apply = f['create'], f['apply']
    return ['%.1f' % (f['changed'] / budgets.MB),
            '%.2f' % budgets.create_cost(f) if f['changed'] >= budgets.LEAST_CHANGED else '–',
            '%.1f' % create['cpu'],
            '%.2f' % (create['peak'] / budgets.create_room(f)),
            '%.0f' % budgets.speed(f) if f['output'] else '–',
            '%.1f' % (apply['peak'] / budgets.MIB),
            '%.1f' % (apply['cache'] / budgets.MIB),
            '%.3f' % budgets.written(apply) if f['output'] else '–',
            '%.3f' % budgets.written(f['unpacked']) if f['output'] else '–',
            '%.3f' % budgets.written(f['shared']) if 'shared' in f else '–',
            '%.3f' % budgets.written(f['shared']['cloned']) if 'shared' in f else '–']


def number(value):
    return '–' if value is None else format(value, ',')


def ratio(f, other):
    return '–' if not f['delta'] else format(f[other] / f['delta'], ',.1f')


def marked(f):
    return '**%s**%s' % (number(f['delta']), broken(budgets.size_holds(f)))


def broken(holds):
    return ' **broken**' if holds is False else ''


def words(text):
    return text.replace('  ... ', '… ').replace('<=', '≤').replace('>=', '≥').replace(' x ', ' × ')


def cells(*values):
    return '| %s |\n' % ' | '.join(values)


def put(path, table_head, lines):
    """The table that begins with this head gets these lines; all else stays."""
    with open(path) as file:
        before, rest = file.read().split(table_head)
    after = itertools.dropwhile(lambda line: line.startswith('|'), rest.splitlines(keepends=True))
    with open(path, 'w') as file:
        file.write(before + table_head + ''.join(lines) + ''.join(after))
