using System.Net.Sockets;

namespace Coracle.Runtime;

/// <summary>
/// One client's connection to a container's streams. Reads give output: Docker's frames (8-byte header, then payload), or raw
/// bytes with a tty; 0 is the end of output. Writes are standard input.
/// </summary>
public sealed class AttachedStream : IAsyncDisposable, IDisposable
{
    private readonly Socket _socket;

    internal AttachedStream(Socket socket) => _socket = socket;

    public ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken)
        => _socket.ReceiveAsync(buffer, SocketFlags.None, cancellationToken);

    public async ValueTask WriteAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken)
    {
        while (!data.IsEmpty)
        {
            data = data[await _socket.SendAsync(data, SocketFlags.None, cancellationToken)..];
        }
    }

    /// <summary>The client's half-close: the end of standard input. Output goes on.</summary>
    public void CompleteWrites() => _socket.Shutdown(SocketShutdown.Send);

    public void Dispose() => _socket.Dispose();

    public ValueTask DisposeAsync()
    {
        _socket.Dispose();
        return ValueTask.CompletedTask;
    }
}
