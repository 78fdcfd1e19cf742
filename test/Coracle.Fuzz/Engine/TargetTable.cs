using System.Text.Json;
using Coracle.Cli;
using Coracle.Core;
using Coracle.Delta;
using Coracle.Linux;
using Coracle.Lzma;
using Coracle.Oci;
using Coracle.Runtime;
using Coracle.Storage;
using Coracle.Tar;

namespace Coracle.Fuzz;

/// <summary>Every parser of bytes from outside, with the exceptions it promises and the words of its format.</summary>
internal static class TargetTable
{
    private const string Json = "{ } [ ] : , null true false \"\" {} [] 0 -1 1e999 \\u0000 \\ud800 \"\\ud800\" ";

    private const string Create = Json + "\"Image\":\"a\" \"HostConfig\":{ \"Cmd\":[ \"Env\":[\"A=b\"] \"Binds\":[\"/a:/b:ro\"] \"Mounts\":[{\"Type\":\"bind\" \"Ulimits\":[{\"Name\":\"nofile\" "
        + "\"Tmpfs\":{ \"Sysctls\":{ \"CapAdd\":[ \"SecurityOpt\":[ \"LogConfig\":{ \"RestartPolicy\":{ \"NetworkMode\":\"host\" \"PortBindings\":{ \"ConsoleSize\":[1,2] \"Memory\": "
        + "\"NetworkingConfig\":{\"EndpointsConfig\":{ \"Healthcheck\":{ \"StopSignal\":\"SIGKILL\" \"CpusetCpus\":\"0-3\" \"Devices\":[{ \"OomScoreAdj\": \"ExtraHosts\":[\"a:b\"] "
        + "\"PublishAllPorts\":true \"ExposedPorts\":{\"80-90/udp\":{}} \"80/tcp\":[{\"HostIp\":\"[::1]\",\"HostPort\":\"8000-8010\"}] \"lan\":{\"Aliases\":[\"a\"] \"IPAMConfig\":{\"IPv4Address\":\"1.2.3.4\" "
        + "\"MacAddress\":\"92:d0:c6:0a:29:33\" \"GwPriority\":1 \"Links\":[\"a:b\"] \"Dns\":[\"::1\"] \"NetworkMode\":\"container:a\"";

    private const string Oci = Json + "\"schemaVersion\":2 \"mediaType\": \"manifests\":[ \"layers\":[ \"config\":{ \"digest\":\"sha256: \"size\": \"platform\":{ \"architecture\":\"arm\" "
        + "\"os\":\"linux\" \"variant\":\"v7\" \"annotations\":{ \"rootfs\":{ \"diff_ids\":[ \"history\":[ \"created\":\"2026-01-02T03:04:05Z\" \"Config\": \"RepoTags\":[ \"Layers\":[ \"urls\":[";

    private const string Seccomp = Json + "\"defaultAction\":\"SCMP_ACT_ERRNO\" \"SCMP_ACT_ALLOW\" \"SCMP_ACT_TRACE\" \"defaultErrnoRet\":38 \"archMap\":[{\"architecture\":\"SCMP_ARCH_X86_64\",\"subArchitectures\":[ "
        + "\"architectures\":[\"SCMP_ARCH_X86\"] \"syscalls\":[{\"names\":[\"read\"] \"name\":\"write\" \"action\": \"args\":[{\"index\":0,\"value\":1,\"valueTwo\":0,\"op\":\"SCMP_CMP_MASKED_EQ\"}] "
        + "\"includes\":{\"caps\":[\"CAP_SYS_ADMIN\"],\"minKernel\":\"4.8\"} \"excludes\":{\"arches\":[ \"errnoRet\":1 \"SCMP_CMP_GT\" 18446744073709551615";

    private const string Tar = "ustar ustar\0" + "00 path= linkpath= size= mtime= uid= gid= SCHILY.xattr. GNU.sparse.major=1 GNU.sparse.name= GNU.sparse.map= LIBARCHIVE.xattr. ././@LongLink .wh. .wh..wh..opq ../ \u0080 \u00ff";

    private const string Http = "GET POST HEAD HTTP/1.1\r\n HTTP/1.0 \r\n \r\n\r\n Host: Content-Length: Transfer-Encoding: chunked Connection: close keep-alive Upgrade Expect: 100-continue http:// %2F %00 % ? & = ; 0\r\n\r\n 5\r\nhello\r\n ffffffffffffffff \t \r \n";

    private const string Run = "--rm -v /a:/b:ro --mount type=bind,source=/a,target=/b -p 80:80/tcp --ulimit nofile=1:2 -m 64m --cpus 0.5 --device /dev/null:/dev/x:rwm --tmpfs /t:size=1 -e A=b --health-cmd "
        + "--restart on-failure:3 --network host --sysctl --log-opt --gpus all --add-host a:1.2.3.4 --dns 1.1.1.1 --entrypoint --label a=b --since 1h30m 1.5h tcp:// unix:// ssh:// ctrl- \n --\n";

    private const string Template = "{{ }} {{- -}} . .Name .List .Map $ $x := = | ( ) if else end range with break continue json join split printf index slice len eq lt and or not \"a\" `b` 'c' nil true /* */ %v %q %*d title upper pad truncate println";

    public static IReadOnlyList<FuzzTarget> All { get; } =
    [
        new("canary", CanaryTarget.Run, typeof(FormatException)) { IsCanary = true },
        new("tar", TarTarget.Run, typeof(InvalidTarException)) { Words = Tar },
        new("tar-headers", TarTarget.Headers, typeof(InvalidTarException)) { Words = Tar },
        new("record-inside", RecordTarget.Inside, typeof(LayerDamagedException), typeof(InvalidTarException)) { Words = Tar },
        new("record", RecordTarget.Run, typeof(LayerDamagedException), typeof(InvalidTarException)) { Words = Tar },
        new("delta", DeltaTargets.Run, typeof(DeltaFormatException), typeof(DeltaVersionException), typeof(DeltaBaseException)) { Words = "CORACLDL S E /PaxHeader mtime= path=" },
        new("delta-inside", DeltaTargets.Inside, typeof(DeltaFormatException), typeof(DeltaVersionException), typeof(DeltaBaseException)) { Words = "/PaxHeader mtime= path= usr/" },
        new("gzip", DecoderTargets.Gzip, typeof(LayerFormatException)),
        new("zstd", DecoderTargets.Zstd, typeof(LayerFormatException)),
        new("bzip2", DecoderTargets.Bzip2, typeof(LayerFormatException)),
        new("xz", DecoderTargets.Xz, typeof(LayerFormatException)) { MaxAllocatedBytes = 160 << 20 },
        new("lzma2", LzmaTargets.Unpack, typeof(LzmaFormatException)) { MaxAllocatedBytes = 1 << 20 },
        new("lzma2-pack", LzmaTargets.Pack),
        new("rsync", RsyncTarget.Run, typeof(RsyncFormatException)) { Words = "rs\u00026 A B C D E F I J M N O Q T U" },
        new("manifest", OciTargets.Manifest, typeof(OciFormatException)) { Words = Oci },
        new("config", OciTargets.Config, typeof(OciFormatException)) { Words = Oci },
        new("archive-manifest", OciTargets.ArchiveManifest, typeof(OciFormatException)) { Words = Oci },
        new("layout-index", OciTargets.LayoutIndex, typeof(OciFormatException)) { Words = Oci },
        new("artifact", OciTargets.Artifact, typeof(OciFormatException)) { Words = Oci + "\"subject\":{ \"artifactType\":\"a/b\" " },
        new("referrers", OciTargets.Referrers, typeof(OciFormatException)) { Words = Oci + "\"artifactType\":\"a/b\" " },
        new("reference", OciTargets.Reference, typeof(OciFormatException)) { Words = "docker.io/ library/ localhost:5000/ :latest @sha256: [::1]:5000/ index.docker.io/ -- __ ._" },
        new("digest", OciTargets.Digests, typeof(OciFormatException)) { Words = "sha256: sha512: linux/arm/v7 windows(10.0)/amd64 2026-01-02T03:04:05.123456789Z +14:00" },
        new("container-create", ApiJsonTargets.ContainerCreate, typeof(EngineException), typeof(JsonException)) { Words = Create },
        new("exec-create", ApiJsonTargets.Exec, typeof(EngineException), typeof(JsonException)) { Words = Json + "\"Cmd\":[\"a\"] \"Env\":[ \"ConsoleSize\":[1,2] \"DetachKeys\":\"ctrl-a,b\" \"Tty\":true \"User\":" },
        new("volume-create", ApiJsonTargets.Volume, typeof(EngineException), typeof(JsonException)) { Words = Json + "\"Name\": \"Labels\":{ \"DriverOpts\":{ \"Driver\":" },
        new("network-create", NetworkTargets.Create, typeof(EngineException), typeof(JsonException)) { Words = Json + "\"Name\":\"a\" \"IPAM\":{\"Config\":[{\"Subnet\":\"10.1.0.0/16\" \"IPRange\": \"Gateway\": \"AuxiliaryAddresses\":{ fd00::/64 ::ffff:10.0.0.1 0.0.0.0/0 ::/0 \"EnableIPv6\":true \"Driver\":\"macvlan\" \"Options\":{\"parent\":\"eth0\"} com.docker.network.bridge.gateway_mode_ipv4 \"ConfigOnly\":true" },
        new("network-connect", NetworkTargets.Connect, typeof(EngineException), typeof(JsonException)) { Words = Json + "\"Container\":\"a\" \"EndpointConfig\":{\"IPAMConfig\":{\"IPv4Address\":\"10.1.0.5\" \"IPv6Address\": \"LinkLocalIPs\":[ \"MacAddress\":\"02:42:ac:11:00:02\" \"DriverOpts\":{ com.docker.network.endpoint.sysctls net.ipv4.conf.IFNAME.x=1" },
        new("network-record", NetworkTargets.Record, typeof(FormatException)) { Words = Json + "\"version\":1 \"subnets\":[{\"subnet\":\"10.1.0.0/16\" \"range\": \"gateway\": \"auxiliary\":{ \"asked\":true" },
        new("network-address", NetworkTargets.Addresses, typeof(FormatException)) { Words = "base=10.0.0.0/8,size=24 fd00::/48 02:42:ac:11:00:02 0242.ac11.0002 ::/0 0.0.0.0/0 ::ffff:10.0.0.1/104 %eth0 010" },
        new("filters", ApiJsonTargets.ListFilters, typeof(EngineException)) { Words = Json + "\"label\": \"until\":[\"24h\"] \"name\": \"dangling\": \"expose\":[\"80/tcp\"] 8000-8010/udp Infinity -Infinity NaN [a-z] \\\\ *" },
        new("query-values", ApiJsonTargets.QueryValues) { Words = "1700000000.000000001 2026-01-02T03:04:05Z SIGKILL RTMIN+3 ctrl-p,ctrl-q CMD EXPOSE ENV LABEL [\"a\"] pid,args -eo 80-90/udp [::1] 92:d0:c6:0a:29:33 nameserver search options ndots: {\"os\":\"linux\",\"architecture\":\"arm\"} /v1.41/ -9223372036854775808 1h2m3s" },
        new("records", ApiJsonTargets.Records, typeof(FormatException)) { Words = Json + "\"version\":1 \"container\":{ \"mounts\":[ \"networks\":[ \"sandbox\":{\"ports\":[{\"port\":\"80/tcp\" \"wish\":{ \"links\":[ \"created\": \"image\":\"sha256:" },
        new("dns", DnsTargets.Answer) { Words = "\u0003www \u0007example \u0003com\0 \u00c0\u000c \0\x01\0\x01 \0\x05\0\x01" },
        new("resolv", DnsTargets.Files) { Words = "nameserver search domain options ndots:15 timeout:99 attempts:9 rotate # \n :: fe80::1%eth0 127.0.0.1" },
        new("netlink", NetlinkTargets.Messages, typeof(LinuxException)) { Words = "\u0010\0\0\0 \u0014\0\0\0 \u0008\0\u0001\0 \u0004\0 \0\u0080 \u00ff\u00ff lo eth0 coracle" },
        new("tables", TableTargets.Dump, typeof(LinuxException)) { Words = "coracle filter FORWARD DOCKER-USER ufw- immediate cmp reject target match comment \u0000\u0008coracle\0 \u000a\u0003 \u000a\u0006 \u00ff\u00ff \u0004\0\u0001\0" },
        new("uevent", NetlinkTargets.Uevent, typeof(LinuxException)) { Words = "add@/devices remove@/ ACTION=add\0 SUBSYSTEM=net\0 INTERFACE=eth0\0 = @ \0" },
        new("name-question", KeeperTargets.Question) { Words = "\u0002db \u0003net \0 \0\x01\0\x01 \0\x1c\0\x01 \0\x0c\0\x01 \u0007in-addr \u0003ip6 \u0004arpa \0\0\x29\x04\u00d0 \u00c0\u000c", MaxInputBytes = 4096 },
        new("name-table", KeeperTargets.Table, typeof(InvalidDataException)) { Words = "CNAM \u0002db \u0003net" },
        new("forwarded-answer", KeeperTargets.Answer) { Words = "\u0008registry \u0007example \u0003com\0 \0\x01\0\x01" },
        new("keeper-request", KeeperTargets.Request, typeof(InvalidDataException)) { Words = "CKPR" },
        new("keeper-answer", KeeperTargets.Page, typeof(InvalidDataException)),
        new("http-request", HttpTargets.Request) { Words = Http },
        new("http-response", HttpTargets.Response) { Words = Http + " HTTP/1.1 100 101 204 304 200 OK" },
        new("chunked", HttpTargets.Chunked) { Words = Http },
        new("websocket", HttpTargets.WebSocket) { Words = "\u0081\u0085 \u0082\u00fe \u0088\u0080 \u0089\u0084" },
        new("launch-spec", MonitorTargets.Launch, typeof(InvalidDataException)),
        new("exec-spec", MonitorTargets.Exec, typeof(InvalidDataException)),
        new("monitor-answer", MonitorTargets.Answers, typeof(InvalidDataException)),
        new("monitor-request", MonitorTargets.Requests) { Words = "CMON" },
        new("exit-record", MonitorTargets.ExitRecord, typeof(InvalidDataException)),
        new("seccomp", SeccompTarget.Run, typeof(SeccompProfileException)) { Words = Seccomp },
        new("accounts", ImageFileTargets.Accounts, typeof(LaunchFailedException)) { Words = "root:x:0:0:root:/root:/bin/sh\n : , \n 4294967295 2147483648 -1 0:0 a:b" },
        new("log", ImageFileTargets.Log) { Words = "{\"log\":\" \",\"stream\":\"stdout\",\"time\":\"2026-01-02T03:04:05.123456789Z\"} \\n \\u0009 stderr attrs" },
        new("kernel-tables", ImageFileTargets.KernelTables) { Words = "cgroup2 cgroup rw,cpu,cpuacct - / \\040 master: shared: CPU architecture: 6.1.0-13-amd64 size=64m,mode=1777 noexec" },
        new("challenge", RegistryTargets.Challenge) { Words = "Bearer realm=\" service=\" scope=\" error=\"invalid_token\" error=\"insufficient_scope\" error_description= Basic , \\\"" },
        new("registry-errors", RegistryTargets.Errors) { Words = Json + "{\"errors\":[{\"code\":\"DENIED\",\"message\":\"x\"}]} \"details\": \"tags\":[ \"detail\":" },
        new("credentials", RegistryTargets.Credentials) { Words = Json + "\"username\": \"password\": \"auth\":\"YTpi\" \"identitytoken\": \"registrytoken\":" },
        new("proxies", RegistryTargets.Proxies, typeof(FormatException)) { Words = "http:// https:// 10.0.0.0/8 .example.com *. :443 [::1] localhost user:pass@" },
        new("certificates", RegistryTargets.Certificates) { Words = "-----BEGIN -----END CERTIFICATE----- \u0030\u0082 \u00a0\u0003\u0002\u0001\u0002" },
        new("cli-run", CliTargets.Run, typeof(CliException)) { Words = Run },
        new("cli-values", CliTargets.Values) { Words = Run + " Infinity NaN 1e300 9223372036854775807g 99999999999h -9999999999999999h" },
        new("format", CliTargets.Format, typeof(TemplateException)) { Words = Template },
        new("progress", CliTargets.Progress, typeof(CliException), typeof(JsonException)) { Words = Json + "\"status\": \"progressDetail\":{\"current\":1,\"total\":2} \"id\": \"errorDetail\":{\"code\":1.5} \"aux\": \n" },
        new("daemon-json", OptionsTargets.File, typeof(OptionsException), typeof(JsonException)) { Words = Json + "\"hosts\":[ \"data-root\": \"log-opts\":{ \"default-ulimits\":{ \"proxies\":{ \"insecure-registries\":[ \"debug\":true" },
        new("engine-flags", OptionsTargets.Flags, typeof(OptionsException)) { Words = "-H tcp://127.0.0.1:2375 unix:// fd:// --host= --data-root --registry-mirror https://m/ --max-concurrent-downloads -D --log-level \n" },
    ];

    public static FuzzTarget Find(string name)
        => All.FirstOrDefault(target => target.Name == name) ?? throw new ArgumentException($"no target '{name}': Coracle.Fuzz list");
}
