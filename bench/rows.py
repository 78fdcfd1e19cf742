"""What is measured: each function returns the rows it fills, with the budget of issue and SPECIFICATION.md."""
import os
import statistics
import subprocess
import time

import engines
import networks
from figures import row

MB = 1e6
MIB = 1 << 20


def machine(pair, registry, disk, n):
    """How fast this machine is today: budgets in milliseconds are of one that starts and ends a program in about 1 ms."""
    figures = []
    for _ in range(n or 5):
        before = os.times()
        for _ in range(100):
            os.waitpid(os.posix_spawn('/bin/true', ['true'], {}), 0)
        after = os.times()
        figures.append((after.system - before.system + after.children_user - before.children_user + after.children_system - before.children_system) * 10)
    return [row('this machine: one start of /bin/true, CPU, ms', {'coracle': statistics.median(figures)}, form='%.2f')]


def start(pair, registry, disk, n):
    """Processor time from exec to the first answer to /_ping, on a data root that exists."""
    values = {}
    for engine in pair:
        with engine:
            pass
        seconds = []
        for _ in range(n or 5):
            before = engine.cpu_seconds()
            with engine:
                seconds.append(engine.cpu_seconds() - before)
        values[engine.name] = statistics.median(seconds) * 1e3
    return [row('start to /_ping, CPU, ms', values, '<= 60', lambda c, d: c <= 60)]


def client(pair, registry, disk, n):
    """Processor time of a command line itself: coracle's own beside docker's, each asking the same engine for its version."""
    programs = {'coracle': os.path.join(engines.ROOT, 'out/coracle'), 'docker': 'docker'}
    values = {}
    with pair[0] as engine:
        environment = dict(os.environ, DOCKER_HOST='unix://' + engine.socket, DOCKER_CONFIG=engine.run_directory)
        environment.pop('CORACLE_HOST', None)
        for name, program in programs.items():
            figures = []
            for _ in range(n or 15):
                process = subprocess.Popen([program, 'version'], env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
                _, status, usage = os.wait4(process.pid, 0)
                process.returncode = os.waitstatus_to_exitcode(status)
                if process.returncode != 0:
                    raise SystemExit('%s version: exit %d' % (program, process.returncode))
                figures.append((usage.ru_utime + usage.ru_stime) * 1e3)
            values[name] = statistics.median(figures)
    return [row('command line: version, CPU of the client, ms', values, '<= 10', lambda c, d: c <= 10)]


def idle(pair, registry, disk, n):
    """Memory of all processes of an engine that has images and has just run nothing."""
    proportional, private, mapped = {}, {}, {}
    for engine in pair:
        with engine:
            engine.cli('pull', '-q', registry.busybox)
        with engine:
            engine.cli('images')
            time.sleep(3)
            figures = [engines.memory(p) for p in engine.processes()]
            proportional[engine.name] = sum(f.proportional for f in figures) / MB
            private[engine.name] = sum(f.dirty for f in figures) / MB
            mapped[engine.name] = sum(f.private for f in figures) / MB
    return [row('idle, PSS of all processes, MB', proportional, '<= 16', lambda c, d: c <= 16),
            row('idle, private (dirty: what nothing can drop), MB', private, '<= 6', lambda c, d: c <= 6),
            row('  ... with the pages of its own file, MB', mapped)]


def run(pair, registry, disk, n):
    """run --rm --network none of a static true: the engines take turns, so that a busy moment hits both."""
    cpu, wall = {e.name: [] for e in pair}, {e.name: [] for e in pair}
    for engine in pair:
        engine.start().cli('pull', '-q', registry.busybox)
        engine.cli('run', '--rm', '--network', 'none', registry.busybox, 'true')
    for _ in range(n or 15):
        for engine in pair:
            before, began = engine.cpu_seconds(), time.monotonic()
            engine.cli('run', '--rm', '--network', 'none', registry.busybox, 'true')
            wall[engine.name].append((time.monotonic() - began) * 1e3)
            time.sleep(0.3)  # what an engine does after the client is gone counts too
            cpu[engine.name].append((engine.cpu_seconds() - before) * 1e3)
    for engine in pair:
        engine.stop()
    walls = {name: statistics.median(v) for name, v in wall.items()}
    ratio = {'coracle': walls['coracle'] / walls['docker']} if len(walls) == 2 else {}
    return [row('run --rm --network none true, CPU of engine and monitor, ms', {k: statistics.median(v) for k, v in cpu.items()}, '<= 50', lambda c, d: c <= 50),
            row('run --rm --network none true, wall, ms', walls),
            row('  ... of dockerd\'s wall', ratio, '<= 0.4', lambda c, d: c <= 0.4, '%.2f')]


def execute(pair, registry, disk, n):
    """exec of a static true in a container that runs, and what many of them leave in its monitor."""
    cpu, wall, private, many = {e.name: [] for e in pair}, {e.name: [] for e in pair}, {}, 200
    for engine in pair:
        with engine:
            engine.cli('pull', '-q', registry.busybox)
            # A second one beside it, since pages of the monitor's file that nobody shares count as private.
            container, idle = [engine.cli('run', '-d', '--network', 'none', registry.busybox, 'sleep', '1000') for _ in range(2)]
            engine.cli('exec', container, 'true')
            for _ in range(n or 15):
                before, began = engine.cpu_seconds(), time.monotonic()
                engine.cli('exec', container, 'true')
                wall[engine.name].append((time.monotonic() - began) * 1e3)
                time.sleep(0.3)  # what an engine does after the client is gone counts too
                cpu[engine.name].append((engine.cpu_seconds() - before) * 1e3)
            for _ in range(many):
                engine.cli('exec', container, 'true')
            time.sleep(3)
            private[engine.name] = max(engines.memory(p).dirty for p in engine.monitors()) / MB
            engine.cli('rm', '-f', container, idle)
    return [row('exec true, CPU of engine and monitor, ms', {k: statistics.median(v) for k, v in cpu.items()}, '<= 12', lambda c, d: c <= 12),
            row('exec true, wall, ms', {k: statistics.median(v) for k, v in wall.items()}),
            row('monitor after %d execs, private, MB' % many, private, '<= 0.6', lambda c, d: c <= 0.6, '%.2f')]


def monitor(pair, registry, disk, n):
    """Private memory of what stays beside a container."""
    count, private, proportional = 5, {}, {}
    for engine in pair:
        with engine:
            engine.cli('pull', '-q', registry.busybox)
            ids = [engine.cli('run', '-d', '--network', 'none', registry.busybox, 'sleep', '1000') for _ in range(count)]
            time.sleep(1)
            figures = [engines.memory(p) for p in engine.monitors()]
            engine.cli('rm', '-f', *ids)
            if len(figures) != count:
                raise SystemExit('%s: %d monitors for %d containers' % (engine.name, len(figures), count))
            private[engine.name] = max(f.private for f in figures) / MB
            proportional[engine.name] = max(f.proportional for f in figures) / MB
    return [row('monitor of a running container, private, MB', private, '<= 0.6', lambda c, d: c <= 0.6, '%.2f'),
            row('monitor of a running container, PSS, MB', proportional, '<= 1.5', lambda c, d: c <= 1.5, '%.2f')]


def deep(pair, registry, disk, n):
    """127 layers below a data root of 60 characters run; 128 are refused by name."""
    runs, refuses = {}, {}
    for engine in pair:
        with engine:
            done = engine.cli('run', '--rm', '--network', 'none', registry.deep(127), 'cat', '/layer126', check=False)
            runs[engine.name] = 1 if done.returncode == 0 and done.stdout == '126\n' else 0
            done = engine.cli('pull', registry.deep(128), check=False)
            refuses[engine.name] = 1 if done.returncode != 0 and 'depth' in done.stderr else 0
    return [row('127 layers, data root of %d characters: runs' % len(pair[0].data_root), runs, 'yes', lambda c, d: c == 1, '%d'),
            row('128 layers: refused by name', refuses, 'yes', lambda c, d: c == 1, '%d')]


def pull(pair, registry, disk, n):
    """The reference image from a cold start: everything on disk is dropped from the page cache before each pull."""
    kinds = ('cpu', 'wall', 'cache', 'private', 'mapped', 'sectors', 'dirty')
    figures = {e.name: {k: [] for k in kinds} for e in pair}
    for _ in range(n or 3):
        for engine in pair:
            one = _pull_once(engine, registry, disk)
            for kind in kinds:
                figures[engine.name][kind].append(one[kind])
    values = {k: {name: statistics.median(f[k]) for name, f in figures.items()} for k in kinds}
    return [row('reference pull, CPU, s', values['cpu'], '<= 0.8 x dockerd', lambda c, d: c <= 0.8 * d, '%.2f'),
            row('reference pull, page cache growth, MiB', values['cache'], '<= 32', lambda c, d: c <= 32),
            row('reference pull, peak private (dirty) of all processes, MB', values['private'], '<= 16', lambda c, d: c <= 16),
            row('  ... with the pages of their own files', values['mapped']),
            row('reference pull, written to disk / allocated for its layers', values['sectors'], '<= 1.06', lambda c, d: c <= 1.06, '%.3f'),
            row('reference pull, still to be written when it returns, MB', values['dirty'], '<= 1', lambda c, d: c <= 1),
            row('reference pull, wall, s', values['wall'], '<= dockerd', lambda c, d: c <= d, '%.2f')]


def _pull_once(engine, registry, disk):
    with engine:
        engine.cli('rmi', '-f', registry.reference, check=False)
        before = engines.allocated_bytes(engine.data_root)
        subprocess.check_call(['sync'])
        with open('/proc/sys/vm/drop_caches', 'w') as file:
            file.write('3')
        cpu, cache, sectors, began = engine.cpu_seconds(), engine.page_cache_bytes(), disk.sectors_written(), time.monotonic()
        with engines.Peak(engine) as peak:
            engine.cli('pull', '-q', registry.reference)
        wall = time.monotonic() - began
        at_return = disk.sectors_written()
        result = {'cpu': engine.cpu_seconds() - cpu, 'wall': wall, 'private': peak.dirty / MB, 'mapped': peak.private / MB,
                  'cache': (engine.page_cache_bytes() - cache) / MIB}
        os.sync()
        after = disk.sectors_written()
        result['sectors'] = (after - sectors) * 512 / (engines.allocated_bytes(engine.data_root) - before)
        result['dirty'] = (after - at_return) * 512 / MB
        engine.cli('rmi', '-f', registry.reference)
        return result


def beside(pair, registry, disk, n):
    """An application's file of 200 MB, read once before a pull, in 256 MB of memory that engine and application share."""
    resident = {}
    path = os.path.join(disk.path, 'application')
    with open(path, 'wb') as file:
        for _ in range(200):
            file.write(os.urandom(1000 * 1000))
        os.fsync(file.fileno())
    for engine in pair:
        with engine:
            engine.cli('rmi', '-f', registry.reference, check=False)
            with open('/proc/sys/vm/drop_caches', 'w') as file:
                file.write('3')
            with engine.memory_limit(256 * 1000 * 1000):
                engine.run_inside(['cat', path])
                engine.cli('pull', '-q', registry.reference)
                resident[engine.name] = engines.resident_bytes(path) / os.path.getsize(path) * 100
            engine.cli('rmi', '-f', registry.reference)
    os.unlink(path)
    return [row("an application's 200 MB in the page cache after the pull, %", resident, '>= 95', lambda c, d: c >= 95)]


def archive(pair, registry, disk, n):
    """The reference image saved to a file and loaded from it: neither may hold more of it in memory than a pull does."""
    saving, loading, cache = {}, {}, {}
    for engine in pair:
        path = os.path.join(disk.path, 'saved-%s.tar' % engine.name)
        with engine:
            engine.cli('pull', '-q', registry.reference)
            with engines.Peak(engine) as peak:
                engine.cli('save', '-o', path, registry.reference)
            saving[engine.name] = peak.dirty / MIB
            engine.cli('rmi', '-f', registry.reference)
            before = engine.page_cache_bytes()
            with engines.Peak(engine) as peak:
                engine.cli('load', '-q', '-i', path)
            loading[engine.name] = peak.dirty / MIB
            cache[engine.name] = (engine.page_cache_bytes() - before) / MIB
            engine.cli('rmi', '-f', registry.reference)
        os.unlink(path)
    return [row('save of the reference image, peak private (dirty), MiB', saving, '<= 16', lambda c, d: c <= 16),
            row('load of the reference image, peak private (dirty), MiB', loading, '<= 16', lambda c, d: c <= 16),
            row('  ... page cache growth, MiB', cache)]


def logs(pair, registry, disk, n):
    """A million lines of 100 bytes: taken in while a container writes them, and read back by the docker command line."""
    taken, read = {}, {}
    line = 'x' * 99
    for engine in pair:
        with engine:
            engine.cli('pull', '-q', registry.busybox)
            before = engine.own_cpu_seconds()
            engine.cli('run', '-d', '--name', 'log', '--network', 'none', '--log-opt', 'max-size=1g', registry.busybox,
                       'sh', '-c', 'yes %s | head -n 1000000' % line)
            engine.cli('wait', 'log')
            taken[engine.name] = engine.own_cpu_seconds() - before
            began = time.monotonic()
            size = engine.count('logs', 'log')
            read[engine.name] = time.monotonic() - began
            engine.cli('rm', '-f', 'log')
            if size != 100_000_000:
                raise SystemExit('%s: %d bytes of log instead of 100000000' % (engine.name, size))
    return [row('1,000,000 lines of 100 bytes logged, CPU of engine and monitor, s', taken, '<= 1.2', lambda c, d: c <= 1.2, '%.2f'),
            row('  ... read back by docker logs, wall, s', read, '<= 3', lambda c, d: c <= 3, '%.2f')]


def many(pair, registry, disk, n):
    """What one ps and one inspect cost with 20 containers there."""
    count, calls = 20, n or 200
    listing, inspecting = {}, {}
    for engine in pair:
        with engine:
            engine.cli('pull', '-q', registry.busybox)
            ids = [engine.cli('create', '--network', 'none', registry.busybox, 'true') for _ in range(count)]
            for values, path in ((listing, '/v1.41/containers/json?all=1'), (inspecting, '/v1.41/containers/%s/json' % ids[0])):
                engine.ask(path, calls)  # the first ones are compiled or cached
                before = engine.own_cpu_seconds()
                engine.ask(path, calls)
                values[engine.name] = (engine.own_cpu_seconds() - before) / calls * 1e3
            engine.cli('rm', *ids)
    return [row('list of %d containers, CPU, ms' % count, listing, '<= 3', lambda c, d: c <= 3, '%.2f'),
            row('inspect with %d containers, CPU, ms' % count, inspecting, '<= 3', lambda c, d: c <= 3, '%.2f')]


def lives(pair, registry, disk, n):
    """What an engine has grown by when a thousand containers have come and gone; dockerd, which takes ten times as long, by 200."""
    grown, rounds = {}, {'coracle': n or 1000, 'docker': n or 200}
    for engine in pair:
        with engine:
            engine.cli('pull', '-q', registry.busybox)
            _live(engine, registry, 300)
            before = engines.memory(engine.process.pid).dirty
            _live(engine, registry, rounds[engine.name])
            grown[engine.name] = (engines.memory(engine.process.pid).dirty - before) / MB
    return [row('1,000 x create, start, stop, rm: private memory grown by, MB', grown, '<= 1', lambda c, d: c <= 1, '%.2f')]


def _live(engine, registry, count):
    body = {'Image': registry.busybox, 'Cmd': ['sleep', '1000'], 'StopSignal': 'SIGKILL', 'HostConfig': {'NetworkMode': 'none'}}
    for _ in range(count):
        identity = engine.post('/v1.41/containers/create', body)['Id']
        engine.post('/v1.41/containers/%s/start' % identity)
        engine.post('/v1.41/containers/%s/stop' % identity)
        engine.delete('/v1.41/containers/%s' % identity)
    time.sleep(3)


ROWS = {'machine': machine, 'start': start, 'client': client, 'idle': idle, 'run': run, 'execute': execute, 'monitor': monitor, 'deep': deep, 'pull': pull, 'beside': beside, 'archive': archive, 'logs': logs, 'many': many, 'lives': lives, **networks.ROWS}
