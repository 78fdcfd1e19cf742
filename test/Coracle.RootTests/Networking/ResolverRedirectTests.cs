using System.Net;
using System.Net.Sockets;
using System.Text;
using Coracle.Networking;
using Coracle.RootTests.Linux;
using static Coracle.RootTests.Networking.Neighbourhood;

namespace Coracle.RootTests.Networking;

[Trait("Needs", "root")]
public sealed class ResolverRedirectTests : IDisposable
{
    private static readonly IPEndPoint _asked = new(ResolverRedirect.Resolver, 53);

    private readonly NetworkSpace _sandbox = NetworkSpace.Create();

    public ResolverRedirectTests() => Shell(_sandbox, "ip link set lo up");

    public void Dispose() => _sandbox.Dispose();

    /// <summary>The answer comes from where the question went, or a resolver library would not take it; and port 53 stays free.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Port_53_of_the_resolver_leads_to_its_sockets_and_back(bool byProgram)
    {
        using Socket udp = Bound(SocketType.Dgram, new IPEndPoint(_asked.Address, 0)), tcp = Bound(SocketType.Stream, new IPEndPoint(_asked.Address, 0));
        tcp.Listen();
        Install(byProgram, PortOf(udp), PortOf(tcp));
        Install(byProgram, PortOf(udp), PortOf(tcp)); // as the next engine does
        using Socket own = Bound(SocketType.Dgram, new IPEndPoint(IPAddress.Any, 53)), ownTcp = Bound(SocketType.Stream, new IPEndPoint(IPAddress.Any, 53));
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(10));

        using Socket client = Bound(SocketType.Dgram, new IPEndPoint(IPAddress.Any, 0));
        byte[] buffer = new byte[16];
        await client.SendToAsync("name?"u8.ToArray(), SocketFlags.None, _asked, deadline.Token);
        SocketReceiveFromResult question = await udp.ReceiveFromAsync(buffer, SocketFlags.None, new IPEndPoint(IPAddress.Any, 0), deadline.Token);
        await udp.SendToAsync("here"u8.ToArray(), SocketFlags.None, question.RemoteEndPoint, deadline.Token);
        SocketReceiveFromResult answer = await client.ReceiveFromAsync(buffer, SocketFlags.None, new IPEndPoint(IPAddress.Any, 0), deadline.Token);
        Assert.Equal(("here", _asked), (Encoding.UTF8.GetString(buffer, 0, answer.ReceivedBytes), (IPEndPoint)answer.RemoteEndPoint));

        using Socket stream = In(_sandbox, () => new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp));
        await stream.ConnectAsync(_asked, deadline.Token);
        using Socket accepted = await tcp.AcceptAsync(deadline.Token);
        await accepted.SendAsync("there"u8.ToArray(), deadline.Token);
        Assert.Equal(5, await stream.ReceiveAsync(buffer, deadline.Token));

        // The container's own server is asked by any other address.
        using Socket other = Bound(SocketType.Dgram, new IPEndPoint(IPAddress.Any, 0));
        await other.SendToAsync("mine"u8.ToArray(), SocketFlags.None, new IPEndPoint(IPAddress.Loopback, 53), deadline.Token);
        Assert.Equal(4, (await own.ReceiveFromAsync(buffer, SocketFlags.None, new IPEndPoint(IPAddress.Any, 0), deadline.Token)).ReceivedBytes);
    }

    private void Install(bool byProgram, ushort udp, ushort tcp)
    {
        if (byProgram)
        {
            In(_sandbox, () =>
            {
                IptablesTool tool = IptablesTool.FindWorking(isIPv6: false)!;
                tool.Restore(ResolverRedirect.Text(tool.Save("nat"), udp, tcp));
            });
        }
        else
        {
            ResolverRedirect.Install(_sandbox.Handle, udp, tcp);
        }
    }

    private static ushort PortOf(Socket socket) => (ushort)((IPEndPoint)socket.LocalEndPoint!).Port;

    private Socket Bound(SocketType type, IPEndPoint at)
    {
        Socket socket = In(_sandbox, () => new Socket(AddressFamily.InterNetwork, type, type == SocketType.Dgram ? ProtocolType.Udp : ProtocolType.Tcp));
        socket.Bind(at);
        return socket;
    }
}
