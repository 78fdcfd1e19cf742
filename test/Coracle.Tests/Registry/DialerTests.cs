using System.Net;
using System.Net.Sockets;
using System.Text;
using Coracle.Dns;
using Coracle.Registry;

namespace Coracle.Tests.Registry;

public sealed class DialerTests : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);

    public DialerTests() => _listener.Start();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public void Dispose() => _listener.Dispose();

    [Theory]
    [InlineData("127.0.0.2", "127.0.0.1")]                        // refused
    [InlineData("192.0.2.1", "127.0.0.1")]                        // leads nowhere (TEST-NET-1), or to an error
    [InlineData("2001:db8::1", "127.0.0.3", "127.0.0.1")]         // a family or a network that is not here
    [InlineData("127.0.0.1", "192.0.2.1")]
    public async Task The_first_address_that_answers_is_taken(params string[] addresses)
    {
        using Socket socket = await DialerFor(addresses).DialAsync("registry.test", Port, Cancel).WaitAsync(TimeSpan.FromSeconds(10), Cancel);

        Assert.Equal(IPAddress.Loopback, ((IPEndPoint)socket.RemoteEndPoint!).Address);
    }

    [Fact]
    public async Task When_none_answers_the_first_failure_is_told()
    {
        RegistryException error = await Assert.ThrowsAsync<RegistryException>(
            () => DialerFor("127.0.0.2", "127.0.0.3").DialAsync("registry.test", Port, Cancel));

        Assert.Equal($"dial tcp 127.0.0.2:{Port}: connect: connection refused", error.Message);
    }

    [Fact]
    public async Task Giving_up_is_heard_at_once()
    {
        using CancellationTokenSource stop = new();
        Task<Socket> dialling = DialerFor("192.0.2.1").DialAsync("registry.test", Port, stop.Token);
        await stop.CancelAsync();

        await Assert.ThrowsAnyAsync<Exception>(() => dialling.WaitAsync(TimeSpan.FromSeconds(10), Cancel));
        Assert.True(dialling.IsCanceled || dialling.Exception?.InnerException is RegistryException);
    }

    /// <summary>What a server can send before anybody reads: that much more of a link is lost by a kill.</summary>
    [Fact]
    public async Task Little_waits_in_the_kernel()
    {
        using Socket socket = await DialerFor("127.0.0.1").DialAsync("registry.test", Port, Cancel);
        using Socket server = await _listener.AcceptSocketAsync(Cancel);
        server.SendBufferSize = 4096;
        server.Blocking = false;
        byte[] piece = new byte[4096];
        long sent = 0;
        while (server.Poll(TimeSpan.FromMilliseconds(200), SelectMode.SelectWrite))
        {
            sent += server.Send(piece);
        }

        Assert.InRange(sent, 64 * 1024, 640 * 1024);
    }

    private static Dialer DialerFor(params string[] addresses)
    {
        byte[] hosts = Encoding.UTF8.GetBytes(string.Concat(addresses.Select(address => address + " registry.test\n")));
        return new Dialer(new StubResolver(path => path == "/etc/hosts" ? hosts : null, TimeProvider.System), TimeProvider.System);
    }
}
