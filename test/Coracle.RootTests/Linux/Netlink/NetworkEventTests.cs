using System.Net;
using Coracle.Linux;

namespace Coracle.RootTests.Linux;

[Trait("Needs", "root")]
public sealed class NetworkEventTests : IDisposable
{
    private const int BatchBegin = 16, BatchEnd = 17;

    private readonly NetworkSpace _space = NetworkSpace.Create();
    private readonly CancellationTokenSource _deadline = new(TimeSpan.FromSeconds(30));

    public void Dispose()
    {
        _space.Dispose();
        _deadline.Dispose();
    }

    [Fact]
    public async Task A_table_that_another_program_deletes_is_told_with_who_it_was()
    {
        using NetworkEvents events = NetworkEvents.Open(NetworkEventKinds.Firewall, "coracle", _space.Handle);
        using NetlinkSocket ours = NetlinkSocket.OpenIn(_space.Handle, NetlinkProtocol.Netfilter), theirs = NetlinkSocket.OpenIn(_space.Handle, NetlinkProtocol.Netfilter);
        Table(ours, Abi.NFT_MSG_NEWTABLE, "coracle");
        Table(ours, Abi.NFT_MSG_NEWTABLE, "filter");
        Assert.Equal(new FirewallChanged(2, "coracle", FirewallObject.Table, IsGone: false) { Port = ours.Port }, await NextAsync(events, e => e is FirewallChanged));

        Table(theirs, Abi.NFT_MSG_DELTABLE, "filter");
        Table(theirs, Abi.NFT_MSG_DELTABLE, "coracle");
        Assert.Equal(new FirewallChanged(2, "coracle", FirewallObject.Table, IsGone: true) { Port = theirs.Port }, await NextAsync(events, e => e is FirewallChanged));
        FirewallCommitted committed = Assert.IsType<FirewallCommitted>(await events.NextAsync(_deadline.Token));
        Assert.Equal((theirs.Port, true), (committed.Port, committed.Process > 0 && committed.Program.Length > 0));
    }

    [Fact]
    public async Task Interfaces_addresses_routes_and_devices_are_told()
    {
        using NetworkEvents events = NetworkEvents.Open(
            NetworkEventKinds.Links | NetworkEventKinds.Addresses | NetworkEventKinds.Routes | NetworkEventKinds.Devices, space: _space.Handle);
        _space.Route.AddBridge("br0", new());
        List<NetworkEvent> told = [];
        await NextAsync(events, e => Kept(told, e) is DeviceChanged { Device: { Action: "add", Subsystem: "net" } device } && device.TryGet("INTERFACE") == "br0");
        if (!told.Exists(e => e is LinkChanged))
        {
            await NextAsync(events, e => Kept(told, e) is LinkChanged);
        }

        LinkIndex bridge = _space.Route.IndexOf("br0");
        _space.Route.AddAddress(new(bridge, IPAddress.Parse("10.0.0.1"), 24));
        await NextAsync(events, e => e is AddressChanged { IsGone: false } change && change.Address.ToString() == "10.0.0.1/24" && change.Address.Link == bridge);
        await NextAsync(events, e => e is RouteChanged { IsGone: false } change && change.Route.Kind == RouteKind.Local);
        _space.Route.DeleteLinkIfPresent(bridge);
        await NextAsync(events, e => e is LinkChanged { IsGone: true } change && change.Link.Index == bridge);
    }

    [Fact]
    public async Task Who_does_not_read_is_told_that_something_was_lost()
    {
        using NetworkEvents events = NetworkEvents.Open(NetworkEventKinds.Links, space: _space.Handle);
        for (int i = 0; i < NetworkEvents.Capacity; i++)
        {
            _space.Route.AddBridge("br0", new());
            _space.Route.DeleteLinkIfPresent("br0");
        }

        int read = 0;
        await NextAsync(events, e => ++read > 0 && e is LinkChanged);
        while (read < NetworkEvents.Capacity)
        {
            await NextAsync(events, _ => ++read > 0);
        }

        _space.Route.AddBridge("last", new());
        await NextAsync(events, e => e is EventsLost);
        await NextAsync(events, e => e is LinkChanged { Link.Name: "last" });
    }

    [Fact]
    public async Task Disposing_ends_the_stream_and_its_thread()
    {
        NetworkEvents events = NetworkEvents.Open(NetworkEventKinds.Links, space: _space.Handle);
        Task<NetworkEvent> waiting = events.NextAsync(_deadline.Token).AsTask();
        events.Dispose();
        events.Dispose();
        await Assert.ThrowsAsync<System.Threading.Channels.ChannelClosedException>(() => waiting);
    }

    private static NetworkEvent Kept(List<NetworkEvent> told, NetworkEvent happened)
    {
        told.Add(happened);
        return happened;
    }

    private async Task<NetworkEvent> NextAsync(NetworkEvents events, Predicate<NetworkEvent> isWanted)
    {
        while (true)
        {
            NetworkEvent happened = await events.NextAsync(_deadline.Token);
            if (isWanted(happened))
            {
                return happened;
            }
        }
    }

    /// <summary>One transaction. The messages of a batch are answered when they ask; its two brackets are not.</summary>
    private static void Table(NetlinkSocket socket, int message, string name)
    {
        NetlinkWriter batch = new();
        batch.BeginNetfilter(0, BatchBegin, NetlinkFlags.None, 0, Abi.NFNL_SUBSYS_NFTABLES);
        batch.BeginNetfilter(Abi.NFNL_SUBSYS_NFTABLES, message, message == Abi.NFT_MSG_NEWTABLE ? NetlinkFlags.Create | NetlinkFlags.Acknowledge : NetlinkFlags.Acknowledge, Abi.AF_INET);
        batch.Text(Abi.NFTA_TABLE_NAME, name);
        batch.BeginNetfilter(0, BatchEnd, NetlinkFlags.None, 0, Abi.NFNL_SUBSYS_NFTABLES);
        socket.Send(batch, "nf_tables", name);
    }
}
