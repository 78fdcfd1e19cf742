"""Rows of networks: what a bridge, ports and names cost. The engines run in a network namespace of the bench's own, with rules and all."""
import contextlib
import os
import statistics
import subprocess
import time

import engines
from figures import row

MB = 1e6
HOST = '192.0.2.1'
PROBE = os.path.join(engines.ROOT, 'test/Coracle.E2E/Probes/wire.c')
# dockerd starts two processes of some megabytes for each port.
PORTS = {'coracle': 1000, 'docker': 20}


@contextlib.contextmanager
def own_host(pair, registry, disk):
    """A network namespace in which the engines are started until the end; the image is pulled before, since the registry is on the machine's loopback."""
    for engine in pair:
        with engine:
            engine.cli('pull', '-q', registry.busybox)
    holder = subprocess.Popen(['unshare', '--net', 'sh', '-c', 'echo; exec sleep 100000'], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
    holder.stdout.readline()
    try:
        host = Host(holder.pid, disk.path)
        host.run('sh', '-ec', 'ip link set lo up; ip link add eth0 type veth peer name cable; ip link set cable up; ip address add %s/24 dev eth0; ip link set eth0 up' % HOST)
        for engine in pair:
            engine.space = holder.pid
        yield host
    finally:
        for engine in pair:
            engine.space = None
        holder.kill()
        holder.wait()


class Host:
    def __init__(self, process, directory):
        self.process = process
        self.directory = os.path.join(directory, 'probes')
        self.wire = os.path.join(self.directory, 'wire')
        os.makedirs(self.directory, exist_ok=True)
        subprocess.check_call(['gcc', '-static', '-O1', '-o', self.wire, PROBE])

    def run(self, *command):
        subprocess.run(['nsenter', '--net=/proc/%d/ns/net' % self.process, *command], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, check=True)

    def cpu_of(self, *command):
        """Processor time of a program in the namespace and of its children, in seconds."""
        process = subprocess.Popen(['nsenter', '--net=/proc/%d/ns/net' % self.process, *command], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode != 0:
            raise SystemExit('%s: exit %d' % (' '.join(command), process.returncode))
        return usage.ru_utime + usage.ru_stime


def bridge(pair, registry, disk, n):
    """What a bridge and one published port add to run --rm: with and without take turns, on both engines."""
    kinds = {'none': ['--network', 'none'], 'bridge': ['-p', '8080:80']}
    cpu = {(e.name, kind): [] for e in pair for kind in kinds}
    with own_host(pair, registry, disk):
        for engine in pair:
            engine.start()
            for options in kinds.values():
                engine.cli('run', '--rm', *options, registry.busybox, 'true')
            for _ in range(n or 15):
                for kind, options in kinds.items():
                    before = engine.cpu_seconds()
                    engine.cli('run', '--rm', *options, registry.busybox, 'true')
                    time.sleep(0.3)  # what an engine does after the client is gone counts too
                    cpu[engine.name, kind].append((engine.cpu_seconds() - before) * 1e3)
            engine.stop()  # one after the other: both want rules of one host
    values = {e.name: statistics.median(cpu[e.name, 'bridge']) - statistics.median(cpu[e.name, 'none']) for e in pair}
    return [row('bridge and one port added to run --rm, CPU, ms', values, '<= 12', lambda c, d: c <= 12)]


def ports(pair, registry, disk, n):
    """What a published port costs while it is there, and what a thousand of them cost the next container."""
    processes, bytes_each, keeper, crowd, ratio = {}, {}, {}, {}, {}
    with own_host(pair, registry, disk):
        for engine in pair:
            count = PORTS[engine.name]
            with engine:
                _sleeper(engine, registry, 'one', ['-p', '8080:80'])
                first = _start_cost(engine, registry, n)
                before, beside = _all_of(engine), len(_serving(engine))
                if engine.keepers():
                    keeper[engine.name] = _keeper(engine).dirty / MB
                _sleeper(engine, registry, 'many', ['-p', '20000-%d:20000-%d' % (20000 + count - 1, 20000 + count - 1)])
                time.sleep(3)
                processes[engine.name] = (len(_serving(engine)) - beside) / count
                bytes_each[engine.name] = (_all_of(engine) - before) / count / 1024
                if engine.keepers():
                    crowd[engine.name] = _keeper(engine).dirty / MB
                    ratio[engine.name] = _start_cost(engine, registry, n) / first
                engine.cli('rm', '-f', 'one', 'many')
    return [row('processes for each published port', processes, '0', lambda c, d: c == 0, '%.1f'),
            row('memory for each published port (PSS of engine and keeper), KiB', bytes_each, '<= 4', lambda c, d: c <= 4),
            row('keeper with one port, private (dirty), MB', keeper, '<= 0.8', lambda c, d: c <= 0.8, '%.2f'),
            row('  ... with 1,000 ports', crowd, form='%.2f'),
            row('start of one more container with 1,000 ports there / with none, CPU', ratio, '<= 1.10', lambda c, d: c <= 1.10, '%.2f')]


def pouring(pair, registry, disk, n):
    """Bytes through a published port and to the container's address itself, there and back: CPU of both ends and of what is between."""
    megabytes, rounds = 200, n or 5
    port, loopback, six, each = {}, {}, {}, {}
    with own_host(pair, registry, disk) as host:
        for engine in pair:
            with engine:
                engine.cli('run', '-d', '--name', 'echo', '-p', '8080:80', '-v', host.directory + ':/probe:ro', registry.busybox, '/probe/wire', 'serve', 'x', '80')
                direct = engine.cli('inspect', '--format', '{{.NetworkSettings.IPAddress}}', 'echo')
                ways = {direct: 80, HOST: 8080, '127.0.0.1': 8080, '::1': 8080}
                figures = {way: [] for way in ways}
                for _ in range(rounds):
                    for way, number in ways.items():
                        before = engine.cpu_seconds()
                        client = host.cpu_of(host.wire, 'pour', way, str(number), str(megabytes))
                        figures[way].append(client + engine.cpu_seconds() - before)
                least = {way: min(f) for way, f in figures.items()}
                each[engine.name] = least[direct] / megabytes * 1e3
                port[engine.name] = least[HOST] / least[direct]
                loopback[engine.name] = least['127.0.0.1'] / least[direct]
                six[engine.name] = least['::1'] / least[direct]
                engine.cli('rm', '-f', 'echo')
    return [row("a MB to a container's address and back, CPU, ms", each, form='%.2f'),
            row("  ... by a published port of the host's address: times that", port, '<= 1.05', lambda c, d: c <= 1.05, '%.2f'),
            row('  ... by 127.0.0.1', loopback, form='%.2f'),
            row('  ... by [::1]', six, form='%.2f')]


def names(pair, registry, disk, n):
    """An answer from the table of a network of 1,000 names, and what that table takes."""
    count, questions = 1000, n or 20000
    cost, table = {}, {}
    with own_host(pair, registry, disk) as host:
        for engine in pair:
            with engine:
                engine.cli('network', 'create', 'named')
                asker = engine.cli('run', '-d', '--network', 'named', '-v', host.directory + ':/probe:ro', registry.busybox, 'sleep', '100000')
                time.sleep(2)
                before = _all_of(engine)
                aliases = [word for i in range(count) for word in ('--network-alias', 'device-%d' % i)]
                crowd = engine.cli('run', '-d', '--network', 'named', *aliases, registry.busybox, 'sleep', '100000')
                time.sleep(2)
                table[engine.name] = (_all_of(engine) - before) / MB
                ask = ('exec', asker, '/probe/wire', 'questions', '127.0.0.11', 'device-%d' % (count - 1))
                engine.cli(*ask, '100')
                before = engine.own_cpu_seconds()
                engine.cli(*ask, str(questions))
                cost[engine.name] = (engine.own_cpu_seconds() - before) / questions * 1e6
                engine.cli('rm', '-f', asker, crowd)
                engine.cli('network', 'rm', 'named')
    return [row('an answer for a name of a network, CPU, us', cost, '<= 25', lambda c, d: c <= 25),
            row('1,000 names (PSS of engine and keeper), MB', table, '<= 1', lambda c, d: c <= 1, '%.2f')]


def _sleeper(engine, registry, name, options):
    engine.cli('run', '-d', '--name', name, *options, registry.busybox, 'sleep', '100000')
    time.sleep(1)


def _start_cost(engine, registry, n):
    """Processor time of one start with a port, in seconds."""
    figures = []
    for _ in range(n or 9):
        identity = engine.cli('create', '-p', '8081:81', registry.busybox, 'sleep', '1000')
        before = engine.own_cpu_seconds()
        engine.post('/v1.41/containers/%s/start' % identity)
        time.sleep(0.2)
        figures.append(engine.own_cpu_seconds() - before)
        engine.cli('rm', '-f', identity)
    return statistics.median(figures)


def _serving(engine):
    """Its own processes but for what stays beside containers, which differ with their number."""
    stay = set(engine.monitors())
    return [p for p in {*engine.processes(), *engine.keepers()} if p not in stay]


def _all_of(engine):
    return sum(engines.memory(p).proportional for p in _serving(engine))


def _keeper(engine):
    keeper, = engine.keepers()
    return engines.memory(keeper)


ROWS = {'bridge': bridge, 'ports': ports, 'pouring': pouring, 'names': names}
