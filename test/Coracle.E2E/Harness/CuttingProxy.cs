using System.Net;
using System.Net.Sockets;

namespace Coracle.E2E;

/// <summary>A bad line to a registry: each connection ends after so many bytes, or falls silent.</summary>
internal sealed class CuttingProxy : LoopbackServer
{
    private readonly IPEndPoint _registry;
    private readonly int _cutAfter;
    private long _sent;
    private int _open;

    /// <param name="cutAfter">Bytes of answers on one connection.</param>
    public CuttingProxy(Registry registry, int cutAfter)
    {
        (_registry, _cutAfter) = (IPEndPoint.Parse(registry.Address), cutAfter);
        Start();
    }

    /// <summary>Bytes that went to the engine, over all connections.</summary>
    public long Sent => Interlocked.Read(ref _sent);

    public int OpenConnections => Volatile.Read(ref _open);

    /// <summary>While this is incomplete nothing is passed on after the first <see cref="HoldAfter"/> bytes of a connection.</summary>
    public Task Gate { get; set; } = Task.CompletedTask;

    public int HoldAfter { get; init; } = int.MaxValue;

    protected override async Task ServeAsync(Socket socket)
    {
        Interlocked.Increment(ref _open);
        using (socket)
        using (var registry = new Socket(SocketType.Stream, ProtocolType.Tcp))
        using (var ended = CancellationTokenSource.CreateLinkedTokenSource(Stopping))
        {
            try
            {
                await registry.ConnectAsync(_registry, ended.Token);
                Task requests = CopyAsync(socket, registry, int.MaxValue, count: false, ended.Token);
                Task answers = CopyAsync(registry, socket, _cutAfter, count: true, ended.Token);
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
