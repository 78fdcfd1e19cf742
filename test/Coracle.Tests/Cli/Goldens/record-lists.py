#!/usr/bin/env python3
"""Writes what the docker command line shows: answers.json, what an engine answers, and lists.jsonl, what docker makes of it for each of
these command lines. Times in the answers are near the moment of recording, since docker counts from the clock; the test sets its clock to
that moment. Run it again with a newer docker to see what has changed: record-lists.py [DOCKER]
record-lists.py --serve SOCKET only answers."""
import contextlib, json, os, shlex, socketserver, subprocess, sys, tempfile, threading, time
from http.server import BaseHTTPRequestHandler

LINES = r"""
ps
ps -a
ps -a --no-trunc
ps -a -s --format '{{.Names}} {{.Size}}'
ps -a --format json
ps -a --format '{{.Nosuch}}'
ps -a --format '{{.ID'
ps -a --format '{{nosuch .ID}}'
ps --format 'table {{.ID}}\t{{.Names}} {{.Label "a"}}\t{{json .Labels}}'
ps -a --format 'table {{upper .Names}}\t{{.Status | lower}}'
ps --format '{{range .Names}}{{.}}{{end}}'
ps --format '{{len .Names}} {{printf "%q %10s|%-10s|" .ID .Names .Image}} {{slice .ID 0 3}}'
ps --format '{{index .Names 0}}'
ps --format ''
ps --format raw
ps -a --format table
ps --format pretty
ps -aq
ps -a --format '{{if eq .Names "web"}}yes{{else}}no{{end}} {{.LocalVolumes}} {{.Mounts}} {{.Networks}} {{.State}} {{.Size}} {{.CreatedAt}} {{.Platform}}'
images
images --digests --no-trunc
images --format json
images -q
images demo/app:1
images nosuch
images --format '{{.Repository}} {{.CreatedAt}} {{.SharedSize}} {{.UniqueSize}} {{.VirtualSize}} {{.Containers}} {{.Digest}}'
images --format 'table {{.ID}} {{.CreatedAt}} {{.Containers}}'
images --format raw
images -q --format '{{.ID}}'
inspect nosuch
inspect web
inspect web web
inspect demo/app:1
inspect -f '{{.Nosuch}}' web
inspect -f '{{.State.Nosuch}}' web
inspect -f '{{.State.Health}} {{.State}} {{.Mounts}} {{.HostConfig.Binds}} {{.NetworkSettings.Ports}} {{.Config.Labels}} {{.Config.Env}} {{.HostConfig.Memory}} {{.HostConfig.LogConfig}} {{.SizeRw}} {{.HostConfig.PidsLimit}} {{.GraphDriver.Name}}' web
inspect -f '{{json .State}}' web nosuch
inspect -f '{{.Id' web
inspect -f '{{range' web
inspect --type image web
inspect --type container nosuch
inspect --type volume named
inspect --type network none -f '{{.Name}} {{.IPAM}} {{.Options}}'
inspect none
inspect named
image inspect nosuch
container inspect nosuch
volume inspect nosuch
network inspect nosuch
volume inspect named
volume inspect named -f '{{.Name}} {{.Labels}} {{.Options}} {{.UsageData}}'
inspect -f json web
inspect -s -f '{{.SizeRw}} {{.SizeRootFs}}' web
inspect -f '{{.Id}} {{.State}}' web
inspect -f '{{index .Config.Labels "a"}} {{.Config.Labels.a}} {{.Config.Labels.zz}} {{index .Config.Labels "zz"}}|' web
inspect -f '{{range $k, $v := .Config.Labels}}{{$k}}={{$v}};{{end}}' web
inspect -f '{{range $i, $e := .Mounts}}{{$i}}:{{.Type}} {{$e.Destination}} {{end}}' web
inspect -f '{{with .State}}{{.Status}} {{.ExitCode}}{{end}}' web
inspect -f '{{if .State.Running}}up{{else if eq .State.Status "created"}}new{{else}}down{{end}}' web web
inspect -f '{{join .Config.Env ","}} {{len .Config.Env}} {{split .Name "/"}} {{title "ab cd"}} {{pad "x" 1 2}}| {{truncate "hello" 3}}' web
inspect -f '{{/* c */}}{{- .Name -}}   x' web
inspect -f '{{println .Name}}{{print 1 2 "a" 3}} {{printf "%d %5.2f %v %t %x %s" 3 1.5 "s" true 255 4}}' web
inspect -f '{{$x := .Name}}{{$x}} {{$y := 1}}{{$y = 2}}{{$y}}' web
inspect -f '{{and 1 0}} {{or 0 "x"}} {{not true}} {{eq 1 2 1}} {{ne "a" "b"}} {{lt 1 2}} {{ge 2 2}}' web
inspect -f '{{lt 1 "a"}}' web
inspect -f '{{index .Mounts 5}}' web
inspect -f '{{(index .Mounts 0).Type}} {{.HostConfig.Binds}} {{json .HostConfig.Binds}}' web
inspect -f '{{range .Args}}{{.}},{{else}}none{{end}} {{range .ExecIDs}}x{{else}}none{{end}}' web
inspect -f '{{.NetworkSettings.Networks.none.IPAddress}}|{{.HostConfig.RestartPolicy}}' web
inspect -f '{{end}}' web
inspect -f '{{if}}' web
inspect -f '{{if .Name}}' web
inspect -f '{{.Name | printf "%s-%s" "x"}}' web
inspect -f '{{$z}}' web
inspect -f '{{"a\tb"}} {{`raw`}} {{1.5}} {{true}} {{nil}}' web
inspect -f '{{range 3}}{{.}}{{end}}' web
inspect -f '{{range .Args}}{{if eq . "-c"}}{{continue}}{{end}}{{.}}{{break}}{{end}}' web
inspect -f '{{.Name.Foo}}' web
inspect -f '{{len 3}}' web
inspect -f '{{"abc" "d"}}' web
inspect -f '{{printf "%d" "x"}} {{printf "%s"}} {{printf "a" 1}}' web
inspect -f '{{.Created}} {{.HostConfig.Ulimits}} {{.HostConfig.OomKillDisable}} {{.HostConfig.MaskedPaths}}' web
image inspect -f '{{.Config.Cmd}} {{.RootFS.Layers}} {{.Config.Labels}} {{.Size}} {{.RepoTags}} {{.RepoDigests}} {{.Metadata.LastTagTime}} {{.Config.Entrypoint}} {{.Config.ExposedPorts}}' demo/app:1
top web
top web -o pid,cmd
history demo/app:1
history --no-trunc -H=false demo/app:1
history --format json demo/app:1
history -q demo/app:1
history --format '{{.ID}} {{.CreatedSince}} {{.Size}} {{.Nosuch}}' demo/app:1
history nosuch
info
info -f '{{.Nosuch}}'
info -f '{{.Driver}} {{.NCPU}} {{.MemTotal}} {{.SecurityOptions}} {{.Plugins}} {{.ClientInfo.Context}} {{.Warnings}} {{.ServerVersion}} {{.Labels}}'
info -f '{{json .Plugins}} {{.Swarm.LocalNodeState}}'
version -f '{{.Server.Version}} {{.Client.Os}} {{.Nosuch}}'
version -f '{{.Server.Version}} {{.Client.Os}} {{.Server.APIVersion}} {{.Client.APIVersion}} {{.Server.MinAPIVersion}}'
version
system df
system df -v
system df --format json
system df -v --format json
system df --format '{{.Type}} {{.TotalCount}} {{.Active}} {{.Size}} {{.Reclaimable}}'
system df --format 'table {{.Type}}\t{{.Size}}'
volume ls
volume ls -q
volume ls --format json
volume ls --format 'table {{.Name}} {{.Driver}}\t{{.Scope}} {{.Mountpoint}} {{.Labels}} {{.Label "x"}} {{.Links}} {{.Size}} {{.Availability}} {{.Group}} {{.Status}}'
volume rm nosuch
volume rm named
volume create named
volume create a/b
volume create -d nosuch zz
volume prune
image prune
image prune -a
image prune -f --filter until=1000h
system prune
system prune -a --volumes
system prune --filter label=x
system prune --volumes --filter until=1h
network ls
network ls --no-trunc -q
network ls --format json
network inspect none
network inspect nosuch none -f '{{.Name}}'
network ls --format '{{.ID}} {{.Name}} {{.Driver}} {{.Scope}} {{.IPv6}} {{.IPv4}} {{.Internal}} {{.Labels}} {{.CreatedAt}}'
tag nosuch x
tag demo/app:1 UPPER
rmi nosuch
rmi -f nosuch
load -i /nosuch
save nosuch
save -o /nosuch/x demo/app:1
import /nosuch
import /dev/null UPPER
pull UPPER
pull -a x:1
pull a@sha256:abc
ps x
images a b
inspect
tag a
rmi
history
top
save
version x
volume ls x
volume create a b
volume rm
image prune x
ps -aq --format '{{.ID}}'
ps -s
ps --format 'table {{.Names}}\t{{.Ports}}\t{{.Mounts}}\t{{.LocalVolumes}}\t{{.Size}}'
ps --format '{{.Label "b.c-d"}} {{json .Labels}} {{.Labels}}'
ps --format '{{.Names}}{{if .Ports}} has ports{{else}} has none{{end}}'
ps --format 'table {{.Label "b.c-d"}}\t{{.ID}}'
ps --format 'table {{.X}}'
ps -f foo
ps -n x
images --format '{{.X}}'
images --format '{{.ID'
images -q --format '{{.Tag}}'
images --digests --format raw
images --no-trunc -q
volume ls --format '{{.X}}'
volume ls --format raw
network ls --format '{{.X}}'
network ls --format raw
system df --format '{{.X}}'
system df -v --format '{{range .Images}}{{.ID}}{{end}}'
system df -v --format '{{.X}}'
history --format '{{.X}}' demo/app:1
history demo/app:1 --format 'table {{.ID}}: {{.Size}}'
container inspect web -f '{{.Name}}'
image inspect demo/app:1
network inspect none -f '{{json .IPAM}} {{(index .IPAM.Config 0).Subnet}}'
inspect -f '{{.NetworkSettings.Ports}}' web
inspect -f '{{range $p, $c := .NetworkSettings.Ports}}{{$p}} -> {{if $c}}{{(index $c 0).HostPort}}{{else}}none{{end}};{{end}}' web
inspect -f '{{(index (index .NetworkSettings.Ports "80/tcp") 0).HostPort}}' web
inspect -f '{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}' web
inspect -f '{{.HostConfig.PortBindings}} {{.HostConfig.LogConfig.Config}} {{.State.Pid}} {{.HostConfig.NanoCpus}} {{.RestartCount}}' web
inspect -f '{{json .Args}} {{json .Config.Labels}} {{json .HostConfig.CapAdd}}' web
inspect -f '{{.Args}}' web
inspect -f '{{with .State.Health}}{{.Status}}{{else}}no health{{end}}' web
inspect -f '{{if and .State.Running (not .State.Paused)}}runs{{end}}' web
inspect -f '{{if or (eq .State.Status "exited") (gt .RestartCount 1)}}yes{{end}}' web
inspect -f '{{.ID}} {{.Image}} {{.Name}}' web
inspect -f '{{index .Config.Env 0}} {{slice .Name 1}} {{slice .Config.Env 1 2}} {{len .Config.Labels}}' web
inspect -f '{{range .Config.Env}}{{println .}}{{end}}' web
inspect -f '{{printf "%-10s|%5d|%q|%v|%T" .Name 42 .Name true .Name}}' web
inspect -f '{{upper .Name}} {{lower "ABC"}} {{title "hello world"}} {{join (split "a,b,c" ",") "-"}}' web
inspect -f '{{$s := .State}}{{$s.Status}} {{with $s}}{{$.Name}} {{.Pid}}{{end}}' web
inspect -f '{{- /* c */ -}} {{.Name}} {{- " x " -}} y' web
inspect -f '{{if .Nope}}{{end}}' web
inspect -f '{{index .Config.Labels 3}}' web
inspect -f '{{eq .Name 3}}' web
inspect -f '{{join .Name ","}}' web
inspect -f '{{upper 3}}' web
inspect -f '{{.Name "x"}}' web
inspect -f '{{template "x"}}' web
inspect -f '{{"unclosed}}' web
inspect -f '{{(1}}' web
inspect -f '{{1)}}' web
inspect -f '{{else}}' web
inspect -f '{{if .Name}}a{{else}}b{{else}}c{{end}}' web
inspect -f '{{.Name | nosuch}}' web
inspect -f '{{1 | }}' web
inspect -f '{{break}}' web
inspect -f '{{#}}' web
inspect -f '{{/* x }}' web
inspect -f '{{12abc}}' web
inspect -f '{{len}}' web
inspect -f '{{len 1 2}}' web
inspect -f '{{split "a"}}' web
inspect -f '{{.State.Running.Foo}}' web
inspect -f '{{.HostConfig.Memory}} {{1.0}} {{1e3}} {{0x10}} {{1.5e-7}} {{100000000000000000000000.0}}' web
inspect -f '{{range $i := .Args}}{{$i}} {{end}}{{range $i, $v := .Args}}{{$i}}{{$v}} {{end}}' web
inspect -f '{{$x = 1}}' web
inspect -f 'a{{"\n"}}b\tc' web
inspect -f '{{not 0}} {{not ""}} {{and}}' web
inspect -f '{{range .State}}{{.}}{{end}}' web
inspect -f '{{range $k, $v := .State}}{{$k}}{{end}}' web
inspect -f '{{le 1 2}} {{le 2 2}} {{gt "b" "a"}} {{lt 1.5 2.5}} {{eq "a" "b" "a"}}' web
inspect -f '{{printf "%5.1f|%e|%g|%x|%X|%c|%%|%t|%+d|%05d|% d" 3.14159 1500.0 0.5 255 255 65 true 5 42 7}}' web
inspect -f '{{print}}|{{print 1 2}}|{{print "a" "b"}}|{{println 1 "a"}}' web
inspect web demo/app:1 named none -f '{{.Name}}'
inspect web nosuch named nosuch2
inspect demo/app:1 -f '{{.ID}} {{.RepoTags}} {{.Size}} {{.Architecture}} {{.RootFS.Layers}} {{.RootFS}} {{.Config.Cmd}} {{.GraphDriver.Data}}'
inspect --type image demo/app:1 -f '{{index .RepoTags 0}} {{.Parent}}|{{.Author}}|{{.Config.WorkingDir}}|'
inspect --type node x
events
events --format '{{json .}}'
events --format '{{.Action}} {{.Actor.ID}} {{index .Actor.Attributes "name"}}'
events --format json
events --format '{{.Nope}}'
events --format '{{'
info -f json
info -f '{{range .Plugins.Network}}{{.}};{{end}} {{.Swarm.LocalNodeState}} {{.CgroupVersion}} {{.MemTotal}}'
info -f '{{'
version -f '{{json .Server.Platform}} {{range .Server.Components}}{{.Name}}={{.Version}};{{end}}'
version -f '{{'
pull demo/app:1
pull demo/app
pull -q demo/app:1
pull demo/bad:1
pull --platform linux/arm64 demo/app:1
load
load -q
load -i /dev/null
import - new:1
import -c 'CMD x' -m msg /dev/null new
save demo/app:1
rmi demo/app:1 nosuch
rmi -f demo/app:1 nosuch
tag demo/app:1 new:2
volume create --label a=b -o type=tmpfs -d local named
volume rm named nosuch
volume rm -f named
volume prune -f
volume prune -af
image prune -f
image prune -af --filter until=24h
system prune -f
system prune -af --volumes
volume inspect named nosuch
top web aux
top gone
image history demo/app:1
image ls
image list
container ls
volume list
network list
system info -f '{{.Name}}'
system events --format '{{.Type}}'
image rm demo/app:1
image pull -q demo/app:1
image tag demo/app:1 a:1
image save demo/app:1
image load
image import /dev/null
container top web
port many
port many 80
port many 80/tcp
port many 53/udp
port many 53
port many 443
port many 80-90
port many x/tcp
port many 99999
port many 80/TCP
container port web
port web
port bare
port nosuch
port
port a b c
ps --filter name=many --format '{{.Names}} {{.Ports}}'
ps --filter name=many --format '{{json .Ports}}' --no-trunc
""".strip().splitlines()

HELPS = ["ps", "images", "inspect", "top", "history", "events", "info", "version", "system df", "system prune", "pull", "load", "save", "import", "rmi",
         "tag", "image prune", "volume create", "volume ls", "volume inspect", "volume rm", "volume prune", "network ls", "network inspect",
         "image inspect", "container inspect", "system info", "image ls", "image rm", "port"]

# What the engine answers. A key's part behind the question mark must be in the query.
I='sha256:'+'7fb1c2dcd58ac9a405d1d944f8159b98fe48fdfd94198c1d67f1cd765f9801a5'
J='sha256:'+'0a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60718293a4b5c6d7e8f9'
D='sha256:'+'1111111111111111111111111111111111111111111111111111111111111111'
A='a157aeec208ef50ed6665ec81b460ad478b419207a7cb6c173742425fd2c3964'
B='3ff5a84e0cefb4886077c67597fcdfacfcfb5e5355feffd92902a9c0de947ea9'
NOW = int(time.time())
def port(p,t='tcp',pub=None,ip=None):
    r={}
    if ip: r['IP']=ip
    r['PrivatePort']=p
    if pub: r['PublicPort']=pub
    r['Type']=t
    return r
web={"Id":A,"Names":["/web","/run1/link"],"Image":"demo/app:1","ImageID":I,"Command":"sh -c 'sleep 1000; echo \"end\"'","Created":NOW-65,"Ports":[port(80,'tcp',8080,'0.0.0.0'),port(80,'tcp',8080,'::'),port(443),port(53,'udp',53,'127.0.0.1'),port(9001),port(9000)],"Labels":{"a":"1","b.c-d":"<2>"},"State":"running","Status":"Up About a minute (healthy)","HostConfig":{"NetworkMode":"bridge"},"NetworkSettings":{"Networks":{"bridge":{"IPAMConfig":None,"NetworkID":"n","EndpointID":"e","Gateway":"172.17.0.1","IPAddress":"172.17.0.2"}}},"Mounts":[{"Type":"volume","Name":"a-volume-with-a-long-name","Source":"","Destination":"/data","Driver":"local","Mode":"z","RW":True,"Propagation":""},{"Type":"bind","Source":"/tmp","Destination":"/x","Mode":"ro","RW":False,"Propagation":"rslave"}]}
run1={"Id":B,"Names":["/run1"],"Image":I,"ImageID":I,"Command":"/bin/busybox sleep 1000","Created":NOW-3600*50,"Ports":[],"Labels":{},"State":"exited","Status":"Exited (137) 2 hours ago","HostConfig":{"NetworkMode":"none"},"NetworkSettings":{"Networks":{"none":{}}},"Mounts":[]}
sized=[dict(web,SizeRw=1234567,SizeRootFs=98765432),dict(run1,SizeRootFs=1982256)]
images=[{"Containers":-1,"Created":NOW-86400*3,"Id":I,"Labels":{"l":"1"},"ParentId":"","RepoDigests":["demo/app@"+D],"RepoTags":["demo/app:1","demo/app:2"],"SharedSize":-1,"Size":27180123},
 {"Containers":-1,"Created":0,"Id":J,"Labels":None,"ParentId":"","RepoDigests":["other/app@"+D],"RepoTags":[],"SharedSize":-1,"Size":999950},
 {"Containers":2,"Created":NOW-86400*400,"Id":"sha256:"+"9"*64,"Labels":None,"ParentId":"","RepoDigests":[],"RepoTags":[],"SharedSize":1000,"Size":5000}]
cinspect={"Id":A,"Created":"2026-11-25T23:13:55.658334591Z","Path":"sh","Args":["-c","echo \u003chi\u003e & exit"],"State":{"Status":"running","Running":True,"Paused":False,"Restarting":False,"OOMKilled":False,"Dead":False,"Pid":4242,"ExitCode":0,"Error":"","StartedAt":"2026-11-25T23:13:56.1Z","FinishedAt":"0001-01-01T00:00:00Z"},"Image":I,"ResolvConfPath":"/r","HostnamePath":"/h","HostsPath":"/hh","LogPath":"/l","Name":"/web","RestartCount":2,"Driver":"overlay2","Platform":"linux","MountLabel":"","ProcessLabel":"","AppArmorProfile":"","ExecIDs":None,
"HostConfig":{"Binds":["vol1:/data","/tmp:/x:ro"],"ContainerIDFile":"","LogConfig":{"Type":"json-file","Config":{"max-size":"1m"}},"NetworkMode":"bridge","PortBindings":{"80/tcp":[{"HostIp":"","HostPort":"8080"}]},"RestartPolicy":{"Name":"on-failure","MaximumRetryCount":3},"AutoRemove":False,"VolumeDriver":"","VolumesFrom":None,"ConsoleSize":[0,0],"CapAdd":None,"CapDrop":["ALL"],"CgroupnsMode":"host","Dns":[],"DnsOptions":[],"DnsSearch":[],"ExtraHosts":None,"GroupAdd":None,"IpcMode":"private","Cgroup":"","Links":None,"OomScoreAdj":0,"PidMode":"","Privileged":False,"PublishAllPorts":False,"ReadonlyRootfs":False,"SecurityOpt":None,"UTSMode":"","UsernsMode":"","ShmSize":67108864,"Runtime":"runc","Isolation":"","CpuShares":0,"Memory":134217728,"NanoCpus":500000000,"CgroupParent":"","BlkioWeight":0,"CpuPeriod":0,"CpuQuota":0,"CpusetCpus":"","CpusetMems":"","Devices":[],"MemorySwap":-1,"MemorySwappiness":None,"OomKillDisable":False,"PidsLimit":None,"Ulimits":[],"MaskedPaths":["/proc/asound"],"ReadonlyPaths":["/proc/bus"]},
"GraphDriver":{"Data":{"LowerDir":"/a","UpperDir":"/b"},"Name":"overlay2"},"Mounts":[{"Type":"volume","Name":"vol1","Source":"/v","Destination":"/data","Driver":"local","Mode":"z","RW":True,"Propagation":""},{"Type":"bind","Source":"/tmp","Destination":"/x","Mode":"ro","RW":False,"Propagation":"rslave"}],
"Config":{"Hostname":"a157aeec208e","Domainname":"","User":"","AttachStdin":False,"AttachStdout":True,"AttachStderr":True,"ExposedPorts":{"80/tcp":{}},"Tty":False,"OpenStdin":False,"StdinOnce":False,"Env":["A=b","PATH=/bin"],"Cmd":["sh","-c","x"],"Image":"demo/app:1","Volumes":None,"WorkingDir":"/srv","Entrypoint":None,"OnBuild":None,"Labels":{"a":"1","b":"2"}},
"NetworkSettings":{"Bridge":"","SandboxID":"s","SandboxKey":"k","Ports":{"443/tcp":None,"80/tcp":[{"HostIp":"0.0.0.0","HostPort":"8080"}]},"HairpinMode":False,"LinkLocalIPv6Address":"","LinkLocalIPv6PrefixLen":0,"SecondaryIPAddresses":None,"SecondaryIPv6Addresses":None,"EndpointID":"e","Gateway":"172.17.0.1","GlobalIPv6Address":"","GlobalIPv6PrefixLen":0,"IPAddress":"172.17.0.2","IPPrefixLen":16,"IPv6Gateway":"","MacAddress":"02:42:ac:11:00:02","Networks":{"bridge":{"IPAMConfig":None,"Links":None,"Aliases":None,"MacAddress":"02:42:ac:11:00:02","DriverOpts":None,"GwPriority":0,"NetworkID":"n","EndpointID":"e","Gateway":"172.17.0.1","IPAddress":"172.17.0.2","IPPrefixLen":16,"IPv6Gateway":"","GlobalIPv6Address":"","GlobalIPv6PrefixLen":0,"DNSNames":None}}}}
iinspect={"Id":I,"RepoTags":["demo/app:1"],"RepoDigests":["demo/app@"+D],"Parent":"","Comment":"hello","Created":"2026-11-25T23:13:55.596052504Z","DockerVersion":"","Author":"","Architecture":"amd64","Os":"linux","Size":1982256,"GraphDriver":{"Data":{"UpperDir":"/b"},"Name":"overlay2"},"RootFS":{"Type":"layers","Layers":[D]},"Metadata":{"LastTagTime":"2026-11-25T23:14:13.233874674Z"},"Config":{"Cmd":["/bin/busybox"],"Entrypoint":None,"Env":["A=b"],"Labels":{"l":"1"},"OnBuild":None,"User":"","Volumes":None,"WorkingDir":""}}
vol={"CreatedAt":"2026-11-25T23:13:55Z","Driver":"local","Labels":{"x":"y"},"Mountpoint":"/v/named/_data","Name":"named","Options":None,"Scope":"local"}
vols=[dict(vol,Name="web10",Labels=None),dict(vol,Name="web2",Labels={}),vol]
net={"Name":"none","Id":"b46ed6db727aec91c0540369bdb7071c9c5f6b7e398c14a23eab2c6c6ad57797","Created":"2026-11-25T23:05:18.035413004Z","Scope":"local","Driver":"null","EnableIPv4":True,"EnableIPv6":False,"IPAM":{"Driver":"default","Options":None,"Config":[{"Subnet":"172.17.0.0/16","Gateway":"172.17.0.1"}]},"Internal":False,"Attachable":False,"Ingress":False,"ConfigFrom":{"Network":""},"ConfigOnly":False,"Containers":{},"Options":{},"Labels":{"k":"v"}}
nets=[net,dict(net,Name="host",Driver="host",Id="4408cac6143907350ef92db3b32f767ae33bd29698d3053bd06d800aedaeaff9",Labels={})]
df={"LayersSize":30000000,"Images":[dict(images[0],Containers=1,SharedSize=0),dict(images[2],Containers=0)],"Containers":[sized[0],sized[1]],"Volumes":[dict(vol,UsageData={"RefCount":1,"Size":1000000}),dict(vols[0],UsageData={"RefCount":0,"Size":500000})],"BuildCache":[]}
info={"ID":"MV7B:BI65","Containers":2,"ContainersRunning":1,"ContainersPaused":0,"ContainersStopped":1,"Images":3,"Driver":"overlay2","DriverStatus":[["Backing Filesystem","extfs"],["Supports d_type","true"]],"Plugins":{"Volume":["local"],"Network":["bridge","host","null"],"Authorization":None,"Log":["json-file","none"]},"MemoryLimit":True,"SwapLimit":False,"CpuCfsPeriod":True,"CpuCfsQuota":True,"CPUShares":True,"CPUSet":True,"PidsLimit":True,"IPv4Forwarding":True,"Debug":False,"NFd":0,"OomKillDisable":False,"NGoroutines":0,"SystemTime":"2026-11-25T23:13:57.508677010Z","LoggingDriver":"json-file","CgroupDriver":"cgroupfs","CgroupVersion":"2","NEventsListener":0,"KernelVersion":"6.18.0","OperatingSystem":"Debian GNU/Linux 12 (bookworm)","OSVersion":"12","OSType":"linux","Architecture":"x86_64","IndexServerAddress":"https://index.docker.io/v1/","RegistryConfig":{"IndexConfigs":{"docker.io":{"Mirrors":["http://m/"],"Name":"docker.io","Official":True,"Secure":True},"reg:5000":{"Mirrors":[],"Name":"reg:5000","Official":False,"Secure":False}},"InsecureRegistryCIDRs":["::1/128","127.0.0.0/8"],"Mirrors":["http://m/"]},"NCPU":2,"MemTotal":25276502016,"GenericResources":None,"DockerRootDir":"/var/lib/coracle","HttpProxy":"http://p:1/","HttpsProxy":"","NoProxy":"","Name":"vm","Labels":["site=7"],"ExperimentalBuild":False,"ServerVersion":"28.5.2","Runtimes":{"runc":{"path":"runc"}},"DefaultRuntime":"runc","Swarm":{"NodeID":"","NodeAddr":"","LocalNodeState":"inactive","ControlAvailable":False,"Error":"","RemoteManagers":None},"LiveRestoreEnabled":True,"Isolation":"","InitBinary":"coracle-init","ContainerdCommit":{"ID":""},"RuncCommit":{"ID":""},"InitCommit":{"ID":""},"SecurityOptions":["name=seccomp,profile=builtin","name=cgroupns"],"ProductLicense":"","Warnings":["WARNING: No swap limit support"],"CDISpecDirs":[]}
version={"Platform":{"Name":"Coracle"},"Components":[{"Name":"Engine","Version":"28.5.2","Details":{"ApiVersion":"1.51","Arch":"amd64","BuildTime":"2026-05-07T21:09:36.000000000+00:00","Experimental":"false","GitCommit":"abc","GoVersion":"none","KernelVersion":"6.18.0","MinAPIVersion":"1.24","Os":"linux"}},{"Name":"Coracle","Version":"0.1.0","Details":{"GitCommit":"","Arch":"amd64"}}],"Version":"28.5.2","ApiVersion":"1.51","MinAPIVersion":"1.24","GitCommit":"abc","GoVersion":"none","Os":"linux","Arch":"amd64","KernelVersion":"6.18.0","BuildTime":""}
def ev(typ,act,who,attrs,ns,**k):
    return json.dumps(dict(k,Type=typ,Action=act,Actor={"ID":who,"Attributes":attrs},scope="local",time=ns//10**9,timeNano=ns),separators=(',',':'))
events="\n".join([ev("container","start",A,{"name":"web","image":"demo/app:1","l":"<1>"},1795648436152136176,status="start",id=A,**{"from":"demo/app:1"}),ev("volume","create","named",{"driver":"local"},1795648437000000005),ev("container","exec_create: sh -c x",A,{},1795648438000000000)])+"\n"
history=[{"Id":I,"Created":NOW-7200,"CreatedBy":"/bin/sh -c #(nop)\tCMD [\"sh\"] and a command that is longer than the column","Tags":["demo/app:1"],"Size":0,"Comment":"buildkit.dockerfile.v0"},{"Id":"<missing>","Created":NOW-86400*30,"CreatedBy":"ADD file","Tags":None,"Size":27180123,"Comment":""}]
top={"Titles":["UID","PID","CMD"],"Processes":[["root","25492","/bin/busybox sleep 1000"],["nobody-with-a-long-name","7","sh"]]}
def at(*places): return [{"HostIp":a,"HostPort":str(p)} for a,p in places]
ports={"80/tcp":at(("0.0.0.0",8080),("::",8080),("127.0.0.1",80)),"443/tcp":None,"53/udp":at(("::1",53)),"53/tcp":[],"10/sctp":at(("0.0.0.0",49153)),"9/tcp":at(("10.0.0.2",32768))}
many=[dict(web,Names=["/span"],Ports=[port(p,'tcp',p,a) for a in ("0.0.0.0","::") for p in (8000,8001,8002,8005)]+[port(8003,'tcp'),port(8004,'tcp')]),
 dict(web,Names=["/moved"],Ports=[port(80,'tcp',8080,'0.0.0.0'),port(81,'tcp',8081,'0.0.0.0'),port(80,'udp',8080,'::'),port(80,'sctp'),port(82,'sctp'),port(81,'sctp')]),
 dict(web,Names=["/mixed"],Ports=[port(53,'udp',53,'0.0.0.0'),port(53,'tcp',53,'0.0.0.0'),port(53,'udp',53,'::'),port(53,'tcp',53,'::'),port(54,'tcp',54,'127.0.0.1'),port(54,'tcp',54,'fe80::1')])]
def lines(*ms): return "".join(json.dumps(m,separators=(',',':'))+"\r\n" for m in ms)
pull=lines({"status":"Pulling from demo/app","id":"1"},{"status":"Pulling fs layer","progressDetail":{},"id":"aaaaaaaaaaaa"},{"status":"Already exists","progressDetail":{},"id":"bbbbbbbbbbbb"},{"status":"Downloading","progressDetail":{"current":100,"total":1000},"progress":"[=> ]","id":"aaaaaaaaaaaa"},{"status":"Download complete","progressDetail":{},"id":"aaaaaaaaaaaa"},{"status":"Extracting","progressDetail":{"current":5,"total":10},"progress":"[==> ]","id":"aaaaaaaaaaaa"},{"status":"Pull complete","progressDetail":{},"id":"aaaaaaaaaaaa"},{"status":"Digest: "+D},{"status":"Status: Downloaded newer image for demo/app:1"})
load=lines({"status":"Loading layer","progressDetail":{"current":512,"total":1024},"progress":"[==> ]","id":"cccccccccccc"},{"stream":"Loaded image: demo/app:1\n"})
err=lines({"status":"Pulling from demo/bad","id":"1"},{"errorDetail":{"message":"broken layer"},"error":"broken layer"})
nf=lambda m:[404,{"message":m}]
ans={
"GET /containers/json":[200,[web,run1]],"GET /containers/json?size=1":[200,sized],
"GET /images/json":[200,images],"GET /containers/web/json":[200,cinspect],"GET /images/demo/app:1/json":[200,iinspect],
"GET /volumes/named":[200,vol],"GET /networks/none":[200,net],
"GET /volumes":[200,{"Volumes":vols,"Warnings":None}],"GET /networks":[200,nets],"GET /system/df":[200,df],"GET /info":[200,info],"GET /version":[200,version],
"GET /events":[200,events],"GET /images/demo/app:1/history":[200,history],"GET /containers/web/top":[200,top],
"POST /images/create":[200,pull],"POST /images/create?bad":[200,err],"POST /images/load":[200,load],
"GET /containers/many/json":[200,{"Id":B,"NetworkSettings":{"Ports":ports}}],"GET /containers/bare/json":[200,{"Id":B,"NetworkSettings":{"Ports":{}}}],
"GET /containers/json?many":[200,many],
"GET /containers/gone/top":[409,{"message":"container gone is not running"}],
"GET /containers/nosuch/json":nf("No such container: nosuch"),"GET /images/nosuch/json":nf("No such image: nosuch:latest"),"GET /volumes/nosuch":nf("get nosuch: no such volume"),"GET /networks/nosuch":nf("network nosuch not found"),
"GET /images/nosuch/history":nf("No such image: nosuch:latest"),"DELETE /images/nosuch":nf("No such image: nosuch:latest"),
"DELETE /images/demo/app:1":[200,[{"Untagged":"demo/app:1"},{"Deleted":I}]],
"POST /images/demo/app:1/tag":[201,""],"POST /images/nosuch/tag":nf("No such image: nosuch:latest"),
"POST /volumes/create":[201,vol],"DELETE /volumes/named":[204,""],"DELETE /volumes/nosuch":nf("get nosuch: no such volume"),
"POST /containers/prune":[200,{"ContainersDeleted":[A],"SpaceReclaimed":100}],"POST /networks/prune":[200,{"NetworksDeleted":["lan"]}],"POST /volumes/prune":[200,{"VolumesDeleted":["v1","v2"],"SpaceReclaimed":1500}],"POST /images/prune":[200,{"ImagesDeleted":[{"Untagged":"demo/app:9"},{"Deleted":I}],"SpaceReclaimed":2000000}],"POST /build/prune":[200,{"CachesDeleted":None,"SpaceReclaimed":0}],
"GET /images/get":[200,"tar bytes"],
}

def escaped(value):
    """As Go's encoder writes it, which all engines follow."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


ANSWERS = {key: [status, body if isinstance(body, str) else escaped(body)] for key, (status, body) in ans.items()}


def find(method, target):
    path, _, query = target.partition("?")
    path = path.split("/", 2)[2] if path.startswith("/v1.") else path[1:]
    for key in sorted(ANSWERS, key=len, reverse=True):
        wanted, _, part = key.partition("?")
        if wanted == f"{method} /{path}" and part in query:
            return ANSWERS[key]
    return [404, escaped({"message": "page not found"})]


class Engine(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self):
        status, body = (200, "OK") if "_ping" in self.path else find(self.command, self.path)
        if self.headers.get("Transfer-Encoding") == "chunked":
            while (size := int(self.rfile.readline(), 16)) > 0:
                self.rfile.read(size + 2)
            self.rfile.readline()
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        data = body.encode()
        self.send_response(status)
        for name, value in {"Api-Version": "1.50", "Ostype": "linux", "Content-Type": "application/json", "Content-Length": str(len(data))}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            with contextlib.suppress(BrokenPipeError):  # a client that has heard enough
                self.wfile.write(data)

    do_GET = do_POST = do_DELETE = do_HEAD = answer

    def log_message(self, *_):
        pass

    def address_string(self):
        return ""


class Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    daemon_threads = True


def main():
    if sys.argv[1:2] == ["--serve"]:
        server = Server(sys.argv[2], Engine)
        print("ready", flush=True)
        server.serve_forever()
    docker = sys.argv[1] if len(sys.argv) > 1 else "docker"
    here = os.path.dirname(os.path.abspath(__file__))
    with tempfile.TemporaryDirectory() as directory:
        server = Server(directory + "/s", Engine)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        environment = {"PATH": os.environ["PATH"], "DOCKER_HOST": f"unix://{directory}/s", "HOME": directory, "DOCKER_CONFIG": directory, "TZ": "UTC"}
        with open(here + "/lists.jsonl", "w") as out:
            for line in LINES + [f"{command} --help" for command in HELPS]:
                arguments = shlex.split(line)
                ran = subprocess.run([docker, *arguments], env=environment, input=b"", capture_output=True)
                golden = {"arguments": arguments, "exit": ran.returncode, "output": ran.stdout.decode(), "errors": ran.stderr.decode()}
                out.write(json.dumps(golden, ensure_ascii=False) + "\n")
    with open(here + "/answers.json", "w") as out:
        json.dump({"now": NOW, "answers": ANSWERS}, out, indent=1, ensure_ascii=False)
        out.write("\n")


main()
