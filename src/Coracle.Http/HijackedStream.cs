using System.Net.Sockets;

namespace Coracle.Http;

/// <summary>
/// A connection that has left HTTP: plain bytes both ways, each direction ending for itself. Reading gives 0 when the other
/// end has closed its writing side; writing goes on until <see cref="CompleteWritesAsync"/>. Disposing closes the connection.
/// </summary>
/// <remarks>One reader and one writer at a time; the two may run together.</remarks>
public sealed class HijackedStream : Stream
{
    private readonly Stream _connection;
    private readonly BufferedInput _input;
    private readonly MessageBody? _body;

    /// <param name="body">A request body still under way that stands for the client's bytes, where there was no upgrade.</param>
    internal HijackedStream(Stream connection, BufferedInput input, MessageBody? body = null)
    {
        _connection = connection;
        _input = input;
        _body = body;
    }

    public override bool CanRead => true;

    public override bool CanWrite => true;

    public override bool CanSeek => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <returns>0 when the other end has half-closed. It may still be reading.</returns>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        try
        {
            return await (_body?.ReadAsync(buffer, cancellationToken) ?? _input.ReadAsync(buffer, cancellationToken));
        }
        catch (IOException e) when (e.InnerException is SocketException { SocketErrorCode: SocketError.ConnectionReset })
        {
            // A client that dies with our output unread resets the connection: for its input that is the end, too.
            return 0;
        }
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken)
        => ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    /// <summary>Sent at once; nothing is held back for a flush.</summary>
    /// <exception cref="ConnectionLostException">The other end is gone.</exception>
    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        try
        {
            await _connection.WriteAsync(buffer, cancellationToken);
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            throw new ConnectionLostException("the other end of the stream is gone", e);
        }
    }

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken)
        => WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    /// <summary>Tells the other end that no more will come (SHUT_WR). Reading goes on.</summary>
    public async ValueTask CompleteWritesAsync()
    {
        try
        {
            await HalfClose.WritesAsync(_connection);
        }
        catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException)
        {
            // Whoever is gone need not be told that nothing more will come.
        }
    }

    /// <summary>
    /// Whether the other end has closed both directions. Reading cannot tell: it is at its end after a half-close, too. Known of
    /// unix sockets at once, of TCP only after something was written.
    /// </summary>
    public bool IsGone
    {
        get
        {
            if (_connection is not NetworkStream { Socket: var socket })
            {
                return false;
            }

            try
            {
                socket.Send(ReadOnlySpan<byte>.Empty, SocketFlags.None); // nothing is sent, and EPIPE says that nobody could receive it
                return false;
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                return true;
            }
        }
    }

    public override void Flush()
    {
    }

    public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public override int Read(byte[] buffer, int offset, int count)
        => throw new NotSupportedException("a connection is read asynchronously");

    public override void Write(byte[] buffer, int offset, int count)
        => throw new NotSupportedException("a connection is written asynchronously");

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _input.Dispose();
            _connection.Dispose();
        }

        base.Dispose(disposing);
    }
}
