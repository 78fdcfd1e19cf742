using System.Net;
using Coracle.Core;
using Coracle.Linux;
using Coracle.Oci;
using Coracle.Wire;

namespace Coracle.Tests.Core;

public sealed class NetworkFilesTests : IDisposable
{
    private const string Local = "127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\nfe00::\tip6-localnet\nff00::\tip6-mcastprefix\nff02::1\tip6-allnodes\nff02::2\tip6-allrouters\n";

    private readonly string _path = Directory.CreateTempSubdirectory("coracle-files-").FullName;

    private readonly DirectoryHandle _directory;

    public NetworkFilesTests() => _directory = DirectoryHandle.Open(_path);

    public void Dispose()
    {
        _directory.Dispose();
        Directory.Delete(_path, recursive: true);
    }

    private static NetworkFilesInput Input(HostConfig host, SandboxState? sandbox = null, string domain = "", params IPAddress[] gateways) => new(
        new ContainerRecord
        {
            Id = ContainerId.Create(),
            Name = "web",
            Created = DateTimeOffset.UnixEpoch,
            ImageId = Digest.Of([]),
            Layers = [],
            Config = new ContainerConfig { Domainname = domain },
            HostConfig = host,
            Sandbox = sandbox,
        },
        "box",
        [],
        gateways);

    private static SandboxState On(params GivenEndpoint[] endpoints) => new() { Endpoints = endpoints };

    private string Text(string name) => File.ReadAllText(Path.Combine(_path, name));

    [Fact]
    public void A_container_without_a_network_knows_itself_only()
        => Assert.Equal(Local, NetworkFiles.HostsOf(Input(new HostConfig { NetworkMode = "none" })));

    [Fact]
    public void Names_come_in_Dockers_order()
        => Assert.Equal(
            Local + "10.0.0.9\tdb\n172.17.0.1\tgw\nfd00::1\tgw\n172.17.0.2\tbox.example.org box\nfd00::2\tbox.example.org box\n",
            NetworkFiles.HostsOf(Input(
                new HostConfig { ExtraHosts = ["db:10.0.0.9", "gw:host-gateway"] },
                On(new GivenEndpoint { Network = "bridge", IPAddress = "172.17.0.2", GlobalIPv6Address = "fd00::2" }),
                "example.org",
                IPAddress.Parse("172.17.0.1"),
                IPAddress.Parse("fd00::1"))));

    [Fact]
    public void A_linked_container_stands_before_the_container_itself()
    {
        NetworkFilesInput input = Input(new HostConfig(), On(new GivenEndpoint { Network = "bridge", IPAddress = "172.17.0.2" }));
        LinkedContainer linked = new(input.Record with { Name = "db" }, "database", "172.17.0.5");
        Assert.EndsWith("172.17.0.5\tdatabase db\n172.17.0.2\tbox\n", NetworkFiles.HostsOf(input with { Links = [linked] }), StringComparison.Ordinal);
    }

    [Fact]
    public void A_gateway_that_stands_for_nothing_is_an_error()
        => Assert.Equal(
            "unable to derive the IP value for host-gateway",
            Assert.Throws<EngineException>(() => NetworkFiles.HostsOf(Input(new HostConfig { ExtraHosts = ["gw:host-gateway"] }))).Message);

    [Fact]
    public void On_the_hosts_network_it_has_the_hosts_file_or_Dockers_own()
    {
        Assert.Equal(File.ReadAllText("/etc/hosts"), NetworkFiles.HostsOf(Input(new HostConfig { NetworkMode = "host" })));
        Assert.Equal(Local + "1.2.3.4\ta\n", NetworkFiles.HostsOf(Input(new HostConfig { NetworkMode = "host", ExtraHosts = ["a:1.2.3.4"] })));
    }

    [Fact]
    public void Without_IPv6_there_are_no_lines_of_it()
        => Assert.Equal(
            "127.0.0.1\tlocalhost\n1.2.3.4\ta\n", HostsText.Build([new HostsEntry("1.2.3.4", "a"), new HostsEntry("::1", "b")], withIPv6: false));

    [Fact]
    public void The_hosts_resolver_is_taken_as_it_is_unless_something_else_was_asked_for()
    {
        static string Read(string path) => path == ResolvConf.OfHost ? "nameserver 127.0.0.53\n# mine\n" : "nameserver 10.0.0.1\n";
        Assert.Equal("nameserver 127.0.0.53\n# mine\n", NetworkFiles.ResolvConfOf(Input(new HostConfig { NetworkMode = "host" }), Read));
        Assert.Contains(
            "\nnameserver 1.1.1.1\n\n# Based on host file: '/etc/resolv.conf'\n# Overrides: [nameservers]\n",
            NetworkFiles.ResolvConfOf(Input(new HostConfig { NetworkMode = "host", Dns = ["1.1.1.1"] }), Read),
            StringComparison.Ordinal);
        Assert.Contains(
            "\nnameserver 10.0.0.1\n\n# Based on host file: '/run/systemd/resolve/resolv.conf' (legacy)\n",
            NetworkFiles.ResolvConfOf(Input(new HostConfig()), Read),
            StringComparison.Ordinal);
        Assert.Contains(
            "\nnameserver 127.0.0.11\noptions ndots:0\n\n# Based on host file: '/etc/resolv.conf' (internal resolver)\n# ExtServers: [host(127.0.0.53)]\n",
            NetworkFiles.ResolvConfOf(Input(new HostConfig(), On(new GivenEndpoint { Network = "lan", IPAddress = "10.0.0.2" })), Read),
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_somebody_edited_is_left_alone()
    {
        NetworkFiles.Write(_directory, Input(new HostConfig { Dns = ["10.0.0.1"] }));
        Assert.Equal("box\n", Text("hostname"));
        Assert.Contains("nameserver 10.0.0.1\n", Text("resolv.conf"), StringComparison.Ordinal);
        NetworkFiles.Refresh(_directory, Input(new HostConfig { Dns = ["10.0.0.2"] }));
        Assert.Contains("nameserver 10.0.0.2\n", Text("resolv.conf"), StringComparison.Ordinal);
        File.AppendAllText(Path.Combine(_path, "resolv.conf"), "# mine\n");
        NetworkFiles.Refresh(_directory, Input(new HostConfig { Dns = ["10.0.0.3"] }));
        Assert.Contains("nameserver 10.0.0.2\n", Text("resolv.conf"), StringComparison.Ordinal);
        NetworkFiles.Write(_directory, Input(new HostConfig { Dns = ["10.0.0.3"] }));
        Assert.DoesNotContain("# mine", Text("resolv.conf"), StringComparison.Ordinal); // a start writes it anew, as Docker's does
    }

    [Fact]
    public void Lines_of_a_network_come_and_go_and_others_stay()
    {
        NetworkFiles.Write(_directory, Input(new HostConfig()));
        File.AppendAllText(Path.Combine(_path, "hosts"), "9.9.9.9\tmine");
        HostsEntry[] entries = [.. Input(new HostConfig()).OwnEntries(new GivenEndpoint { IPAddress = "10.0.0.2" })];
        NetworkFiles.ChangeHosts(_directory, entries, add: true);
        Assert.Equal(Local + "9.9.9.9\tmine\n10.0.0.2\tbox\n", Text("hosts"));
        NetworkFiles.ChangeHosts(_directory, entries, add: false);
        Assert.Equal(Local + "9.9.9.9\tmine\n", Text("hosts"));
    }

    [Fact]
    public void A_file_that_the_container_made_huge_is_not_read()
    {
        NetworkFiles.Write(_directory, Input(new HostConfig()));
        File.WriteAllBytes(Path.Combine(_path, "hosts"), new byte[2 << 20]);
        File.WriteAllBytes(Path.Combine(_path, "resolv.conf"), new byte[2 << 20]);
        NetworkFiles.ChangeHosts(_directory, [new HostsEntry("1.2.3.4", "a")], add: true);
        NetworkFiles.Refresh(_directory, Input(new HostConfig()));
        Assert.Equal(2 << 20, new FileInfo(Path.Combine(_path, "hosts")).Length);
        Assert.Equal(2 << 20, new FileInfo(Path.Combine(_path, "resolv.conf")).Length);
    }
}
