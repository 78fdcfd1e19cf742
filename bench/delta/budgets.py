"""What must hold, and what a run's figures say to it."""
MB = 1e6
MIB = 1 << 20
CREATE_SECONDS = 0.15
CREATE_TIMES, CREATE_BASE = 6, 64 * MB
APPLY_SPEED = 80
APPLY_MEMORY = 8 * MIB
WRITTEN, WRITTEN_SHARING = 1.06, 0.2
# Of what tar -x and sync write of the same tree.
WRITTEN_OF_TAR = 1.02
# What an engine does once for any layer (its documents, its records, two flushes) is more than a ratio allows for below these.
LEAST_CHANGED, LEAST_OUTPUT, LEAST_OF_TAR = 1 * MB, 5 * MB, 20 * MB


def speed(figures):
    """MB of CPU second's output."""
    return figures['output'] / MB / figures['apply']['cpu']


def create_cost(figures):
    return figures['create']['cpu'] / (figures['changed'] / MB)


def create_room(figures):
    return CREATE_TIMES * figures['changed'] + CREATE_BASE


def written(cost):
    return cost['written'] / cost['allocated']


def of_tar(figures):
    """Written, of what tar writes: both for each byte that lies there afterwards."""
    return written(figures['apply']) / written(figures['unpacked'])


def row(what, budget, form, all_figures, value, holds, worst=max):
    """One budget over all pairs it is for: the worst of them decides."""
    if not all_figures:
        return {'what': what, 'budget': budget, 'value': None, 'of': '', 'ok': None}
    chosen = worst(all_figures, key=value)
    return {'what': what, 'budget': budget, 'value': form % value(chosen), 'of': chosen['name'], 'ok': all(holds(value(f)) for f in all_figures)}


def rows(table, kernel_shares):
    changed = [f for f in table if f['changed'] >= LEAST_CHANGED]
    large = [f for f in table if f['output'] >= LEAST_OUTPUT]
    made = [f for f in table if f['output']]
    shared = [f for f in table if 'shared' in f]
    judged = [f for f in table if f['must'] is not None]
    found = [
        row('bytes of each update above, of what they may be', '<= 1', '%.2f', [f for f in judged if f['must']], lambda f: f['delta'] / f['must'], lambda v: v <= 1),
        row('create: CPU s per MB of changed files, where at least 1 MB changed', '<= %s' % CREATE_SECONDS, '%.2f', changed, create_cost, lambda v: v <= CREATE_SECONDS),
        row('create: peak over idle, of 6 x changed bytes + 64 MB', '<= 1', '%.2f', table, lambda f: f['create']['peak'] / create_room(f), lambda v: v <= 1),
        row('apply: MB of output per CPU s, where at least 5 MB', '>= %d' % APPLY_SPEED, '%.0f', large, speed, lambda v: v >= APPLY_SPEED, min),
        row('apply: peak over idle, MiB', '<= 8', '%.1f', made, lambda f: f['apply']['peak'] / MIB, lambda v: v <= 8),
        row('  ... for the largest image (%.0f MB)' % (max(f['output'] for f in table) / MB), '<= 8', '%.1f', [max(table, key=lambda f: f['output'])],
            lambda f: f['apply']['peak'] / MIB, lambda v: v <= 8),
        row('apply: written / allocated on ext4, where at least 5 MB', '<= %s' % WRITTEN, '%.3f', large, lambda f: written(f['apply']), lambda v: v <= WRITTEN),
        row('  ... of what tar -x writes of the same tree, where at least 20 MB', '<= %s' % WRITTEN_OF_TAR, '%.3f',
            [f for f in table if f['output'] >= LEAST_OF_TAR], of_tar, lambda v: v <= WRITTEN_OF_TAR),
        row('apply of a rebuilt tree: written / allocated on btrfs', '<= %s' % WRITTEN_SHARING, '%.3f', shared, lambda f: written(f['shared']), lambda v: v <= WRITTEN_SHARING)]
    if not kernel_shares:
        found[-1]['value'] = 'not on this kernel'
    return found


def size_holds(figures):
    return None if figures['must'] is None else figures['delta'] <= figures['must']
