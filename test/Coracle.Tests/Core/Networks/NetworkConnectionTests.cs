using Coracle.Core;
using Coracle.Wire;

namespace Coracle.Tests.Core;

public sealed class NetworkConnectionTests : IDisposable
{
    private readonly NetworkBench _bench = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _bench.Dispose();

    [Fact]
    public async Task A_container_comes_on_a_network_and_leaves_it()
    {
        Network lan = _bench.Create("lan", "10.1.0.0/16");
        string id = Run("web");
        await _bench.Connections.ConnectAsync("lan", id, Settings("10.1.0.9"), Cancel);
        await _bench.Connections.DisconnectAsync(lan.Id.Short, id, force: false, Cancel);
        await _bench.Connections.ConnectAsync("lan", id, null, Cancel);
        Assert.Equal(["connect lan 10.1.0.9", "disconnect lan", "connect lan"], _bench.Members.Told);
    }

    [Theory, InlineData(true, ""), InlineData(false, "the ")]
    public async Task It_cannot_leave_one_that_it_is_not_on(bool isRunning, string article)
    {
        _bench.Create("lan");
        string id = Run("web", isRunning);
        await RefusesAsync(
            Refusal.Failed, $"container {id} is not connected to {article}network lan", () => _bench.Connections.DisconnectAsync("lan", id, force: false, Cancel));
    }

    [Fact]
    public async Task Networks_of_different_kinds_are_not_mixed()
    {
        const string Shared = "container sharing network namespace with another container or host cannot be connected to any other network";
        const string Host = "container cannot be disconnected from host network or connected to host network";
        const string None = "container cannot be connected to multiple networks with one of the networks in private (none) mode";
        _bench.Create("lan");
        await RefusesAsync(Refusal.InvalidArgument, Shared, () => _bench.Connections.ConnectAsync("lan", Run("joined", mode: "container:x"), null, Cancel));
        await RefusesAsync(Refusal.InvalidArgument, Shared, () => _bench.Connections.ConnectAsync("lan", Run("hosted", mode: "host"), null, Cancel));
        await RefusesAsync(Refusal.InvalidArgument, Host, () => _bench.Connections.ConnectAsync("host", Run("web"), null, Cancel));
        await RefusesAsync(Refusal.InvalidArgument, Host, () => _bench.Connections.DisconnectAsync("host", NetworkBench.Id("hosted"), force: true, Cancel));
        await RefusesAsync(Refusal.InvalidArgument, None, () => _bench.Connections.ConnectAsync("lan", Run("alone", mode: "none"), null, Cancel));
        await RefusesAsync(Refusal.InvalidArgument, None, () => _bench.Connections.ConnectAsync("none", NetworkBench.Id("web"), null, Cancel));
    }

    [Fact]
    public async Task Nobody_and_nothing_that_is_not_there()
    {
        await RefusesAsync(Refusal.NotFound, "No such container: x", () => _bench.Connections.ConnectAsync("nosuch", "x", null, Cancel));
        await RefusesAsync(Refusal.NotFound, "network nosuch not found", () => _bench.Connections.ConnectAsync("nosuch", Run("web"), null, Cancel));
        await RefusesAsync(Refusal.NotFound, "endpoint x not found", () => _bench.Connections.DisconnectAsync("bridge", "x", force: true, Cancel));
        Network lan = _bench.Create("lan");
        _bench.Allocate(lan, "gone");
        await _bench.Connections.DisconnectAsync("lan", "gone", force: true, Cancel);
        Assert.Empty(_bench.Networks.Get("lan").Endpoints);
        string leaving = Run("leaving");
        _bench.Members.All[leaving] = _bench.Members.All[leaving] with { IsLeaving = true };
        await RefusesAsync(
            Refusal.Conflict, $"container {leaving} is marked for removal and cannot be connected or disconnected to the network",
            () => _bench.Connections.ConnectAsync("lan", leaving, null, Cancel));
    }

    [Theory]
    [InlineData("lan", "x", "", "invalid endpoint settings:\ninvalid IPv4 address: x")]
    [InlineData("lan", "0.0.0.0", "", "invalid endpoint settings:\ninvalid IPv4 address: 0.0.0.0")]
    [InlineData("lan", "11.0.0.1", "", "invalid endpoint settings:\nno configured subnet or ip-range contain the IP address 11.0.0.1")]
    [InlineData("auto", "172.18.0.9", "", "invalid endpoint settings:\nuser specified IP address is supported only when connecting to networks with user configured subnets")]
    [InlineData("bridge", "172.17.0.9", "", "invalid endpoint settings:\nuser specified IP address is supported on user defined networks only")]
    [InlineData("lan", "", "xyz", "invalid MAC address xyz")]
    public async Task Settings_of_an_endpoint_that_cannot_be(string network, string address, string mac, string message)
    {
        _bench.Create("lan", "10.1.0.0/16");
        _bench.Create("auto");
        EndpointSettings settings = Settings(address);
        settings.MacAddress = mac;
        await RefusesAsync(Refusal.InvalidArgument, message, () => _bench.Connections.ConnectAsync(network, Run("web", mode: "wan"), settings, Cancel));
    }

    [Fact]
    public async Task An_address_a_name_and_a_setting_of_the_kernel_are_told_together()
    {
        EndpointSettings settings = Settings("172.17.0.9");
        settings.Aliases = ["db"];
        settings.DriverOpts = new Dictionary<string, string> { ["com.docker.network.endpoint.sysctls"] = "net.ipv4.conf.IFNAME.log_martians=1,net.ipv4.conf.eth0.x=1" };
        EngineException refused = await Assert.ThrowsAsync<EngineException>(() => _bench.Connections.ConnectAsync("bridge", Run("web", mode: "wan"), settings, Cancel));
        Assert.Equal(4, refused.Message.Split("\n").Length);
        Assert.Contains("* network-scoped alias is supported only for containers in user defined networks", refused.Message, StringComparison.Ordinal);
        Assert.Contains("* unrecognised network interface sysctl 'net.ipv4.conf.eth0.x=1'", refused.Message, StringComparison.Ordinal);
    }

    private static EndpointSettings Settings(string address) => new() { IpamConfig = address.Length > 0 ? new EndpointIpamConfig { IPv4Address = address } : null };

    private string Run(string name, bool isRunning = true, string mode = "bridge")
    {
        string id = NetworkBench.Id(name);
        _bench.Members.All[id] = new NetworkMember(id, name, mode, [mode], isRunning);
        return id;
    }

    private static async Task RefusesAsync(Refusal refusal, string message, Func<Task> act)
    {
        EngineException refused = await Assert.ThrowsAsync<EngineException>(act);
        Assert.Equal((message, refusal), (refused.Message, refused.Refusal));
    }
}
