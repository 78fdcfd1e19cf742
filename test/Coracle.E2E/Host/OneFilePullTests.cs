using System.Security.Cryptography.X509Certificates;
using Coracle.Tests.Registry;

namespace Coracle.E2E;

/// <summary>
/// The published file in a root with nothing else, pulling by TLS from a registry that it is told the name of. A static program
/// that asked the C library for the address would load the root's NSS modules, or fail without them.
/// </summary>
[Trait("Engine", "coracle")]
public sealed class OneFilePullTests(Stage stage) : EngineTest(stage)
{
    private const string Chroot = """
        mkdir -p $1/proc $1/sys $1/dev
        mount -t proc proc $1/proc
        mount -t sysfs sysfs $1/sys
        for i in null zero random urandom; do touch $1/dev/$i; mount --bind /dev/$i $1/dev/$i; done
        exec chroot $1 /coracle daemon -H unix:///s --data-root /d --exec-root /x --bridge none
        """;

    // A DNS server of a few lines: it knows one name, and writes down what it was asked.
    private const string NameServer = """
        import socket, sys
        server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        server.bind(("127.0.0.1", 53))
        asked = open(sys.argv[1], "w", buffering=1)
        while True:
            query, client = server.recvfrom(2048)
            at, labels = 12, []
            while query[at]:
                labels.append(query[at + 1:at + 1 + query[at]].decode())
                at += 1 + query[at]
            name, kind, question = ".".join(labels), query[at + 2], query[12:at + 5]
            asked.write(name + "\n")
            known = name == "registry.test"
            found = known and kind == 1
            reply = query[:2] + (b"\x81\x80" if known else b"\x81\x83") + b"\0\1\0" + bytes([found]) + b"\0\0\0\0" + question
            server.sendto(reply + (b"\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4\x7f\0\0\1" if found else b""), client)
        """;

    private readonly TestAuthority _authority = new();

    [Fact]
    public async Task It_pulls_by_name_in_a_root_with_a_hosts_file_and_the_authorities_alone()
    {
        using X509Certificate2 certificate = _authority.Issue(TlsRegistry.Host);
        await using TlsRegistry registry = await TlsRegistry.StartAsync(Registry, certificate);
        string root = NewRoot();
        File.WriteAllText(Path.Combine(root, "etc/hosts"), TlsRegistry.HostsLine + "\n");

        await PullsAsync(root, registry.Address, ["--mount", "--pid", "--fork", "--kill-child", "/bin/sh", "-ec", Chroot, "sh", root]);

        Directory.Delete(root, recursive: true);
    }

    [Fact]
    public async Task It_asks_its_own_name_server_whatever_nsswitch_says_and_whatever_modules_lie_around()
    {
        const int Port = 5443;
        using X509Certificate2 certificate = _authority.Issue(TlsRegistry.Host);
        string root = NewRoot(), outside = Machine.NewDirectory(), asked = Path.Combine(outside, "asked");
        TlsRegistry.WriteCertificate(outside, certificate);
        File.WriteAllText(Path.Combine(outside, "dns.py"), NameServer);
        File.WriteAllText(Path.Combine(outside, "config.yml"), TlsRegistry.Configuration(Registry, $"127.0.0.1:{Port}", outside, "", asksForClients: false));
        File.WriteAllText(Path.Combine(root, "etc/resolv.conf"), "nameserver 127.0.0.1\noptions timeout:2\n");
        File.WriteAllText(Path.Combine(root, "etc/nsswitch.conf"), "hosts: files mdns4_minimal [NOTFOUND=return] resolve dns\n");
        WriteForeignModules(root);

        // A network of its own: the name server has port 53, and no name can come from anywhere else.
        const string Script = """
            ip link set lo up
            docker-registry serve $2/config.yml </dev/null >$2/log 2>&1 &
            python3 $2/dns.py $2/asked </dev/null >>$2/log 2>&1 &
            """ + "\n" + Chroot;
        await PullsAsync(root, $"{TlsRegistry.Host}:{Port}", ["--mount", "--net", "--pid", "--fork", "--kill-child", "/bin/sh", "-ec", Script, "sh", root, outside]);

        Assert.Contains(TlsRegistry.Host, await File.ReadAllLinesAsync(asked));
        Directory.Delete(root, recursive: true);
        Directory.Delete(outside, recursive: true);
    }

    private string NewRoot()
    {
        string root = Machine.NewDirectory();
        Directory.CreateDirectory(Path.Combine(root, "etc/ssl/certs"));
        File.WriteAllText(Path.Combine(root, "etc/ssl/certs/ca-certificates.crt"), _authority.Pem);
        File.Copy(Engine.Program, Path.Combine(root, "coracle"));
        return root;
    }

    /// <summary>Shared objects for AArch64 that are nothing but their headers: whoever loads one has loaded a foreign module.</summary>
    private static void WriteForeignModules(string root)
    {
        byte[] foreign = new byte[4096];
        byte[] header = [0x7F, .. "ELF"u8, 2, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 3, 0, 183, 0, 1];
        header.CopyTo(foreign, 0);
        foreach (string directory in (string[])["lib", "lib64", "usr/lib", "lib/x86_64-linux-gnu", "usr/lib/x86_64-linux-gnu", "lib/aarch64-linux-gnu"])
        {
            Directory.CreateDirectory(Path.Combine(root, directory));
            foreach (string module in (string[])["mdns4_minimal", "resolve", "dns", "files"])
            {
                File.WriteAllBytes(Path.Combine(root, directory, $"libnss_{module}.so.2"), foreign);
            }
        }
    }

    private async Task PullsAsync(string root, string registry, string[] unshare)
    {
        using var api = new RawApi(Path.Combine(root, "s"));
        await using Command engine = Command.Start("/usr/bin/unshare", unshare, Machine.Environment("/"));
        await Deadline.HoldsAsync("the engine's answer", () => api.PingAsync(), () => engine.OutputSoFar);
        Dictionary<string, string> environment = Machine.Environment(root);
        environment["DOCKER_HOST"] = $"unix://{root}/s";

        CommandResult pull = await Command.RunAsync(DockerCli.Newest, ["pull", $"{registry}/app:1"], environment);

        Assert.Contains($"Digest: {Images.App.ManifestDigest}", pull.Succeeds().Lines);
        await engine.SignalAsync("KILL");
        await engine.EndAsync();
    }
}
