using System.Buffers;
using System.Globalization;

namespace Coracle.Http;

/// <summary>The writing side of an answer: head with the first bytes, then chunks, a counted length, or bytes up to the close.</summary>
internal sealed class ResponseBody(ServerConnection connection, HttpRequest request, HttpResponse response) : Stream
{
    /// <summary>
    /// Of one chunk. Framing and data are copied together so that a chunk is one system call, and one that wakes the reader: with 8 KiB
    /// reading a million lines back was 19,760 of them. With its framing it fits in what the pool has as 32 KiB, rented only while a
    /// write runs, so an answer that waits (logs -f, events) holds none.
    /// </summary>
    private const int MostData = (32 * 1024) - ChunkOverhead;

    /// <summary>Of the head, which goes out with the first data.</summary>
    private const int MostHead = 8 * 1024;

    /// <summary>Size line and the CRLF behind the chunk, and the last chunk.</summary>
    private const int ChunkOverhead = 32;

    private BodyKind _kind;
    private long _left;
    private bool _ended;

    public bool HasStarted { get; private set; }

    /// <summary>Whether another request can follow on this connection.</summary>
    public bool EndedWell => _ended && _kind != BodyKind.UntilClose;

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public ValueTask StartAsync(CancellationToken cancellationToken)
        => HasStarted ? ValueTask.CompletedTask : SendAsync(default, last: false, cancellationToken);

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (!buffer.IsEmpty)
        {
            int count = Math.Min(buffer.Length, MostData);
            await SendAsync(buffer[..count], last: false, cancellationToken);
            buffer = buffer[count..];
        }
    }

    /// <summary>Ends the body: the last chunk, or the check that the promised length has been written.</summary>
    public async ValueTask CompleteAsync(CancellationToken cancellationToken)
    {
        if (!_ended)
        {
            if (!HasStarted)
            {
                response.ContentLength ??= 0;
            }

            await SendAsync(default, last: true, cancellationToken);
            _ended = _kind != BodyKind.Length || _left == 0;
        }
    }

    private async ValueTask SendAsync(ReadOnlyMemory<byte> data, bool last, CancellationToken cancellationToken)
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent((HasStarted ? 0 : MostHead) + data.Length + ChunkOverhead);
        try
        {
            int count = HasStarted ? 0 : ComposeHead(buffer);
            HasStarted = true;
            count += ComposeBody(buffer.AsSpan(count), data.Span, last);
            if (count > 0)
            {
                await connection.WriteAsync(buffer.AsMemory(0, count), cancellationToken);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private int ComposeBody(Span<byte> target, ReadOnlySpan<byte> data, bool last)
    {
        if (_kind == BodyKind.None)
        {
            return 0; // HEAD, 204, 304: what a handler writes goes nowhere
        }

        if (_kind != BodyKind.Chunked)
        {
            _left -= _kind == BodyKind.Length ? data.Length : 0;
            if (_left < 0)
            {
                throw new InvalidOperationException("more body than the Content-Length of the answer");
            }

            data.CopyTo(target);
            return data.Length;
        }

        int count = data.IsEmpty ? 0 : ComposeChunk(target, data);
        if (last)
        {
            "0\r\n\r\n"u8.CopyTo(target[count..]);
            count += 5;
        }

        return count;
    }

    private static int ComposeChunk(Span<byte> target, ReadOnlySpan<byte> data)
    {
        data.Length.TryFormat(target, out int count, "x", CultureInfo.InvariantCulture);
        "\r\n"u8.CopyTo(target[count..]);
        count += 2;
        data.CopyTo(target[count..]);
        count += data.Length;
        "\r\n"u8.CopyTo(target[count..]);
        return count + 2;
    }

    private int ComposeHead(byte[] buffer)
    {
        _kind = KindOf();
        _left = response.ContentLength ?? 0;
        bool bodyless = response.Status is 204 or 304;

        HeadWriter head = new(buffer.AsSpan(0, MostHead));
        head.StatusLine(response.Status, minorVersion: 1);
        head.Fields(response.Headers);
        head.Field("Date", connection.Date());
        if (response.ContentLength is { } length && !bodyless)
        {
            head.Field("Content-Length", length);
        }
        else if (_kind == BodyKind.Chunked)
        {
            head.Field("Transfer-Encoding", "chunked");
        }

        if (_kind == BodyKind.UntilClose || !connection.MayKeep(request))
        {
            head.Field("Connection", "close");
        }
        else if (request.Head.MinorVersion == 0)
        {
            head.Field("Connection", "keep-alive");
        }

        head.End();
        return head.Length;
    }

    private BodyKind KindOf()
    {
        if (request.IsHead || response.Status is 204 or 304)
        {
            return BodyKind.None;
        }

        if (response.ContentLength is not null)
        {
            return BodyKind.Length;
        }

        return request.Head.MinorVersion == 0 ? BodyKind.UntilClose : BodyKind.Chunked;
    }

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken)
        => WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override Task FlushAsync(CancellationToken cancellationToken) => StartAsync(cancellationToken).AsTask();

    public override void Flush()
    {
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count)
        => throw new NotSupportedException("a connection is written asynchronously");

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();
}
