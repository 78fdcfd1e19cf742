using System.Net;
using Coracle.Core;
using Coracle.Linux;
using Microsoft.Extensions.Logging.Abstractions;

namespace Coracle.Tests.Core;

public sealed class KeeperPortsTests
{
    private const string Container = "c0ffee";

    private readonly FakeKeeper _keeper = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private static PortMapping Mapping(string host, ushort port, string container = "172.17.0.2", PortProtocol protocol = PortProtocol.Tcp)
        => new(protocol, IPAddress.Parse(host), port, IPAddress.Parse(container), 80);

    private KeeperPorts Ports(NetworkOptions? options = null) => new(_keeper, Container, options ?? new NetworkOptions());

    [Theory]
    [InlineData("0.0.0.0", "172.17.0.2", "nowhere")]
    [InlineData("127.0.0.1", "172.17.0.2", "nowhere")]
    [InlineData("::", "172.17.0.2", "172.17.0.2:80")]
    [InlineData("::1", "172.17.0.2", "172.17.0.2:80")]
    [InlineData("::", "fd00::2", "[fd00::2]:80")]
    [InlineData("::1", "fd00::2", "[fd00::2]:80")]
    [InlineData("10.0.0.1", "fd00::2", "[fd00::2]:80")]
    public async Task What_the_kernel_cannot_translate_is_spliced(string host, string container, string target)
    {
        Assert.Null(await Ports().HoldAsync([Mapping(host, 8080, container)], Cancel));
        Assert.Equal(target, Assert.Single(_keeper.Ports).Value);
    }

    [Fact]
    public async Task Without_rules_of_ours_everything_is_spliced_and_without_the_userland_proxy_nothing()
    {
        await Ports(new NetworkOptions { IpTables = false }).HoldAsync([Mapping("127.0.0.1", 1)], Cancel);
        await Ports(new NetworkOptions { UserlandProxy = false }).HoldAsync([Mapping("::", 2)], Cancel);
        Assert.Equal(["172.17.0.2:80", "nowhere"], _keeper.Ports.Values);
    }

    [Fact]
    public async Task All_are_held_or_none()
    {
        _keeper.Refusals[3] = new LinuxException("bind", "port", Errno.EADDRINUSE);
        PortMapping taken = Mapping("0.0.0.0", 3);
        HostPortRefusal? refusal = await Ports().HoldAsync([Mapping("0.0.0.0", 1), Mapping("::", 2, protocol: PortProtocol.Udp), taken, Mapping("0.0.0.0", 4)], Cancel);
        Assert.Equal(new HostPortRefusal(taken, Errno.EADDRINUSE), refusal);
        Assert.Empty(_keeper.Ports);
        Assert.Equal(["hold tcp 0.0.0.0:1", "hold udp [::]:2", "let go tcp 0.0.0.0:1", "let go udp [::]:2"], _keeper.Asked);
    }

    [Fact]
    public async Task A_keeper_that_is_lost_in_the_middle_holds_nothing_either()
    {
        _keeper.Refusals[2] = new TimeoutException("it is stopped");
        await Assert.ThrowsAsync<TimeoutException>(() => Ports().HoldAsync([Mapping("0.0.0.0", 1), Mapping("0.0.0.0", 2, protocol: PortProtocol.Sctp)], Cancel));
        Assert.Empty(_keeper.Ports);
    }

    [Fact]
    public async Task What_is_let_go_is_free_and_what_was_never_held_is_no_failure()
    {
        PortMapping[] ports = [Mapping("0.0.0.0", 1), Mapping("0.0.0.0", 1, protocol: PortProtocol.Sctp)];
        await Ports().HoldAsync(ports, Cancel);
        await Ports().LetGoAsync([ports[1], Mapping("0.0.0.0", 9)], Cancel);
        Assert.Equal(["tcp 0.0.0.0:1"], _keeper.Ports.Keys);
    }

    [Fact]
    public async Task The_next_engine_holds_what_is_not_held_any_more_and_goes_on_without_what_is_taken()
    {
        PortMapping[] ports = [Mapping("0.0.0.0", 1), Mapping("::", 1), Mapping("0.0.0.0", 3)];
        _keeper.Refusals[3] = new LinuxException("bind", "port", Errno.EADDRINUSE);
        IReadOnlyList<HostPortRefusal> refusals = await Ports().RecoverAsync(ports, [Ports().HoldOf(ports[0])], 7, Cancel);
        Assert.Equal([ports[2]], refusals.Select(refusal => refusal.Port));
        Assert.Equal(["hold tcp [::]:1", "attend c0ff 7"], _keeper.Asked);

        _keeper.Asked.Clear();
        Assert.Empty(await Ports().RecoverAsync([ports[0]], [Ports().HoldOf(ports[0])], 7, Cancel));
        Assert.Empty(_keeper.Asked);
    }

    [Fact]
    public async Task A_release_is_of_all_and_its_failure_nobodys()
    {
        await Ports().AttendAsync(7, Cancel);
        await Ports().ReleaseAsync(Cancel);
        Assert.Equal(["attend c0ff 7", "release c0ff"], _keeper.Asked);

        using NetworkBench networks = new();
        SandboxKeeper all = new(_keeper, networks.Networks, new NetworkOptions(), _ => null, NullLogger.Instance);
        _keeper.Fails = ("release", new TimeoutException("it is stopped"));
        await all.ReleaseAsync(Container);
        _keeper.Fails = ("find", new TimeoutException("it is stopped"));
        await all.RecoverPortsAsync([(Container, 7, [Mapping("0.0.0.0", 1)])], Cancel);
        Assert.Empty(_keeper.Ports);
        _keeper.Fails = null;
        await all.RecoverPortsAsync([(Container, 7, [Mapping("0.0.0.0", 1)])], Cancel);
        Assert.Equal(["tcp 0.0.0.0:1"], _keeper.Ports.Keys);
    }
}
