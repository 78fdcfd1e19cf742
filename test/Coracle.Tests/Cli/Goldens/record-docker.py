#!/usr/bin/env python3
"""Writes what the docker command line does, recorded with an engine that only listens: create-bodies.jsonl, what it sends for each of
these command lines; mistakes.jsonl, what it says of wrong ones; help.txt. Run it again with a newer docker to see what has changed:
record-docker.py [DOCKER]"""
import json, os, shlex, socketserver, subprocess, sys, tempfile, threading
from http.server import BaseHTTPRequestHandler

LINES = r"""
create busybox
create busybox sh -c 'exit 3' -x --rm
run -d busybox
run -d --rm --name web -it busybox sh
run -d -h box --domainname example.org -u 1000:100 -w /srv -l a=b -l c --label-file @/labels.txt busybox
run -d -e A=b -e SEEN -e UNSEEN -e A=c --env-file @/variables.txt busybox
run -d -m 64m --memory-reservation 32MB --memory-swap -1 --memory-swappiness 30 --shm-size 1g --kernel-memory 4m busybox
run -d --cpus 1.5 --cpu-shares 512 --cpuset-cpus 0-1 --cpuset-mems 0 --pids-limit 100 --oom-score-adj -500 --oom-kill-disable busybox
run -d --cpu-period 50000 --cpu-quota 25000 --cpu-rt-period 1000 --cpu-rt-runtime 500 busybox
run -d --blkio-weight 300 --blkio-weight-device /dev/sda:200 --device-read-bps /dev/sda:1mb --device-write-bps /dev/sda:2048 --device-read-iops /dev/sda:100 --device-write-iops /dev/sdb:50 busybox
run -d --cap-add net_admin --cap-drop ALL --group-add 20 --group-add audio --privileged --read-only --init busybox
run -d --security-opt no-new-privileges --security-opt seccomp=@/seccomp.json --security-opt apparmor:unconfined busybox
run -d --security-opt systempaths=unconfined --security-opt seccomp=unconfined busybox
run -d --pid host --ipc shareable --uts host --userns host --cgroupns private --cgroup-parent /a/b --runtime runc busybox
run -d --pid container:other --ipc container:other --network container:other busybox
run -d -p 8080:80 -p 127.0.0.1:8443:443/tcp -p 53:53/udp -p 9000-9001:90-91 -p 7000 -p '[::1]:5000:5000' -P --expose 99 --expose 200-201/udp busybox
run -d -p 127.0.0.1::80 -p 1000-1002:80 -p published=8081,target=82,protocol=udp busybox
run -d -v /a:/b:ro -v data:/data -v /anonymous -v rel:/x:z --volumes-from other:ro --volume-driver local busybox
run -d --mount type=bind,source=/a,target=/b,readonly,bind-propagation=rslave --mount type=volume,src=vol,dst=/v,volume-nocopy,volume-label=k=v,volume-driver=local,volume-opt=o=uid busybox
run -d --mount type=tmpfs,dst=/t,tmpfs-size=64m,tmpfs-mode=1770 --mount 'type=volume,"dst=/with,comma",volume-subpath=sub' --mount type=image,src=other,dst=/i busybox
run -d --mount type=bind,src=/a,dst=/b,bind-recursive=disabled --mount type=bind,src=/c,dst=/d,bind-recursive=writable,ro --mount type=bind,src=/e,dst=/f,ro,bind-propagation=rprivate,bind-recursive=readonly busybox
run -d --tmpfs /run --tmpfs /tmp:rw,size=64k busybox
run -d --network none --mac-address 92:d0:c6:0a:29:33 busybox
run -d --network lan --ip 172.30.0.5 --ip6 2001:db8::33 --network-alias one --network-alias two --link-local-ip 169.254.34.68 --link db:database --link cache busybox
run -d --network name=lan,alias=web,ip=10.0.0.5,mac-address=92:d0:c6:0a:29:33,driver-opt=a=b,gw-priority=3 --network other busybox
run -d --add-host db:10.0.0.2 --add-host gw=host-gateway --add-host '[six]=[::1]' --dns 1.1.1.1 --dns-search example.org --dns-search . --dns-option ndots:2 busybox
run -d --restart on-failure:5 --stop-signal SIGINT --stop-timeout 30 busybox
run -d --restart unless-stopped --log-driver json-file --log-opt max-size=1m --log-opt max-file=3 busybox
run -d --health-cmd 'test -e /x' --health-interval 5s --health-timeout 1m30s --health-retries 3 --health-start-period 500ms --health-start-interval 2s busybox
run -d --no-healthcheck --entrypoint '' busybox ls
run -d --entrypoint /bin/sh --ulimit nofile=1024:2048 --ulimit core=0 --sysctl net.ipv4.ip_forward=1 --storage-opt size=1G --annotation a=b busybox -c ls
run -d --device /dev/fuse --device /dev/tty:/dev/other:r --device /dev/sda:mr --device vendor.com/class=name --device-cgroup-rule 'c 1:3 mr' busybox
run -d --gpus all busybox
run -d --gpus 2 busybox
run -d --gpus '"device=0,1",capabilities=compute,driver=nvidia,options=a=b' busybox
run -d --platform linux/arm/v6 --pull never --isolation default busybox
create -a stdin -a STDOUT -i busybox cat
create -i busybox cat
run -d --link db busybox
create --cgroupns host --ipc host --network host -q busybox
run -d --net lan --net-alias one --dns-opt ndots:1 --mac-address 92-d0-c6-0a-29-33 busybox
run -d --network bridge --mac-address 92:D0:C6:0A:29:33 -h box busybox
run -d --network default busybox
run -d --network none busybox
run -d --network bridge busybox
run -d --network host -p 80:80 --add-host a:1.2.3.4 busybox
run -d --network 'name=lan,"driver-opt=com.docker.network.endpoint.sysctls=net.ipv4.conf.IFNAME.log_martians=1,net.ipv6.conf.IFNAME.disable_policy=1",link-local-ip=169.254.1.2,link-local-ip=fe80::2' busybox
run -d --network name=lan,alias=a,alias=b,ip6=2001:db8::5,gw-priority=-2 --network name=wan,gw-priority=10 --network third busybox
run -d --network name=bridge busybox
run -d --network lan --link db:database --network other busybox
run -d --network name=lan,ip=10.0.0.5 --network-alias x --mac-address 92:d0:c6:0a:29:33 busybox
run -d --network NAME=lan,Alias=Web busybox
run -d -p 80:80 -p 443 -P busybox
run -d -p 8000-8002:8000-8002/udp -p '[2001:db8::1]:80:80' -p 0.0.0.0::53/udp -p '[::]:90-91:90-91/sctp' busybox
run -d -p 127.0.0.1:8000-8010:80 -p 80:80/TCP -p 80:80 -p 8080:80 busybox
run -d -p target=80 -p target=81,published=8081 -p protocol=sctp,target=82,published=8082 busybox
run -d --expose 80 --expose 80/udp --expose 1-3/sctp --expose 80 busybox
run -d --link db --link db2:database --link /db3:/web/db3 busybox
run -d --add-host a=1.2.3.4 --add-host b:::1 --add-host c=[2001:db8::1] --add-host d:host-gateway busybox
run -d --dns ::1 --dns 8.8.8.8 --dns-search a.example --dns-search b.example --dns-option edns0 busybox
run -d -p ::1:80:80 busybox
run -d -p target=80,mode=foo busybox
run -d --expose 80/foo busybox
run -d --ip foo busybox
run -d --ip 1.2.3.4 busybox
run -d --network container:x -h foo busybox
run -d --network container:x --link a busybox
run -d --network container: busybox
run -d --network name=lan,ip=foo busybox
run -d --link-local-ip foo busybox
run -d --link a: busybox
""".strip().splitlines()


MISTAKES = r"""
nosuch
--nosuch
-Z
---x
container nosuch
container --nosuch
run
run --nosuch
run -Z x
run -itx
run --name
run -m
run --memory xx busybox
run -m -1 busybox
run --memory-swap -2 busybox
run --rm=foo busybox
run -cpu=3 busybox
run --=x busybox
run --rm --restart always busybox
run -d -a stdin busybox
run -ti busybox
run -p abc busybox
run -p 80:80:80:80 busybox
run -p 80-81:90-95 busybox
run -p 80/xyz busybox
run -p 99999 busybox
run -p 5-3 busybox
run -p foo:80 busybox
run -p a:1:80 busybox
run -p 80: busybox
run -p target=x busybox
run -p target=1,protocol=x busybox
run --expose foo busybox
run --expose 1:2 busybox
run --expose 5-2 busybox
run --mount type=foo busybox
run --mount src=a busybox
run --mount foo busybox
run --mount "" busybox
run --mount type=,dst=/x busybox
run --mount type=bind,src=a,foo=bar,dst=/x busybox
run --mount type=bind,dst=/x,volume-nocopy busybox
run --mount type=volume,dst=/x,bind-propagation=shared busybox
run --mount type=volume,dst=/x,tmpfs-mode=7 busybox
run --mount type=tmpfs,dst=/x,tmpfs-mode=9 busybox
run --mount type=tmpfs,dst=/x,tmpfs-size=x busybox
run --mount type=bind,dst=/x,src=/,ro=foo busybox
run --mount type=bind,dst=/x,src=/,bind-recursive=foo busybox
run --mount type=bind,dst=/x,src=/,bind-recursive=writable busybox
run --mount type=bind,dst=/x,src=/,ro,bind-recursive=readonly busybox
run -v "" busybox
run -e "" busybox
run -e =x busybox
run -l =x busybox
run --env-file nosuch busybox
run --label-file nosuch busybox
run --health-interval=5 busybox
run --health-interval=5x busybox
run --health-interval=x busybox
run --health-cmd x --health-retries -1 busybox
run --health-cmd x --health-interval -1s busybox
run --no-healthcheck --health-cmd x busybox
run --cpus 0.000000000001 busybox
run --cpus x busybox
run --ulimit foo=1 busybox
run --ulimit nofile busybox
run --ulimit nofile=x busybox
run --ulimit nofile=3:2 busybox
run --ulimit nofile=-1:5 busybox
run --ulimit nofile=1:2:3 busybox
run --shm-size x busybox
run --memory-swappiness 101 busybox
run --pull foo busybox
create --pull foo busybox
run --cidfile /dev/null busybox
run --add-host foo busybox
run --add-host a: busybox
run --add-host a:b busybox
run --dns x busybox
run --dns-search "a b" busybox
run --device foo:bar:baz:qux busybox
run --device x busybox
run --device /dev/x:y busybox
run --device /dev/x:/y:q busybox
run --device-cgroup-rule foo busybox
run --blkio-weight 70000 busybox
run --blkio-weight-device foo busybox
run --blkio-weight-device x:5 busybox
run --blkio-weight-device /dev/x:5 busybox
run --device-read-bps foo busybox
run --device-write-bps /dev/x:z busybox
run --device-read-iops /dev/x:y busybox
run --log-driver none --log-opt a=b busybox
run --storage-opt foo busybox
run --security-opt foo busybox
run --security-opt seccomp=/nosuch busybox
run --restart on-failure:x busybox
run --restart : busybox
run -a foo busybox
run --network "" busybox
run --network name=,alias=x busybox
run --network alias=x busybox
run --network name=x,foo=bar busybox
run --network name=l,foo busybox
run --network name=l,gw-priority=x busybox
run --network name=l,driver-opt=x busybox
run --network lan --network lan busybox
run --network host --network lan busybox
run --network name=lan,alias=x --network-alias y busybox
run --network name=lan,ip=1.2.3.4 --ip 1.2.3.5 busybox
run --stop-timeout x busybox
run --oom-score-adj x busybox
run --pid foo busybox
run --userns foo busybox
run --uts foo busybox
run --cgroupns foo busybox
run --gpus foo busybox
run --gpus foo=1 busybox
run --gpus device=1,device=2 busybox
run --link a:b:c busybox
run --sysctl foo busybox
run --sysctl a.b=1 busybox
run --mac-address foo busybox
run -p 90-80:80 busybox
run -p 80-81:80-83 busybox
run -p 80:80-81 busybox
run -p 1.2.3:80:80 busybox
run -p localhost:80:80 busybox
run -p 80:80/foo busybox
run -p x busybox
run -p 70000 busybox
run -p 80:70000 busybox
run -p published=80 busybox
run -p 'fe80::1%eth0:80:80' busybox
run -p '[fe80::1%eth0]:80:80' busybox
run --expose 80:80 busybox
run --expose x busybox
run --expose 90-80 busybox
run --network-alias x busybox
run --network host --network-alias x busybox
run --network container:x --network lan busybox
run --network name=lan,ip6=::1 --ip6 ::2 busybox
run --network name=lan,link-local-ip=1.2.3.4 --link-local-ip 1.2.3.5 busybox
run --network name=lan,mac-address=92:d0:c6:0a:29:33 --mac-address 92:d0:c6:0a:29:34 busybox
run --network name=lan,mac-address=foo busybox
run --link '' busybox
run --add-host a:b busybox
run --add-host :1.2.3.4 busybox
run --dns foo busybox
run --dns-search 'a b' busybox
run --dns-search -foo busybox
run UPPER
exec
exec a
exec --nosuch a b
exec -e "" a b
exec --env-file nosuch a b
attach
start
start -ai a b
logs
logs a b
rename a
wait
pause
rm
stop -t xx a
stop -Z
container prune --filter foo
container rm
-H a -H b start x
-H ftp://x start x
network nosuch
network create
network create a b
network create --subnet 10.1.0.0/16 --subnet 10.1.2.0/24 a
network create --subnet 10.1.0.0/16 --ip-range x a
network create --subnet 10.1.0.0/16 --ip-range 10.2.0.0/24 a
network create --subnet 10.1.0.0/16 --ip-range 10.1.0.0/24 --ip-range 10.1.1.0/24 a
network create --subnet 10.1.0.0/16 --gateway 10.2.0.1 a
network create --subnet 10.1.0.0/16 --gateway x a
network create --subnet 10.1.0.0/16 --gateway 10.1.0.1 --gateway 10.1.0.2 a
network create --subnet 10.1.0.0/16 --aux-address a=10.2.0.1 a
network create --subnet 10.1.0.0/16 --aux-address a=x a
network create --subnet 10.1.0.0/16 --aux-address a a
network create --ip-range 10.1.0.0/24 a
network create --gateway 10.1.0.1 a
network create --aux-address a=10.1.0.1 a
network create --ipv6=foo a
network create --label =x a
network rm
network connect a
network connect --gw-priority x a b
network connect --link a:b:c a b
network connect --driver-opt =a a b
network connect --driver-opt c a b
network disconnect a
network prune x
network prune --filter foo
network ls x
network inspect
""".strip().splitlines()

REQUESTS = r"""
start a b
stop a
stop -t 0 -s INT a b
restart --timeout=3 a
kill a
kill --signal=HUP a
pause a
unpause a
rename a b
wait a
rm a
rm -f -v a
rm -l a/b
logs a
logs -f -t --details -n 5 a
logs --since 1700000000 --until 1700000001.5 a
container prune -f
container prune -f --filter label=a=b --filter until=1h
exec -d a true
exec -d -e A=b -e SEEN -u 1000:100 -w /srv --privileged --detach-keys ctrl-x a sh -c 'exit 3' -x
exec -d --env-file @/variables.txt a env
create --name b --platform linux/arm64 --pull always busybox
network create lan
network create -d macvlan -o parent=eth0.10 -o macvlan_mode=private --label a=b --label c --internal --attachable --ipv6 lan
network create --subnet 10.1.0.0/16 --ip-range 10.1.5.0/24 --gateway 10.1.0.9 --aux-address one=10.1.0.5 --aux-address two=10.1.0.6 lan
network create --subnet 10.1.0.0/16,10.2.0.0/16 --gateway 10.2.0.9 --subnet fd00:1::/64 --ip-range 10.1.5.0/24 --aux-address six=fd00:1::5 lan
network create --ipv4=false --ipv6 --ipam-driver default --ipam-opt a=b --scope local lan
network create --config-only --subnet 10.1.0.0/16 lan
network create --config-from base lan
network create --ingress --ipv6=false lan
network rm a b
network rm -f a
network prune -f
network prune -f --filter label!=a --filter until=1h
network connect lan web
network connect --alias one --alias two,three --ip 10.1.0.5 --ip6 fd00:1::5 --link-local-ip 169.254.3.4 --link db:database --driver-opt a=b --gw-priority -3 lan web
network disconnect lan web
network disconnect -f lan web
""".strip().splitlines()

HELP = """
run
create
exec
attach
start
logs
kill
stop
restart
rm
pause
unpause
rename
wait
container prune
container rm
network create
network rm
network prune
network connect
network disconnect
network ls
network inspect
""".strip().splitlines()

class Recorder(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    recorded = []
    requests = []

    def note(self, body=b""):
        if not self.path.endswith("/_ping"):
            path, _, query = self.path.partition("?")
            sent = json.loads(body) if body.strip() and ("/exec" in path or "/networks" in path) else None
            Recorder.requests.append([self.command + " " + path.split("/", 2)[2], sorted(q for q in query.split("&") if q), without_zeros(sent)])

    def answer(self, status, body=b"{}"):
        self.send_response(status)
        self.send_header("Api-Version", "1.51")
        self.send_header("Ostype", "linux")
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(0 if self.command == "HEAD" else len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def do_GET(self):
        self.note()
        self.answer(200, b"" if self.path.partition("?")[0].endswith("/logs") else CONTAINER)

    do_HEAD = do_DELETE = do_GET

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.note(body)
        if "/containers/create" in self.path:
            Recorder.recorded.append((self.path.partition("?")[2], json.loads(body)))
            self.answer(201, json.dumps({"Id": "0" * 64, "Warnings": []}).encode())
        elif self.path.endswith("/start"):
            self.answer(204, b"")
        else:
            self.answer(200, b'{"StatusCode":0,"Id":"e1"}')

    def address_string(self):
        return "client"

    def log_message(self, *_):
        pass


MAPS = ("Labels", "ExposedPorts", "Volumes", "Tmpfs", "Sysctls", "Annotations", "Config", "EndpointsConfig")
CONTAINER = b'{"Id":"a","Name":"/a","Config":{"Tty":false},"State":{"Running":true},"HostConfig":{}}'
API_SOCKET = """      --use-api-socket                   Bind mount Docker API socket and
                                         required auth
"""
NOTHING = (None, "", 0, [], {}, [0, 0], "default", {"Name": "no"}, -1)


def without_zeros(value, name=""):
    """What was asked for: Go writes every field, and its zeros say nothing. An empty list of masked paths does: it masks none."""
    if isinstance(value, list):
        return [without_zeros(v) for v in value]
    if not isinstance(value, dict):
        return value
    fields = {k: without_zeros(v, k) for k, v in value.items()}
    if fields == {"default": {}} or name == "EndpointsConfig" and list(fields.values()) == [{}]:
        return {}
    keep = ("MaskedPaths", "ReadonlyPaths", "MemorySwap", "Count")
    return {k: v for k, v in fields.items() if name in MAPS or k in keep and v not in (None, 0) or v not in NOTHING}


class Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    daemon_threads = True

    def handle_error(self, *_):
        pass  # docker hangs up on the answers it does not wait for


def main():
    here = os.path.dirname(os.path.abspath(__file__))
    docker = sys.argv[1] if len(sys.argv) > 1 else "docker"
    with tempfile.TemporaryDirectory() as directory:
        server = Server(directory + "/s", Recorder)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        environment = {"DOCKER_HOST": f"unix://{directory}/s", "DOCKER_CONFIG": directory, "PATH": os.environ["PATH"], "SEEN": "yes"}
        def run(arguments):
            return subprocess.run([docker, *arguments], env=environment, capture_output=True, text=True, cwd=directory, stdin=subprocess.DEVNULL)

        with open(here + "/create-bodies.jsonl", "w") as out:
            for line in LINES:
                Recorder.recorded.clear()
                done = run([a.replace("@", here, 1) if "@/" in a else a for a in shlex.split(line)])
                if done.returncode or not Recorder.recorded:
                    sys.exit(f"{line}\n{done.stderr}")
                query, body = Recorder.recorded[0]
                out.write(json.dumps({"arguments": shlex.split(line), "query": query, "body": without_zeros(body)}, separators=(",", ":")) + "\n")
        with open(here + "/requests.jsonl", "w") as out:
            for line in REQUESTS:
                Recorder.requests.clear()
                done = run([a.replace("@", here, 1) if "@/" in a else a for a in shlex.split(line)])
                if done.returncode:
                    sys.exit(f"{line}\n{done.stderr}")
                out.write(json.dumps({"arguments": shlex.split(line), "requests": Recorder.requests}, separators=(",", ":")) + "\n")
        with open(here + "/mistakes.jsonl", "w") as out:
            for line in MISTAKES:
                done = run(shlex.split(line))
                out.write(json.dumps({"arguments": shlex.split(line), "exit": done.returncode, "errors": done.stderr}) + "\n")
        with open(here + "/help.txt", "w") as out:
            for line in HELP:
                # Client-side only: it shares the socket of the machine it runs on.
                text = run(["help", *line.split()]).stdout.replace(API_SOCKET, "")
                out.write(f"== {line}\n{text}")


main()
