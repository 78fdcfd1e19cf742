using System.Buffers;

namespace Coracle.Http;

/// <summary>
/// What has been read from the connection and not been used yet. The buffer is rented while there is something in it
/// and given back when there is not: an idle connection holds none. One reader at a time.
/// </summary>
internal sealed class BufferedInput(Stream stream) : IDisposable
{
    private const int FirstBytes = 4096;

    private byte[]? _buffer;
    private int _start;
    private int _end;

    public ReadOnlySpan<byte> Unread => _buffer.AsSpan(_start, _end - _start);

    public bool IsEmpty => _start == _end;

    public void Consume(int count)
    {
        _start += count;
        if (_start == _end)
        {
            Dispose();
        }
    }

    /// <summary>Reads more behind what is there.</summary>
    /// <param name="limit">How many unread bytes there may be at most; more is a <see cref="HttpFormatException"/> 431.</param>
    /// <returns>False when the other end has closed.</returns>
    public async ValueTask<bool> FillAsync(int limit, CancellationToken cancellationToken)
    {
        MakeRoom(limit);
        int read = await stream.ReadAsync(_buffer.AsMemory(_end), cancellationToken);
        _end += read;
        return read > 0;
    }

    /// <summary>What is buffered, else straight from the connection: a body's bytes are not copied twice.</summary>
    public ValueTask<int> ReadAsync(Memory<byte> destination, CancellationToken cancellationToken)
    {
        if (IsEmpty)
        {
            return stream.ReadAsync(destination, cancellationToken);
        }

        int count = Math.Min(destination.Length, _end - _start);
        Unread[..count].CopyTo(destination.Span);
        Consume(count);
        return ValueTask.FromResult(count);
    }

    public void Dispose()
    {
        if (_buffer is not null)
        {
            ArrayPool<byte>.Shared.Return(_buffer);
        }

        _buffer = null;
        _start = _end = 0;
    }

    private void MakeRoom(int limit)
    {
        _buffer ??= ArrayPool<byte>.Shared.Rent(FirstBytes);
        if (_end < _buffer.Length)
        {
            return;
        }

        int count = _end - _start;
        if (count >= limit)
        {
            throw new HttpFormatException(431, $"more than {limit} bytes before the end of a message part");
        }

        byte[] target = _start > 0 ? _buffer : ArrayPool<byte>.Shared.Rent(Math.Min(limit, _buffer.Length * 2));
        Unread.CopyTo(target);
        if (!ReferenceEquals(target, _buffer))
        {
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = target;
        }

        (_start, _end) = (0, count);
    }
}
