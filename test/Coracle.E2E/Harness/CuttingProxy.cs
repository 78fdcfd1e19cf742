using System.Net;
using System.Net.Sockets;

namespace Coracle.E2E;

/// <summary>A bad line to a registry: each connection ends after so many bytes, or falls silent.</summary>
internal sealed class CuttingProxy : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly IPEndPoint _registry;
    private readonly int _cutAfter;
    private readonly Task _loop;
    private long _sent;
    private int _open;

    /// <param name="cutAfter">Bytes of answers on one connection.</param>
    public CuttingProxy(Registry registry, int cutAfter)
    {
        (_registry, _cutAfter) = (IPEndPoint.Parse(registry.Address), cutAfter);
        _listener.Start();
        _loop = AcceptAsync();
    }

    public string Address => _listener.LocalEndpoint.ToString()!;

    /// <summary>Bytes that went to the engine, over all connections.</summary>
    public long Sent => Interlocked.Read(ref _sent);

    public int OpenConnections => Volatile.Read(ref _open);

    /// <summary>While this is incomplete nothing is passed on after the first <see cref="HoldAfter"/> bytes of a connection.</summary>
    public Task Gate { get; set; } = Task.CompletedTask;

    public int HoldAfter { get; init; } = int.MaxValue;

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await _loop;
        _stop.Dispose();
    }

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
        catch (Exception stopped) when (stopped is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            await Task.WhenAll(open);
        }
    }

    private async Task ServeAsync(Socket engine)
    {
        Interlocked.Increment(ref _open);
        using (engine)
        using (var registry = new Socket(SocketType.Stream, ProtocolType.Tcp))
        using (var ended = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token))
        {
            try
            {
                await registry.ConnectAsync(_registry, ended.Token);
                Task requests = CopyAsync(engine, registry, int.MaxValue, count: false, ended.Token);
                Task answers = CopyAsync(registry, engine, _cutAfter, count: true, ended.Token);
                await Task.WhenAny(requests, answers);
                await ended.CancelAsync();
                await Task.WhenAll(requests, answers);
            }
            catch (Exception over) when (over is SocketException or OperationCanceledException)
            {
                // Either side has hung up.
            }
        }

        Interlocked.Decrement(ref _open);
    }

    private async Task CopyAsync(Socket from, Socket to, int limit, bool count, CancellationToken cancellationToken)
    {
        byte[] buffer = new byte[16 * 1024];
        int copied = 0;
        while (copied < limit)
        {
            int read = await from.ReceiveAsync(buffer.AsMemory(0, Math.Min(buffer.Length, limit - copied)), cancellationToken);
            if (read == 0)
            {
                return;
            }

            if (count && copied + read > HoldAfter)
            {
                await Gate.WaitAsync(cancellationToken);
            }

            await to.SendAsync(buffer.AsMemory(0, read), cancellationToken);
            copied += read;
            if (count)
            {
                Interlocked.Add(ref _sent, read);
            }
        }
    }
}
