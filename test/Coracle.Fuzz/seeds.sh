#!/usr/bin/env bash
# Makes the seeds of Corpus/ again, with the tools that write such files in the field: GNU tar, bsdtar, Python, gzip, zstd, bzip2, xz,
# skopeo, openssl; and our own writers (Coracle.Fuzz seeds). Findings of the past lie beside them under other names and are left alone.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
corpus=$PWD/Corpus
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
put() { mkdir -p "$corpus/$1"; cat > "$corpus/$1/$2"; }

tree=$work/tree
mkdir -p "$tree/d/e" && cd "$tree"
printf 'hello\n' > d/f; ln -s f d/l; ln d/f d/h; : > d/empty; mkfifo d/p; printf x > "d/$(printf 'n%.0s' {1..110})"; printf u > $'d/\xff\xc3\xa9'
truncate -s 100000 d/sparse; printf end | dd of=d/sparse bs=1 seek=60000 conv=notrunc status=none
setfattr -n user.a -v $'b\n' d/f 2>/dev/null || true
for format in gnu oldgnu posix ustar v7; do tar --format=$format --owner=0 --group=0 --mtime=@1700000000 --exclude=sparse --exclude='nnn*' $([ $format = v7 ] && echo --exclude=p) -b1 -cf - d | put tar seed-$format; done
tar --format=gnu -S -b1 --mtime=@1700000000 -cf - d/sparse "d/$(printf 'n%.0s' {1..110})" | put tar seed-sparse-gnu
tar --format=posix -S -b1 --xattrs --mtime=@1700000000.123456789 -cf - d/sparse d/f "d/$(printf 'n%.0s' {1..110})" | put tar seed-sparse-pax
command -v bsdtar >/dev/null && bsdtar --format=pax -b1 -cf - d/f d/l d/h | put tar seed-bsdtar
python3 - <<'P' | put tar seed-python-whiteouts
import io, sys, tarfile
t = tarfile.open(fileobj=sys.stdout.buffer, mode='w|', format=tarfile.PAX_FORMAT, bufsize=512)
for name, data in [('a/.wh.b', b''), ('a/.wh..wh..opq', b''), ('é/' + 'x' * 120, b'data')]:
    i = tarfile.TarInfo(name); i.size = len(data); i.mtime = 1.5; i.pax_headers = {'SCHILY.xattr.security.capability': '\1\0\0\2', 'comment': 'c'}
    t.addfile(i, io.BytesIO(data))
d = tarfile.TarInfo('dev/null'); d.type = tarfile.CHRTYPE; d.devmajor, d.devminor, d.uid = 1, 3, 2 ** 31; t.addfile(d); t.close()
P

text=$work/text; { seq 1 400; head -c 600 /dev/zero; cat d/f; } > "$text"
gzip -9nc "$text" | put gzip seed-gzip; { gzip -1nc "$text"; gzip -nc d/f; } | put gzip seed-members; head -c 300 /dev/zero | gzip -nc | put gzip seed-zeros
zstd -qc "$text" | put zstd seed-3; zstd -q19 --check -c "$text" | put zstd seed-19; { printf '\x5a\x2a\x4d\x18\x03\0\0\0abc'; zstd -qc d/f; } | put zstd seed-skippable
bzip2 -1c "$text" | put bzip2 seed-1; bzip2 -9c d/f | put bzip2 seed-9
xz -0c "$text" | put xz seed-0; xz -6 --check=sha256 --block-size=1000 -c "$text" | put xz seed-blocks; xz --lzma2=dict=4KiB,lc=0,lp=4,pb=0 -c "$text" | put xz seed-lp
raw() { xz --format=raw --lzma2="$1" -c; }
raw dict=4KiB,lc=0,lp=4,pb=0 < "$text" | put lzma2 seed-lp; raw preset=9e,dict=4KiB < "$text" | put lzma2 seed-9e; head -c 9000 /dev/zero | raw dict=4KiB | put lzma2 seed-wrapped
{ cat "$text"; seq 500 1500 | sha512sum; seq 1 1000 | gzip -nc; cat "$text"; } | raw dict=4KiB,pb=4 | put lzma2 seed-mixed; printf stored | raw dict=4KiB | put lzma2 seed-stored
put lzma2-pack seed-text < "$text"; { printf '\377'; head -c 3000 /dev/zero; cat d/f; seq 1 1000 | gzip -nc; } | put lzma2-pack seed-mixed
printf 'rs\0026\003abcE\000\310J\003\350\007\320N\000\001\000\000\017\240A\110%072d\000' 7 | put rsync seed-commands; printf 'rs\0026\000' | put rsync seed-empty

printf 'nameserver 10.0.0.1\nnameserver fe80::1%%eth0\nsearch a.example b.\noptions ndots:2 timeout:3 attempts:4 rotate\n' | put resolv seed-resolv
printf '127.0.0.1 localhost\n::1 ip6-localhost # c\n10.0.0.2 db db.local\n' | put resolv seed-hosts
head -3 /etc/passwd | { printf 'daemon:bin\n'; cat; } | put accounts seed-passwd
printf 'alice\nalice:x:1000:1000::/home/alice:/bin/sh\nwheel:x:10:alice,bob\nalice:x:1000:\n' | put accounts seed-groups
grep -E 'cgroup|ext4|overlay' /proc/self/mountinfo | head -4 | put kernel-tables seed-mountinfo
printf 'processor : 0\nCPU architecture: 7\nFeatures : half thumb vfpv3\n' | put kernel-tables seed-cpuinfo

python3 - <<'P' | put dns seed-answer
import sys
name = b'\x08registry\x07example\x03com\0'
sys.stdout.buffer.write(b'\x12\x34\x81\x80\0\1\0\2\0\0\0\1' + name + b'\0\1\0\1' + b'\xc0\x0c\0\5\0\1\0\0\1\0\0\6\3www\xc0\x15' + b'\3www\xc0\x15\0\1\0\1\0\0\1\0\0\4\x0a\0\0\1' + b'\0\0\x29\4\xd0\0\0\0\0\0\0')
P
printf 'POST /v1.41/containers/a%%2Fb/start?x=1&y=a+b HTTP/1.1\r\nHost: docker\r\nContent-Length: 5\r\nContent-Type: application/json\r\n\r\nhelloGET /_ping HTTP/1.0\r\nConnection: keep-alive\r\n\r\n' | put http-request seed-two
printf 'PUT /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\nPOST http://h/x HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n' | put http-request seed-chunked
printf 'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 5\r\nApi-Version: 1.51\r\n\r\nhello' | put http-response seed-length
printf 'HTTP/1.1 404 Not Found\r\nTransfer-Encoding: chunked\r\n\r\n3;a=b\r\nabc\r\n0\r\nX: y\r\n\r\n' | put http-response seed-chunked
printf 'HTTP/1.0 200\r\n\r\nuntil the end' | put http-response seed-close
printf '5;ext="a"\r\nhello\r\nA\r\n0123456789\r\n0\r\nTrailer: x\r\n\r\n' | put chunked seed-two
printf '\x81\x85\x01\x02\x03\x04igopn\x89\x84\0\0\0\0ping\x82\xfe\0\x05\0\0\0\0hello\x88\x82\0\0\0\0\x03\xe8' | put websocket seed-frames

printf 'add@/devices/virtual/net/v0\0ACTION=add\0DEVPATH=/devices/virtual/net/v0\0SUBSYSTEM=net\0INTERFACE=v0\0IFINDEX=4\0SEQNUM=1\0' | put uevent seed-add
printf 'remove@/devices/virtual/block/loop0\0ACTION=remove\0MAJOR=7\0' | put uevent seed-remove
mkdir -p "$corpus/netlink"
unshare -n python3 - "$corpus/netlink" <<'P' # what this kernel says in a namespace of its own: wants root
import socket, struct, subprocess, sys
def run(*c): subprocess.run(c, check=True)
def attr(t, v): return struct.pack('<HH', len(v) + 4, t) + v + b'\0' * (-len(v) % 4)
def msg(t, flags, body): return struct.pack('<IHHII', len(body) + 16, t, flags, 1, 0) + body
def ask(name, proto, request, group=0):
    s = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, proto); s.bind((0, 0)); s.settimeout(1)
    for o in (10, 11): s.setsockopt(270, o, 1)
    if group: s.setsockopt(270, 1, group)
    s.send(request); open(f'{sys.argv[1]}/seed-{name}', 'wb').write(s.recv(65536)[:4000])
run('ip', 'link', 'add', 'br0', 'type', 'bridge'); run('ip', 'link', 'add', 'v0', 'type', 'veth', 'peer', 'name', 'v1')
run('ip', 'link', 'set', 'v0', 'master', 'br0', 'up'); run('ip', 'link', 'set', 'v0', 'alias', 'db'); run('ip', 'link', 'set', 'v1', 'up'); run('ip', 'link', 'set', 'br0', 'up')
run('ip', 'addr', 'add', '10.0.0.1/24', 'dev', 'br0'); run('ip', 'addr', 'add', 'fd00::1/64', 'dev', 'br0', 'nodad')
run('ip', 'route', 'add', 'default', 'via', '10.0.0.2'); run('ip', 'route', 'add', '10.9.0.0/16', 'nexthop', 'via', '10.0.0.3', 'nexthop', 'via', '10.0.0.4')
run('ip', 'neigh', 'add', 'proxy', '10.0.0.9', 'dev', 'br0'); run('ip', 'neigh', 'add', '10.0.0.2', 'lladdr', '02:42:0a:00:00:02', 'dev', 'br0')
ask('port', 0, msg(18, 5, bytes(16) + attr(3, b'v0\0')))
ask('addresses', 0, msg(22, 0x301, bytes(8))); ask('routes', 0, msg(26, 0x301, bytes(12))); ask('neighbours', 0, msg(30, 0x301, bytes(12)))
ask('proxies', 0, msg(30, 0x301, bytes(10) + b'\x08\0')); ask('refusal', 0, msg(16, 0x605, bytes(16) + attr(3, b'x\0') + attr(18, attr(1, b'nothing'))))
def pair(t, a, b, p, q): return attr(t | 0x8000, attr(0x8001, attr(1, a) + attr(2, b)) + attr(0x8002, attr(1, b'\x11') + attr(2, p) + attr(3, q)))
a, b = b'\xc0\0\2\1', b'\xc0\0\2\2'
ask('made', 12, msg(0x100, 0x605, b'\2\0\0\0' + pair(1, a, b, b'\x10\0', b'\0\x35') + pair(2, b, a, b'\0\x35', b'\x10\0') + attr(7, b'\0\0\0\x64')))
ask('connections', 12, msg(0x101, 0x301, bytes(4)))
def bracket(t): return msg(t, 1, b'\0\0\0\x0a')
ask('table', 12, bracket(16) + msg(0xA00, 0x401, b'\2\0\0\0' + attr(1, b'coracle\0')) + bracket(17), group=7)
P
mkdir -p "$corpus/tables"
unshare -n python3 - "$corpus/tables" <<'P' # an owner's rules, as nft and iptables write them: wants root, nft and iptables-nft
import socket, struct, subprocess, sys
def run(c, i=''): subprocess.run(c, check=True, input=i, text=True)
run(['nft', '-f', '-'], """table inet firewalld {
comment "theirs"
map m { type ipv4_addr . inet_proto : verdict; elements = { 10.0.0.1 . tcp : jump x } }
chain x { counter return comment "back"; }
chain filter_FORWARD { type filter hook forward priority filter + 10; policy accept; ct state established,related accept; ip saddr . meta l4proto vmap @m; reject with icmpx admin-prohibited; }
}
table ip coracle {
comment "coracle 1"
chain post { type nat hook postrouting priority srcnat; ip saddr 172.17.0.0/16 oifname != "br0" masquerade comment "0123456789abcdef"; }
}
""")
for c in ('-P FORWARD DROP', '-N DOCKER-USER', '-A FORWARD -j DOCKER-USER', '-A FORWARD -m comment --comment x -j REJECT', '-A FORWARD -m conntrack --ctstate NEW -j LOG'): run(['iptables-nft'] + c.split())
def ask(name, t, flags=0x301):
    s = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 12); s.bind((0, 0)); s.settimeout(1)
    s.send(struct.pack('<IHHII', 20, 0xA00 | t, flags, 1, 0) + bytes(4)); open(f'{sys.argv[1]}/seed-{name}', 'wb').write(s.recv(65536)[:8000])
ask('tables', 1); ask('chains', 4); ask('rules', 7); ask('generation', 16, 1)
P

printf 'Bearer realm="https://auth.example/token",service="registry.example",scope="repository:a/b:pull",error="insufficient_scope"' | put challenge seed-bearer
printf 'Basic realm="a \\"quoted\\" one", charset=UTF-8' | put challenge seed-basic
printf '{"errors":[{"code":"MANIFEST_UNKNOWN","message":"manifest unknown","detail":{"Tag":"x"}}]}' | put registry-errors seed-errors
printf '{"details":"incorrect username or password"}' | put registry-errors seed-details
printf '{"name":"a/b","tags":["1","latest"]}' | put registry-errors seed-tags
printf '{"username":"u","password":"p","serveraddress":"r"}' | put credentials seed-password
printf '{"auth":"dTpw","identitytoken":"t"}' | put credentials seed-auth
printf 'localhost,10.0.0.0/8,.example.com,*.internal:443,[::1]:5000' | put proxies seed-except
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout /dev/null -subj /O=o/CN=registry.example -days 3650 2>/dev/null > "$work/pem"
put certificates seed-pem < "$work/pem"; openssl x509 -in "$work/pem" -outform der | put certificates seed-der

for line in busybox docker.io/library/busybox:1.36 localhost:5000/a/b_c-d:v1 "[::1]:5000/x@sha256:$(printf 'ab%.0s' {1..32})" "r.example/a:t@sha256:$(printf '01%.0s' {1..32})"; do printf %s "$line" | put reference "seed-$(printf %s "$line" | md5sum | head -c 6)"; done
for line in "sha256:$(printf 'ab%.0s' {1..32})" linux/arm/v7 2026-01-02T03:04:05.123456789+01:00; do printf %s "$line" | put digest "seed-$(printf %s "$line" | md5sum | head -c 6)"; done
for line in '{"label":{"a=b":true},"name":{"x":true}}' '{"until":["24h"],"dangling":["true"],"publish":["80-90/tcp"],"expose":["53"]}' '{"until":["2026-01-02T03:04:05"]}'; do printf %s "$line" | put filters "seed-$(printf %s "$line" | md5sum | head -c 6)"; done
for line in 1700000000.000000001 2026-01-02T03:04:05.5Z SIGRTMIN+3 'ENV A=b C="d e"' 'CMD ["sh","-c"]' 'EXPOSE 80/tcp' '-eo pid,args' '{"os":"linux","architecture":"arm","variant":"v7"}' ctrl-p,q /v1.41/info name_1; do printf %s "$line" | put query-values "seed-$(printf %s "$line" | md5sum | head -c 6)"; done
for line in type=bind,src=/a,dst=/b,readonly,bind-propagation=rslave 127.0.0.1:8000-8001:80-81/udp /dev/a:/dev/b:rwm name=net,alias=x,ip=10.0.0.1 nofile=1024:2048 64m 1h2m3.5s host:10.0.0.1 tcp://h:2375 'device=0,"capabilities=compute,gpu"' 2026-01-02T03:04:05.25Z; do printf %s "$line" | put cli-values "seed-$(printf %s "$line" | md5sum | head -c 6)"; done
printf '%s\n' -d --rm -it --name=x -v /a:/b:ro --mount type=volume,src=v,dst=/v -p 8080:80 -e A=b --ulimit nofile=1:2 -m 64m --cpus=1.5 --health-cmd=x --restart on-failure:3 --log-opt max-size=1m --device /dev/null busybox sh -c true | put cli-run seed-many
printf '%s\n' --network name=n,alias=a --tmpfs /t:size=1m --sysctl net.core.somaxconn=1 --add-host a:1.2.3.4 --dns 1.1.1.1 --gpus all --link a:b --security-opt no-new-privileges --cap-add NET_ADMIN busybox | put cli-run seed-more
printf '{{range $i, $x := .List}}{{if $i}}, {{end}}{{$x | printf "%%q"}}{{else}}none{{end}}{{with .Map}}{{json .}}{{end}}{{index .O 1 | json}}{{len .Name}}' | put format seed-many
printf '{{- /* c */ -}}{{join .List "+"}}{{eq .N 3 4}}{{slice .Name 1 2}}{{and .T (not .E)}}{{range 3}}{{.}}{{break}}{{end}}' | put format seed-more
printf '{"status":"Pulling","id":"a","progressDetail":{"current":1,"total":2},"progress":"[>]"}\r\n{"errorDetail":{"code":1,"message":"m"},"error":"m"}\n{"aux":{"ID":"x"}}\n{"stream":"s"}' | put progress seed-lines
put daemon-json seed-packaged < "$OLDPWD/../../packaging/daemon.json" 2>/dev/null || true
printf '{"hosts":["unix:///a","tcp://0.0.0.0:2375"],"debug":true,"data-root":"/d","insecure-registries":["a:5"],"max-concurrent-downloads":3,"log-opts":{"max-size":"1m"},"default-ulimits":{"nofile":{"Name":"nofile","Hard":2,"Soft":1}},"proxies":{"http-proxy":"http://p:1"}}' | put daemon-json seed-many
printf '%s\n' -H unix:///a.sock --host=tcp://127.0.0.1:2375 -D -g /data --insecure-registry=a:5000 --registry-mirror https://m/ --max-concurrent-downloads=7 --log-level warn | put engine-flags seed-many
printf '{"log":"a\\n","stream":"stdout","time":"2026-01-02T03:04:05.123456789Z"}\n{"log":"\\u0009\\"é\\r\\n","stream":"stderr","attrs":{"a":"b"},"time":"2026-01-02T03:04:05Z"}\n{"log":"cut' | put log seed-lines

cd "$OLDPWD"; tests=../Coracle.Tests
for f in "$tests"/Wire/Golden/*.json; do put container-create "seed-$(basename "$f" .json)" < "$f"; done
python3 - "$tests/Cli/Goldens/create-bodies.jsonl" "$corpus/container-create" <<'P'
import json, sys
bodies = sorted((json.dumps(json.loads(line)['body'], separators=(',', ':')) for line in open(sys.argv[1])), key=len)
for i, body in enumerate(bodies[-8:]):
    open(f'{sys.argv[2]}/seed-golden-{i}', 'w').write(body)
P
printf '{"User":"u","Privileged":true,"Tty":true,"ConsoleSize":[24,80],"AttachStdin":true,"AttachStdout":true,"DetachKeys":"ctrl-a,x","Env":["A=b"],"WorkingDir":"/","Cmd":["sh","-c","true"]}' | put exec-create seed-create
printf '{"Detach":false,"Tty":true,"ConsoleSize":[24,80]}' | put exec-create seed-start
printf '{"defaultAction":"SCMP_ACT_ERRNO","defaultErrnoRet":38,"archMap":[{"architecture":"SCMP_ARCH_X86_64","subArchitectures":["SCMP_ARCH_X86","SCMP_ARCH_X32"]},{"architecture":"SCMP_ARCH_AARCH64","subArchitectures":["SCMP_ARCH_ARM"]}],"syscalls":[{"names":["read","write","openat"],"action":"SCMP_ACT_ALLOW"},{"names":["personality"],"action":"SCMP_ACT_ALLOW","args":[{"index":0,"value":8,"op":"SCMP_CMP_EQ"}]},{"names":["clone"],"action":"SCMP_ACT_ALLOW","args":[{"index":0,"value":2114060288,"valueTwo":0,"op":"SCMP_CMP_MASKED_EQ"}],"excludes":{"caps":["CAP_SYS_ADMIN"],"arches":["s390"]}},{"names":["ptrace"],"action":"SCMP_ACT_ALLOW","includes":{"minKernel":"4.8"}},{"names":["clone3"],"action":"SCMP_ACT_ERRNO","errnoRet":38}]}' | put seccomp seed-small
printf '{"defaultAction":"SCMP_ACT_ALLOW","architectures":["SCMP_ARCH_X86_64"],"syscalls":[{"name":"mkdir","action":"SCMP_ACT_ERRNO","args":[{"index":1,"value":448,"op":"SCMP_CMP_GT"},{"index":5,"value":1,"op":"SCMP_CMP_NE"}]}]}' | put seccomp seed-old
printf '{"Name":"v","Driver":"local","DriverOpts":{"type":"tmpfs","o":"size=1m"},"Labels":{"a":"b"}}' | put volume-create seed-volume
printf '%s' '{"Driver":"bridge","Scope":"","EnableIPv6":true,"IPAM":{"Driver":"default","Options":{},"Config":[{"Subnet":"10.1.0.0/16","IPRange":"10.1.5.0/24","Gateway":"10.1.0.9","AuxiliaryAddresses":{"r":"10.1.0.7"}},{"Subnet":"fd00:5::/64"}]},"Internal":false,"Attachable":false,"Ingress":false,"ConfigOnly":false,"ConfigFrom":null,"Options":{"com.docker.network.driver.mtu":"1400"},"Labels":{"a":"b"},"Name":"lan"}' | put network-create seed-cli
printf '%s' '{"Name":"lan","Driver":"macvlan","IPAM":{"Config":[{"Subnet":"10.1.0.0/30"}]},"Options":{"parent":"eth0.5","macvlan_mode":"vepa"}}' | put network-create seed-macvlan
printf '%s' '{"Container":"web","EndpointConfig":{"IPAMConfig":{"IPv4Address":"10.1.0.5","IPv6Address":"fd00::5","LinkLocalIPs":["169.254.3.4"]},"Links":["db:database"],"Aliases":["one"],"MacAddress":"02:42:ac:11:00:02","DriverOpts":{"com.docker.network.endpoint.sysctls":"net.ipv4.conf.IFNAME.log_martians=1"},"GwPriority":-3,"NetworkID":"","EndpointID":"","Gateway":"","IPAddress":"","IPPrefixLen":0,"DNSNames":null}}' | put network-connect seed-cli
printf '%s' '{"version":1,"id":"abababababababababababababababababababababababababababababababab","name":"lan","created":"2026-01-02T03:04:05.0000000+00:00","driver":"bridge","scope":"local","ipv4":true,"ipv6":false,"internal":false,"attachable":false,"configOnly":false,"configFrom":"","ipamDriver":"default","ipamOptions":null,"subnets":[{"subnet":"10.1.0.0/16","range":"10.1.5.0/24","gateway":"10.1.0.9","asked":true,"auxiliary":{"r":"10.1.0.7"}}],"options":{},"labels":{"a":"b"}}' | put network-record seed-one
printf '%s' '10.1.0.0/16' | put network-address seed-subnet
printf '%s' 'fd00:1::5/64' | put network-address seed-six
printf '%s' '02:42:ac:11:00:02' | put network-address seed-mac
printf '%s' '0242.ac11.0002' | put network-address seed-dotted
printf '%s' 'base=10.10.0.0/16,size=24' | put network-address seed-pool

tar -C "$tree" -cf "$work/layer.tar" d/f
python3 - "$work" <<'P'
import hashlib, json, os, sys
w = sys.argv[1]; layer = open(w + '/layer.tar', 'rb').read(); h = lambda b: hashlib.sha256(b).hexdigest()
os.makedirs(w + '/oci/blobs/sha256')
def blob(b): open(f'{w}/oci/blobs/sha256/{h(b)}', 'wb').write(b); return {'digest': 'sha256:' + h(b), 'size': len(b)}
config = json.dumps({'architecture': 'amd64', 'os': 'linux', 'created': '2026-01-02T03:04:05Z', 'config': {'Env': ['PATH=/bin'], 'Cmd': ['sh'], 'ExposedPorts': {'80/tcp': {}}, 'Volumes': {'/v': {}}, 'Labels': {'a': 'b'}, 'Healthcheck': {'Test': ['CMD', 'x'], 'Interval': 1000000000}}, 'rootfs': {'type': 'layers', 'diff_ids': ['sha256:' + h(layer)]}, 'history': [{'created_by': 'x', 'empty_layer': True}]}).encode()
m = json.dumps({'schemaVersion': 2, 'mediaType': 'application/vnd.oci.image.manifest.v1+json', 'config': {'mediaType': 'application/vnd.oci.image.config.v1+json', **blob(config)}, 'layers': [{'mediaType': 'application/vnd.oci.image.layer.v1.tar', **blob(layer)}]}).encode()
open(w + '/oci/index.json', 'w').write(json.dumps({'schemaVersion': 2, 'manifests': [{'mediaType': 'application/vnd.oci.image.manifest.v1+json', 'annotations': {'org.opencontainers.image.ref.name': 'latest'}, **blob(m)}]}))
open(w + '/oci/oci-layout', 'w').write('{"imageLayoutVersion":"1.0.0"}')
open(w + '/config', 'wb').write(config)
P
skopeo --insecure-policy copy -q oci:"$work/oci":latest docker-archive:"$work/saved.tar":demo:1 && mkdir "$work/saved" && tar -C "$work/saved" -xf "$work/saved.tar"
put archive-manifest seed-skopeo < "$work/saved/manifest.json"
put config seed-oci < "$work/config"
skopeo --insecure-policy copy -q --format v2s2 oci:"$work/oci":latest dir:"$work/dir"; put manifest seed-v2s2 < "$work/dir/manifest.json"
put layout-index seed-oci < "$work/oci/index.json"; put manifest seed-index < "$work/oci/index.json"
printf '{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[{"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":"sha256:%s","size":7,"platform":{"architecture":"arm","os":"linux","variant":"v7"}},{"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":"sha256:%s","size":7,"platform":{"architecture":"amd64","os":"linux"},"annotations":{"vnd.docker.reference.type":"attestation-manifest"}}]}' "$(printf 'ab%.0s' {1..32})" "$(printf 'cd%.0s' {1..32})" | put manifest seed-platforms
printf '{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","artifactType":"a/delta","config":{"mediaType":"application/vnd.oci.empty.v1+json","digest":"sha256:%s","size":2},"layers":[{"mediaType":"a/delta","digest":"sha256:%s","size":7,"annotations":{"to":"x"}}],"subject":{"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":"sha256:%s","size":7},"annotations":{"k":"v"}}' "$(printf 'ab%.0s' {1..32})" "$(printf 'ab%.0s' {1..32})" "$(printf 'ab%.0s' {1..32})" | put artifact seed-delta
printf '{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[{"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":"sha256:%s","size":7,"artifactType":"a/delta","annotations":{"k":"v"}}]}' "$(printf 'ab%.0s' {1..32})" | put referrers seed-one
for f in "$work/dir"/*; do case $f in */manifest.json | */version) ;; *) head -c1 "$f" | grep -q '{' && put config seed-v2s2 < "$f" || true ;; esac; done

mkdir -p "$corpus/tar-headers" "$corpus/record-inside"
cp "$corpus"/tar/seed-{gnu,posix,sparse-gnu,sparse-pax,python-whiteouts} "$corpus/tar-headers/"
{ printf '\0'; cat "$corpus/tar/seed-ustar"; } | put record-inside seed-without-rows
python3 - "$corpus/tar/seed-gnu" <<'P' | put record-inside seed-row
import struct, sys
tar = open(sys.argv[1], 'rb').read(); at = tar.index(b'hello\n'); h = at - 512
sys.stdout.buffer.write(b'\1' + struct.pack('<qqq', h, at, 6) + b'\0' * 16 + struct.pack('<q', 0) + tar[:at] + tar[at + 6:])
P
dotnet run --no-build -v q -- seeds "$corpus" "$work/layer.tar"
du -sh "$corpus"
