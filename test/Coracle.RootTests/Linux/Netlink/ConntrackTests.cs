using System.Net;
using Coracle.Linux;

namespace Coracle.RootTests.Linux;

[Trait("Needs", "root")]
public sealed class ConntrackTests : IDisposable
{
    private const int Udp = 17, Timeout = 7;

    private static readonly IPAddress _client = IPAddress.Parse("192.0.2.1"), _host = IPAddress.Parse("192.0.2.2"), _old = IPAddress.Parse("172.17.0.2"), _new = IPAddress.Parse("172.17.0.3");

    private readonly NetworkSpace _space = NetworkSpace.Create();
    private readonly ConntrackSocket _connections;

    public ConntrackTests() => _connections = ConntrackSocket.OpenIn(_space.Handle);

    public void Dispose()
    {
        _connections.Dispose();
        _space.Dispose();
    }

    [Fact]
    public void Only_what_is_meant_is_forgotten()
    {
        Make(new(_client, _host, Udp, 4000, 53), new(_old, _client, Udp, 53, 4000));
        Make(new(_client, _host, Udp, 4001, 53), new(_old, _client, Udp, 53, 4001));
        Make(new(_client, _host, Udp, 4000, 54), new(_new, _client, Udp, 54, 4000));
        Make(new(IPAddress.Parse("fd00::1"), IPAddress.Parse("fd00::2"), Udp, 4000, 53), new(IPAddress.Parse("fd00::2"), IPAddress.Parse("fd00::1"), Udp, 53, 4000));
        Assert.Equal(4, _connections.Find(new()).Count);

        Assert.Equal(0, _connections.Forget(new() { Protocol = 6, DestinationPort = 53 }));
        Assert.Equal(2, _connections.Forget(new() { Protocol = Udp, Destination = _host, DestinationPort = 53 }));
        Assert.Equal(0, _connections.Forget(new() { Address = _old }));
        Assert.Equal(1, _connections.Forget(new() { Address = _new }));
        Assert.Equal("fd00::1", Assert.Single(_connections.Find(new())).Original.Source.ToString());
        Assert.Equal(1, _connections.Forget(new() { Address = IPAddress.Parse("fd00::2") }));
        Assert.Empty(_connections.Find(new()));
        Assert.Equal(Errno.EINVAL, Assert.Throws<LinuxException>(() => _connections.Forget(new() { Protocol = Udp })).Errno);
    }

    private void Make(ConnectionTuple original, ConnectionTuple reply)
    {
        using NetlinkSocket socket = NetlinkSocket.OpenIn(_space.Handle, NetlinkProtocol.Netfilter);
        NetlinkWriter writer = new();
        writer.BeginNetfilter(Abi.NFNL_SUBSYS_CTNETLINK, Abi.IPCTNL_MSG_CT_NEW, NetlinkFlags.Create | NetlinkFlags.Exclusive | NetlinkFlags.Acknowledge, RouteSocket.FamilyOf(original.Source));
        Tuple(writer, Abi.CTA_TUPLE_ORIG, original);
        Tuple(writer, Abi.CTA_TUPLE_REPLY, reply);
        writer.BigU32(Timeout, 100);
        socket.Send(writer, "IPCTNL_MSG_CT_NEW", original.ToString());
    }

    private static void Tuple(NetlinkWriter writer, int type, ConnectionTuple tuple)
    {
        bool isSix = tuple.Source.GetAddressBytes().Length == 16;
        int nest = writer.Nest(type, marked: true);
        int addresses = writer.Nest(Abi.CTA_TUPLE_IP, marked: true);
        writer.Attribute(isSix ? Abi.CTA_IP_V6_SRC : Abi.CTA_IP_V4_SRC, tuple.Source.GetAddressBytes());
        writer.Attribute(isSix ? Abi.CTA_IP_V6_DST : Abi.CTA_IP_V4_DST, tuple.Destination.GetAddressBytes());
        writer.End(addresses);
        int protocol = writer.Nest(Abi.CTA_TUPLE_PROTO, marked: true);
        writer.U8(Abi.CTA_PROTO_NUM, (byte)tuple.Protocol);
        writer.BigU16(Abi.CTA_PROTO_SRC_PORT, (ushort)tuple.SourcePort);
        writer.BigU16(Abi.CTA_PROTO_DST_PORT, (ushort)tuple.DestinationPort);
        writer.End(protocol);
        writer.End(nest);
    }
}
