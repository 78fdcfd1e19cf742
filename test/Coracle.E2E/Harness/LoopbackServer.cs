using System.Net;
using System.Net.Sockets;

namespace Coracle.E2E;

/// <summary>A server of a test's own on a free loopback port; what it does with a connection is the test's.</summary>
internal abstract class LoopbackServer : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private Task _loop = Task.CompletedTask;

    public string Address => _listener.LocalEndpoint.ToString()!;

    protected CancellationToken Stopping => _stop.Token;

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await _loop;
        _stop.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>The last thing of a constructor: connections come from here on.</summary>
    protected void Start()
    {
        _listener.Start();
        _loop = AcceptAsync();
    }

    /// <summary>Serves one connection to its end. Must not throw.</summary>
    protected abstract Task ServeAsync(Socket socket);

    private async Task AcceptAsync()
    {
        var open = new List<Task>();
        try
        {
            while (true)
            {
                open.Add(ServeAsync(await _listener.AcceptSocketAsync(_stop.Token)));
            }
        }
        catch (Exception stopped) when (stopped is OperationCanceledException or SocketException or InvalidOperationException)
        {
            // InvalidOperationException: it was stopped between two calls.
            await Task.WhenAll(open);
        }
    }
}
