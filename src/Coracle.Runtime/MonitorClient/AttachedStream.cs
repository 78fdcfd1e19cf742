using System.Net.Sockets;

namespace Coracle.Runtime;

/// <summary>
/// One client's connection to a container's streams. Reads give output: Docker's frames (8-byte header, then payload), or raw
/// bytes with a tty; 0 is the end of output. Writes are standard input.
/// </summary>
public sealed class AttachedStream : IAsyncDisposable, IDisposable
{
    private readonly Socket _socket;

    internal AttachedStream(Socket socket, LogPosition? logEnd)
    {
        _socket = socket;
        LogEnd = logEnd;
    }

    /// <summary>
    /// Where the log ended when the stream began, if it was asked for: what is before it and what is read here are together all
    /// of the output, each byte once. Null from a monitor of an earlier version.
    /// </summary>
    public LogPosition? LogEnd { get; }

    /// <returns>0 when the container's output has ended, or when this client was too slow for too long and was cut.</returns>
    public async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        try
        {
            return await _socket.ReceiveAsync(buffer, SocketFlags.None, cancellationToken);
        }
        catch (SocketException failure) when (failure.SocketErrorCode is SocketError.ConnectionReset or SocketError.Shutdown)
        {
            return 0; // how the kernel says that input was still on its way when the monitor closed; all output has been read by then
        }
    }

    /// <exception cref="IOException">The container takes no more input: it has ended.</exception>
    public async ValueTask WriteAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken)
    {
        try
        {
            await MonitorHandshake.SendAllAsync(_socket, data, cancellationToken);
        }
        catch (SocketException failure)
        {
            throw new IOException("the container takes no more input", failure);
        }
    }

    /// <summary>The client's half-close: the end of standard input. Output goes on.</summary>
    public void CompleteWrites()
    {
        try
        {
            _socket.Shutdown(SocketShutdown.Send);
        }
        catch (SocketException)
        {
            // The monitor has closed already: there is nobody left to tell.
        }
    }

    public void Dispose() => _socket.Dispose();

    public ValueTask DisposeAsync()
    {
        _socket.Dispose();
        return ValueTask.CompletedTask;
    }
}
