using Coracle.Core;
using Coracle.Oci;
using Coracle.Wire;
using Microsoft.Extensions.Logging.Abstractions;

namespace Coracle.Tests.Core;

/// <summary>What a container's life asks of the store, the driver and the keeper, in which order, and what is taken back.</summary>
public sealed class ContainerNetworksTests : IDisposable
{
    private readonly NetworkBench _bench = new();
    private readonly FakeKeeper _keeper = new();
    private readonly PortAllocator _ports = new(EphemeralPorts.Default);
    private readonly List<string> _files = [];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private ContainerNetworks Networks => new(
        _bench.Networks, _bench.Driver, _keeper, _ports, new NetworkOptions(), (before, after) => _files.Add($"{Names(before)} > {Names(after)}"), NullLogger.Instance);

    public void Dispose() => _bench.Dispose();

    [Fact]
    public async Task From_its_first_address_to_its_last_port()
    {
        _bench.Create("lan", "10.1.0.0/16");
        ContainerRecord record = await RunAsync(On("web", ["lan"], ["80:8080"]));
        GivenEndpoint given = Assert.Single(record.Sandbox!.Endpoints);
        Assert.Equal(("10.1.0.2", 16, "10.1.0.1", "eth0", "veth-lan"), (given.IPAddress, given.IPPrefixLength, given.Gateway, given.InterfaceName, given.HostLink));
        Assert.Equal(["web", "c0ffee000000"], given.DnsNames);
        Assert.Equal("/proc/7/ns/net", record.Sandbox.Key);
        Assert.Equal("0.0.0.0:8080", $"{record.Sandbox.Ports[0].HostAddress}:{record.Sandbox.Ports[0].HostPort}");
        await Networks.EndAsync(record);
        Networks.TellEnd(record);
        Assert.Equal(["make lan", "join lan 10.1.0.2/16 to [] 7", "publish " + Mapped, "withdraw " + Mapped, "leave lan/veth-lan of []"], _bench.Driver.Asked.Skip(1));
        Assert.Equal(["hold " + Mapped, "attend 7", "serve lan 7", "table lan", "release", "table lan"], Told());
        Assert.Equal([$"connect lan bridge {Id}", $"disconnect lan bridge {Id}"], _bench.Told().Skip(1));
        Assert.Empty(_bench.Networks.Get("lan").Endpoints);
    }

    [Theory, InlineData("join", "failed to set up container networking: "), InlineData("publish", "failed to set up container networking: ")]
    public async Task What_the_host_refuses_is_given_back(string verb, string words)
    {
        _bench.Create("lan", "10.1.0.0/16");
        _bench.Driver.Fails = verb;
        ContainerRecord allocated = await Networks.AllocateAsync(On("web", ["lan"], ["80:8080"]), Cancel);
        EngineException refused = await Assert.ThrowsAsync<EngineException>(() => Networks.JoinAsync(allocated, 7, Cancel));
        Assert.StartsWith(words, refused.Message, StringComparison.Ordinal);
        await Networks.EndAsync(allocated);
        Assert.Empty(_bench.Networks.Get("lan").Endpoints);
        Assert.Contains("release", Told());
        await RunAsync(On("other", ["lan"], ["80:8080"])); // the port is free
    }

    [Fact]
    public async Task A_port_that_is_taken_costs_no_address()
    {
        _bench.Create("lan", "10.1.0.0/16");
        await RunAsync(On("web", ["lan"], ["80:8080"]));
        EngineException refused = await Assert.ThrowsAsync<EngineException>(
            () => Networks.AllocateAsync(On("other", ["lan"], ["80:8080"]) with { Id = OtherId }, Cancel));
        Assert.Contains("driver failed programming external connectivity on endpoint other (", refused.Message, StringComparison.Ordinal);
        Assert.EndsWith("Bind for 0.0.0.0:8080 failed: port is already allocated", refused.Message, StringComparison.Ordinal);
        Assert.Single(_bench.Networks.Get("lan").Endpoints);
    }

    [Fact]
    public async Task Of_several_networks_all_or_none()
    {
        _bench.Create("lan", "10.1.0.0/16");
        EngineException refused = await Assert.ThrowsAsync<EngineException>(() => Networks.AllocateAsync(On("web", ["lan", "nosuch"]), Cancel));
        Assert.Equal("network nosuch not found", refused.Message);
        Assert.Empty(_bench.Networks.Get("lan").Endpoints);
    }

    [Fact]
    public async Task A_running_container_comes_and_goes()
    {
        _bench.Create("lan", "10.1.0.0/16");
        _bench.Create("wan", "10.2.0.0/16");
        ContainerRecord record = await RunAsync(On("web", ["lan"], ["80:8080"]));
        ContainerRecord both = await Networks.ConnectAsync(record, 7, _bench.Networks.Get("wan").Record, new EndpointSettings { GatewayPriority = 1 }, Cancel);
        Assert.Equal("join wan 10.2.0.2/16 to [lan 10.1.0.2/16] 7", _bench.Driver.Asked[^3]);
        Assert.Equal("publish " + Mapped.Replace("10.1", "10.2", StringComparison.Ordinal), _bench.Driver.Asked[^1]); // where the default route goes
        ContainerRecord after = both with { Networks = [both.Networks[1]], Sandbox = both.Sandbox!.Copy() };
        after.Sandbox!.Endpoints = [after.Sandbox.Endpoints[1]];
        await Networks.DisconnectAsync(both, after, 7, _bench.Networks.Get("lan").Record);
        Assert.Equal("leave lan/veth-lan of [wan 10.2.0.2/16] 7", _bench.Driver.Asked[^1]);
        Assert.Equal(["lan > lan wan", "lan wan > wan"], _files);
        Assert.Empty(_bench.Networks.Get("lan").Endpoints);
    }

    [Fact]
    public async Task A_connection_that_fails_leaves_the_container_as_it_was()
    {
        _bench.Create("lan", "10.1.0.0/16");
        Network wan = _bench.Create("wan", "10.2.0.0/16");
        ContainerRecord record = await RunAsync(On("web", ["lan"]));
        _keeper.Fails = true;
        await Assert.ThrowsAsync<TimeoutException>(() => Networks.ConnectAsync(record, 7, wan.Record, new EndpointSettings(), Cancel));
        Assert.Equal("leave wan/veth-wan of [lan 10.1.0.2/16] 7", _bench.Driver.Asked[^1]);
        Assert.Empty(_bench.Networks.Get("wan").Endpoints);
    }

    [Fact]
    public async Task The_next_engine_finds_what_it_had()
    {
        _bench.Create("lan", "10.1.0.0/16");
        ContainerRecord record = await RunAsync(On("web", ["lan"], ["80:8080"]));
        _bench.Open();
        ContainerNetworks next = new(_bench.Networks, _bench.Driver, _keeper, new PortAllocator(EphemeralPorts.Default), new NetworkOptions(), (_, _) => { }, NullLogger.Instance);
        await next.RecoverAsync([(record, 7)], Cancel);
        Assert.Equal(["recover lan/veth-lan " + Mapped, "make bridge", "make lan"], _bench.Driver.Asked.TakeLast(3));
        Assert.Equal(["recover " + Mapped, "recover web"], _keeper.Told.TakeLast(2));
        await Assert.ThrowsAsync<EngineException>(() => next.AllocateAsync(On("other", ["lan"], ["80:8080"]) with { Id = OtherId }, Cancel));
        Assert.Equal("10.1.0.2/16", Assert.Single(_bench.Networks.Get("lan").Endpoints).IPv4!.ToString());
    }

    [Fact]
    public async Task A_container_of_another_s_network_has_nothing_of_its_own()
    {
        ContainerRecord record = On("web", []);
        record.HostConfig.NetworkMode = "container:x";
        Assert.Null((await RunAsync(record)).Sandbox);
        await Networks.EndAsync(record);
        Assert.Equal(["make bridge"], _bench.Driver.Asked);
        Assert.Empty(_keeper.Told);
    }

    private static string Id => "c0ffee" + new string('0', 58);

    private static string OtherId => "decaf0" + new string('0', 58);

    /// <summary>As every machine that runs this has IPv6 in its kernel or not: the IPv4 half.</summary>
    private static string Mapped => File.Exists("/proc/net/if_inet6")
        ? "0.0.0.0:8080:10.1.0.2:80/tcp [::]:8080:10.1.0.2:80/tcp"
        : "0.0.0.0:8080:10.1.0.2:80/tcp";

    private List<string> Told()
        => [.. _keeper.Told.Select(told => _bench.Networks.List().Aggregate(told, (text, network) => text.Replace(network.Id.Text, network.Name, StringComparison.Ordinal)))];

    private static string Names(ContainerRecord record) => string.Join(' ', record.Sandbox!.Endpoints.Select(endpoint => endpoint.Network));

    private async Task<ContainerRecord> RunAsync(ContainerRecord record)
    {
        ContainerRecord joined = await Networks.JoinAsync(await Networks.AllocateAsync(record, Cancel), 7, Cancel);
        await Networks.AnnounceAsync(joined);
        return joined;
    }

    private static ContainerRecord On(string name, string[] networks, string[]? ports = null) => new()
    {
        Id = Id,
        Name = name,
        Created = DateTimeOffset.UnixEpoch,
        ImageId = Digest.Of("image"u8),
        Layers = [],
        Config = new ContainerConfig(),
        HostConfig = new HostConfig
        {
            NetworkMode = networks.FirstOrDefault() ?? "",
            PortBindings = (ports ?? []).ToDictionary(
                port => port.Split(':')[0] + "/tcp", port => (IReadOnlyList<PortBinding>)[new PortBinding { HostPort = port.Split(':')[1] }]),
        },
        Networks = [.. networks.Select(network => new NetworkMembership { Network = network })],
    };

    /// <summary>What the keeper would be asked for, written down.</summary>
    private sealed class FakeKeeper : ISandboxKeeper, IHostPorts
    {
        public List<string> Told { get; } = [];

        public bool Fails { get; set; }

        public IHostPorts PortsOf(string container) => this;

        public Task AttendAsync(string container, int pid, CancellationToken cancellationToken) => Note($"attend {pid}");

        public Task ServeAsync(ContainerRecord record, int pid, CancellationToken cancellationToken) => Note($"serve {Names(record)} {pid}");

        public Task ChangeAsync(ContainerRecord record, int pid, CancellationToken cancellationToken)
            => Fails ? throw new TimeoutException() : Note($"change {Names(record)} {pid}");

        public Task NetworkChangedAsync(NetworkId network) => Note("table " + network);

        public Task ForgetAsync(NetworkId network) => Note("forget " + network);

        public Task ReleaseAsync(string container) => Note("release");

        public Task RecoverPortsAsync(IReadOnlyList<(string Container, int Pid, IReadOnlyList<PortMapping> Ports)> running, CancellationToken cancellationToken)
            => Note("recover " + string.Join(' ', running.SelectMany(one => one.Ports)));

        public Task RecoverAsync(IReadOnlyList<(ContainerRecord Record, int Pid)> running, CancellationToken cancellationToken)
            => Note("recover " + string.Join(' ', running.Select(one => one.Record.Name)));

        public async Task<HostPortRefusal?> HoldAsync(IReadOnlyList<PortMapping> ports, CancellationToken cancellationToken)
        {
            await Note("hold " + string.Join(' ', ports));
            return null;
        }

        public Task LetGoAsync(IReadOnlyList<PortMapping> ports, CancellationToken cancellationToken) => Note("let go " + string.Join(' ', ports));

        private Task Note(string text)
        {
            Told.Add(text);
            return Task.CompletedTask;
        }
    }
}
