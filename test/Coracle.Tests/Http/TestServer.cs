using System.Net;
using System.Net.Sockets;
using System.Text;
using Coracle.Http;
using Microsoft.Extensions.Logging.Abstractions;

namespace Coracle.Tests.Http;

/// <summary>A server on an abstract unix socket or on loopback, and raw clients of it.</summary>
internal sealed class TestServer : IAsyncDisposable
{
    public static readonly TimeSpan Deadline = TimeSpan.FromSeconds(20);

    private readonly EndPoint _address;
    private readonly HttpServer _server;
    private readonly Task _accepting;

    public TestServer(Func<HttpRequest, HttpResponse, Task> handler, HttpServerOptions? options = null, bool tcp = false)
    {
        EndPoint address = tcp ? new IPEndPoint(IPAddress.Loopback, 0) : new UnixDomainSocketEndPoint("\0coracle-test-" + Guid.NewGuid().ToString("N"));
        Socket listener = NewSocket(address);
        listener.Bind(address);
        listener.Listen();
        _address = tcp ? listener.LocalEndPoint! : address;
        _server = new HttpServer(
            options ?? new() { StopGrace = TimeSpan.FromSeconds(5) }, handler, NullLogger.Instance);
        _accepting = _server.AcceptAsync(listener);
    }

    public HttpServer Server => _server;

    public async Task<RawClient> ConnectAsync()
    {
        Socket socket = NewSocket(_address);
        await socket.ConnectAsync(_address);
        return new RawClient(socket);
    }

    public async Task<HttpClientConnection> ConnectClientAsync(HttpClientLimits? limits = null)
        => new((await ConnectAsync()).Stream, limits);

    /// <summary>Sends these bytes on a connection of their own and returns all that comes back until the server closes.</summary>
    public async Task<string> TalkAsync(string request)
    {
        using RawClient client = await ConnectAsync();
        await client.SendAsync(request);
        client.EndWrites();
        return await client.ReadToEndAsync();
    }

    /// <summary>Returns when the server holds no connection any more.</summary>
    public async Task EmptyAsync()
    {
        long deadline = Environment.TickCount64 + (long)Deadline.TotalMilliseconds;
        while (_server.ConnectionCount > 0)
        {
            Assert.True(Environment.TickCount64 < deadline, $"{_server.ConnectionCount} connections are left");
            await Task.Delay(10);
        }
    }

    private static Socket NewSocket(EndPoint address)
        => new(address.AddressFamily, SocketType.Stream, address.AddressFamily == AddressFamily.Unix ? ProtocolType.Unspecified : ProtocolType.Tcp);

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        await _accepting;
    }
}

internal sealed class RawClient(Socket socket) : IDisposable
{
    public NetworkStream Stream { get; } = new(socket, ownsSocket: true);

    public async Task SendAsync(string text) => await Stream.WriteAsync(Encoding.Latin1.GetBytes(text));

    public void EndWrites() => socket.Shutdown(SocketShutdown.Send);

    /// <summary>Leaves at once, whatever is on its way; over TCP that is a reset.</summary>
    public void Reset()
    {
        socket.LingerState = new LingerOption(true, 0);
        Dispose();
    }

    public async Task<string> ReadToEndAsync()
    {
        using CancellationTokenSource deadline = new(TestServer.Deadline);
        using MemoryStream all = new();
        await Stream.CopyToAsync(all, deadline.Token);
        return Encoding.Latin1.GetString(all.ToArray());
    }

    public async Task<string> ReadUntilAsync(string end)
    {
        using CancellationTokenSource deadline = new(TestServer.Deadline);
        StringBuilder text = new();
        byte[] one = new byte[1];
        while (!text.ToString().EndsWith(end, StringComparison.Ordinal))
        {
            if (await Stream.ReadAsync(one, deadline.Token) == 0)
            {
                throw new EndOfStreamException($"ended before '{end}': {text}");
            }

            text.Append((char)one[0]);
        }

        return text.ToString();
    }

    public void Dispose() => Stream.Dispose();
}
