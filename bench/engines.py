"""An engine under measurement: started in cgroups of its own, so that its processor time, page cache and processes can be counted."""
import contextlib
import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import threading
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
V1_CPU = '/sys/fs/cgroup/cpuacct'
V1_MEMORY = '/sys/fs/cgroup/memory'
V2 = '/sys/fs/cgroup'
IS_V1 = os.path.isdir(V1_CPU)
START_LIMIT_SECONDS = 30


class UnixConnection(http.client.HTTPConnection):
    def __init__(self, path, timeout=5):
        super().__init__('engine', timeout=timeout)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)


class Engine:
    """State below one directory of the disk; `start` and `stop` as often as a row wants."""

    def __init__(self, disk_path):
        # 60 characters, so that the deep image proves that mount options are not what limits it.
        self.directory = os.path.join(disk_path, self.name)
        self.data_root = os.path.join(self.directory, 'data-root-').ljust(60, 'x')
        self.run_directory = '/run/coracle-bench-' + self.name
        self.socket = os.path.join(self.run_directory, 's')
        self.process = None
        self.space = None  # a process whose network namespace it is started in, with networks and rules; else it gets none
        shutil.rmtree(self.run_directory, ignore_errors=True)
        os.makedirs(self.run_directory)
        os.makedirs(self.directory, exist_ok=True)
        self.cgroup = 'coracle-bench-' + self.name
        for hierarchy in self._hierarchies():
            os.makedirs(os.path.join(hierarchy, self.cgroup), exist_ok=True)

    def start(self):
        with open(os.path.join(self.run_directory, 'daemon.json'), 'w') as file:
            file.write('{}')
        log = open(os.path.join(self.run_directory, 'log'), 'ab')
        inside = ['nsenter', '--net=/proc/%d/ns/net' % self.space] if self.space else []
        self.process = subprocess.Popen([*inside, *self.command(), *self.network_options()], stdin=subprocess.DEVNULL, stdout=log, stderr=log, preexec_fn=self._enter)
        deadline = time.monotonic() + START_LIMIT_SECONDS
        while not self._answers():
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise SystemExit('%s does not answer; see %s/log' % (self.name, self.run_directory))
            time.sleep(0.002)
        return self

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(60)
        self.process = None

    def forget(self):
        """Removes what the measuring made outside the disk."""
        shutil.rmtree(self.run_directory, ignore_errors=True)
        for hierarchy in self._hierarchies():
            try:
                os.rmdir(os.path.join(hierarchy, self.cgroup))
            except OSError:
                pass  # something still runs in it, and will be seen there

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.stop()

    def cli(self, *arguments, check=True):
        """Runs the docker command line; standard output without the last line end."""
        done = subprocess.run(['docker', *arguments], env=self._environment(), stdin=subprocess.DEVNULL, capture_output=True, text=True)
        if check and done.returncode != 0:
            raise SystemExit('%s: docker %s: exit %d: %s' % (self.name, ' '.join(arguments), done.returncode, done.stderr[-800:]))
        return done.stdout.rstrip('\n') if check else done

    def count(self, *arguments):
        """Bytes that the docker command line writes; they go nowhere else."""
        client = subprocess.Popen(['docker', *arguments], env=self._environment(), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
        size = 0
        while piece := os.read(client.stdout.fileno(), 1 << 20):
            size += len(piece)
        client.stdout.close()
        if client.wait() != 0:
            raise SystemExit('%s: docker %s: exit %d' % (self.name, ' '.join(arguments), client.returncode))
        return size

    def ask(self, path, times):
        """One GET again and again, over one connection."""
        connection = UnixConnection(self.socket)
        for _ in range(times):
            connection.request('GET', path)
            answer = connection.getresponse()
            answer.read()
            if answer.status != 200:
                raise SystemExit('%s: GET %s: %d' % (self.name, path, answer.status))
        connection.close()

    def post(self, path, body=None):
        return self._call('POST', path, body)

    def delete(self, path):
        return self._call('DELETE', path)

    def _call(self, method, path, body=None):
        connection = UnixConnection(self.socket, 60)
        connection.request(method, path, json.dumps(body or {}), {'Content-Type': 'application/json'})
        answer = connection.getresponse()
        text = answer.read()
        connection.close()
        if answer.status >= 400:
            raise SystemExit('%s: %s %s: %d %s' % (self.name, method, path, answer.status, text[:800]))
        return json.loads(text) if text else None

    @contextlib.contextmanager
    def memory_limit(self, limit):
        """For the engine and whatever runs inside of its cgroup."""
        directory = os.path.join(V1_MEMORY if IS_V1 else V2, self.cgroup)
        path = os.path.join(directory, 'memory.limit_in_bytes' if IS_V1 else 'memory.max')
        with open(path, 'w') as file:
            file.write(str(limit))
        try:
            yield
        finally:
            with open(path, 'w') as file:
                file.write('-1' if IS_V1 else 'max')

    def run_inside(self, command):
        subprocess.run(command, preexec_fn=self._enter, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, check=True)

    def _environment(self):
        return dict(os.environ, DOCKER_HOST='unix://' + self.socket, DOCKER_CONFIG=self.run_directory)

    def own_cpu_seconds(self):
        """Of the engine and what stays beside containers, without the containers."""
        return sum(self._cpu_of(c) for c in (self.cgroup, *self.monitor_cgroups))

    def cpu_seconds(self):
        """Of the engine, of all it started, and of its containers, since its cgroups were made."""
        return sum(self._cpu_of(c) for c in (self.cgroup, *self.container_cgroups))

    def page_cache_bytes(self):
        if IS_V1:
            return self._stat(os.path.join(V1_MEMORY, self.cgroup, 'memory.stat'), 'cache')
        return self._stat(os.path.join(V2, self.cgroup, 'memory.stat'), 'file')

    def processes(self):
        path = os.path.join(V1_CPU if IS_V1 else V2, self.cgroup, 'cgroup.procs')
        return [int(line) for line in open(path)]

    def monitors(self):
        """What stays beside each running container."""
        mine = [self.process.pid]
        return [p for p in _all_processes() if self.is_monitor(p, mine)]

    def _enter(self):
        for hierarchy in self._hierarchies():
            with open(os.path.join(hierarchy, self.cgroup, 'cgroup.procs'), 'w') as file:
                file.write(str(os.getpid()))

    def _answers(self):
        try:
            connection = UnixConnection(self.socket)
            connection.request('GET', '/_ping')
            return connection.getresponse().status == 200
        except OSError:
            return False

    @staticmethod
    def _hierarchies():
        return (V1_CPU, V1_MEMORY) if IS_V1 else (V2,)

    @staticmethod
    def _cpu_of(cgroup):
        try:
            if IS_V1:
                return int(open(os.path.join(V1_CPU, cgroup, 'cpuacct.usage')).read()) / 1e9
            return Engine._stat(os.path.join(V2, cgroup, 'cpu.stat'), 'usage_usec') / 1e6
        except FileNotFoundError:
            return 0.0

    @staticmethod
    def _stat(path, key):
        for line in open(path):
            name, value = line.split()
            if name == key:
                return int(value)
        raise LookupError(key)


class Coracle(Engine):
    name = 'coracle'
    container_cgroups = ('coracle', 'docker')
    monitor_cgroups = ('coracle/monitors',)
    program = os.path.join(ROOT, 'out/coracle')

    def command(self):
        return [self.program, 'daemon', '-H', 'unix://' + self.socket, '--data-root', self.data_root,
                '--exec-root', os.path.join(self.run_directory, 'exec'), '--config-file', os.path.join(self.run_directory, 'daemon.json')]

    def network_options(self):
        return [] if self.space else ['--bridge', 'none']

    def is_monitor(self, process, engine):
        return parent(process) in engine and not self._is_keeper(process)

    def keepers(self):
        """What holds ports and answers for names."""
        return [p for p in _all_processes() if parent(p) == self.process.pid and self._is_keeper(p)]

    @staticmethod
    def _is_keeper(process):
        return command_line(process).startswith('coracle-monitor keeper ')


class Docker(Engine):
    name = 'docker'
    container_cgroups = ('docker',)
    monitor_cgroups = ()  # a shim is in the engine's

    def command(self):
        return ['/usr/sbin/dockerd', '-H', 'unix://' + self.socket, '--data-root', self.data_root,
                '--exec-root', os.path.join(self.run_directory, 'exec'), '--config-file', os.path.join(self.run_directory, 'daemon.json'),
                '--pidfile', os.path.join(self.run_directory, 'pid')]

    def network_options(self):
        return [] if self.space else ['--bridge=none', '--iptables=false', '--ip6tables=false', '--ip-forward=false', '--ip-masq=false']

    def keepers(self):
        return []

    def is_monitor(self, process, engine):
        line = command_line(process)
        return 'containerd-shim' in line and self.run_directory in line


KINDS = {'coracle': Coracle, 'docker': Docker}


def _all_processes():
    return [int(name) for name in os.listdir('/proc') if name.isdigit()]


def parent(process):
    try:
        return int(open('/proc/%d/stat' % process).read().rsplit(')', 1)[1].split()[1])
    except OSError:
        return 0


def command_line(process):
    try:
        return open('/proc/%d/cmdline' % process).read().replace('\0', ' ')
    except OSError:
        return ''


class Memory:
    """Of one process, in bytes; zeros for one that has gone."""

    def __init__(self, fields):
        def kilobytes(*names):
            return sum(fields.get(name, 0) for name in names) * 1024
        # Pages that it has written are its own until it ends; clean pages of its file can be dropped and read again.
        self.dirty = kilobytes('Private_Dirty:')
        self.private = kilobytes('Private_Clean:', 'Private_Dirty:')
        self.proportional = kilobytes('Pss:')


def memory(process):
    fields = {}
    try:
        for line in open('/proc/%d/smaps_rollup' % process):
            words = line.split()
            if words[0].endswith(':'):
                fields[words[0]] = int(words[1])
    except (OSError, ValueError):
        fields = {}
    return Memory(fields)


def allocated_bytes(directory):
    """Blocks of everything below a directory, each file once."""
    return int(subprocess.check_output(['du', '-s', '--block-size=1', directory], text=True).split()[0])


def resident_bytes(path):
    """How much of a file is in the page cache (util-linux asks mincore)."""
    return int(subprocess.check_output(['fincore', '--bytes', '--noheadings', '--output', 'RES', path], text=True))


class Peak(threading.Thread):
    """The largest sums over an engine's processes, in bytes, looked at forty times a second: of what nothing can drop, and of that with the pages of
    its own file, which a kernel short of memory takes back."""

    def __init__(self, engine):
        super().__init__(daemon=True)
        self.engine, self.dirty, self.private, self.ended = engine, 0, 0, threading.Event()

    def run(self):
        while not self.ended.wait(0.025):
            now = [memory(p) for p in self.engine.processes()]
            self.dirty = max(self.dirty, sum(m.dirty for m in now))
            self.private = max(self.private, sum(m.private for m in now))

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.ended.set()
        self.join()
