using System.Net.Sockets;
using Coracle.Runtime;

namespace Coracle.Core;

/// <summary>What an attaching client asked for.</summary>
/// <param name="SinceLog">The output since the end of the log, which the client gets first.</param>
public sealed record AttachWish(bool Stdin, bool Stdout, bool Stderr, bool SinceLog = false);

/// <summary>
/// One attaching client's place: taken before its answer goes out, connected when the process exists. Disposing gives up the
/// place or the connection.
/// </summary>
public sealed class AttachTicket : IDisposable
{
    private readonly TaskCompletionSource<IAttachedStream?> _connected = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private readonly CancellationTokenSource _gone = new();

    private readonly AttachWish _wish;

    private readonly Action<AttachTicket> _withdraw;

    private readonly Lock _lock = new();

    private IAttachedStream? _stream;

    private bool _disposed;

    internal AttachTicket(AttachWish wish, Action<AttachTicket> withdraw)
    {
        _wish = wish;
        _withdraw = withdraw;
    }

    /// <summary>Null when the container did not come to run, or was gone before the connection stood.</summary>
    public Task<IAttachedStream?> Connected => _connected.Task;

    /// <summary>Why there is no stream although there is a process: its monitor did not answer.</summary>
    internal EngineException? Refusal { get; private set; }

    /// <summary>Never throws: a client that cannot be connected must not keep the container from starting.</summary>
    internal async Task ConnectAsync(IContainerTask task, CancellationToken cancellationToken)
    {
        IAttachedStream? stream = null;
        try
        {
            stream = await task.AttachAsync(new AttachOptions(_wish.Stdin, _wish.Stdout, _wish.Stderr, _wish.SinceLog), cancellationToken);
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The process ended between the asking and the connecting: the client sees an empty stream.
        }
        catch (EngineException silent)
        {
            Refusal = silent;
        }

        _connected.TrySetResult(stream is not null && TryKeep(stream) ? stream : null);
    }

    internal void Fail() => _connected.TrySetResult(null);

    private bool TryKeep(IAttachedStream stream)
    {
        lock (_lock)
        {
            if (!_disposed)
            {
                _stream = stream;
                return true;
            }
        }

        stream.Dispose(); // the client left meanwhile
        return false;
    }

    public void Dispose()
    {
        _withdraw(this);
        lock (_lock)
        {
            _disposed = true;
        }

        _stream?.Dispose();
        Fail();
    }
}
