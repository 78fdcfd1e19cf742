using Coracle.Linux;
using Microsoft.Win32.SafeHandles;

namespace Coracle.RootTests.Linux;

[Trait("Needs", "root")]
public sealed class NetlinkSocketTests : IDisposable
{
    private const int NewAddress = Abi.RTM_NEWADDR;

    private readonly NetworkSpace _space = NetworkSpace.Create();

    public void Dispose() => _space.Dispose();

    /// <summary>So long that neither the kernel's usual send buffer nor a thousand acknowledgements would do.</summary>
    [Fact]
    public void A_batch_is_one_order_and_the_message_that_is_refused_is_named()
    {
        using NetlinkSocket socket = NetlinkSocket.OpenIn(_space.Handle, NetlinkProtocol.Route);
        NetlinkWriter batch = new();
        const int Addresses = 8000;
        for (int i = 0; i < Addresses; i++)
        {
            Address(batch, i, link: 1);
        }

        Assert.True(batch.Length > 256 * 1024);
        socket.Send(batch, "RTM_NEWADDR", "many");
        Assert.Equal(Addresses, _space.Route.Addresses(LinkIndex.None).Count);

        batch.Clear();
        Address(batch, Addresses, link: 1);
        Address(batch, Addresses + 1, link: 999);
        Address(batch, Addresses + 2, link: 1);
        NetlinkResult result = socket.TrySend(batch);
        Assert.Equal((Errno.ENODEV, 1), (result.Errno, result.Message));
        LinuxException refusal = Assert.Throws<LinuxException>(() => socket.Send(batch, "RTM_NEWADDR", "three"));
        Assert.StartsWith("RTM_NEWADDR three (message 1 of 3): EEXIST", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_socket_is_of_the_namespace_it_was_opened_in_and_the_thread_is_at_home_again()
    {
        string home = Here();
        using NetlinkSocket socket = NetlinkSocket.OpenIn(_space.Handle, NetlinkProtocol.Netfilter);
        Assert.NotEqual(0u, socket.Port);
        using SafeFileHandle nothing = NamespaceVisit.Open("/dev/null");
        Assert.Equal("setns", Assert.Throws<LinuxException>(() => NetlinkSocket.OpenIn(nothing, NetlinkProtocol.Route)).Call);
        Assert.Equal(home, Here());
    }

    [Fact]
    public void A_setting_is_written_in_its_namespace_only()
    {
        string home = Here(), before = File.ReadAllText("/proc/sys/net/ipv4/ip_forward");
        using NetworkSpace other = NetworkSpace.Create();
        _space.Route.AddBridge("br0.10", new());
        NetworkSysctl forward = NetworkSysctl.Of("ipv4", "ip_forward"), local = NetworkSysctl.OfLink("ipv4", "br0.10", "route_localnet");
        other.Run("sh", "-c", "echo 0 >/proc/sys/net/ipv4/ip_forward");
        NetworkSysctl.WriteAll(_space.Handle, (forward, "1"), (local, "1"), (NetworkSysctl.OfLink("ipv4", "br0.10", "arp_notify"), "1"));

        Assert.Equal("1\n1\n1\n", _space.Run("cat", "/proc/sys/net/ipv4/ip_forward", "/proc/sys/net/ipv4/conf/br0.10/route_localnet", "/proc/sys/net/ipv4/conf/br0.10/arp_notify"));
        Assert.Equal("0\n", other.Run("cat", "/proc/sys/net/ipv4/ip_forward"));
        Assert.Equal((home, before), (Here(), File.ReadAllText("/proc/sys/net/ipv4/ip_forward")));
        Assert.True(local.TryRead(_space.Handle, out string? value) && value == "1");
        Assert.False(local.TryRead(other.Handle, out _));
        Assert.False(local.TryWrite(other.Handle, "1"));
        Assert.Equal(Errno.EINVAL, Assert.Throws<LinuxException>(() => forward.Write(_space.Handle, "yes")).Errno);
        Assert.Equal(home, Here());
    }

    private static void Address(NetlinkWriter batch, int number, int link)
    {
        batch.Begin(NewAddress, NetlinkFlags.Create | NetlinkFlags.Exclusive);
        batch.Body(new ifaddrmsg { ifa_family = Abi.AF_INET, ifa_prefixlen = 32, ifa_index = link });
        byte[] address = [10, 9, (byte)(number >> 8), (byte)number];
        batch.Attribute(Abi.IFA_LOCAL, address);
        batch.Attribute(Abi.IFA_ADDRESS, address);
    }

    private static string Here() => new FileInfo("/proc/thread-self/ns/net").LinkTarget!;
}
