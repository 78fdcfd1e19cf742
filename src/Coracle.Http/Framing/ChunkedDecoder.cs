namespace Coracle.Http;

/// <summary>RFC 9112 §7.1, read strictly: hexadecimal sizes of at most 15 digits, CRLF only, extensions and trailers bounded and dropped.</summary>
internal sealed class ChunkedDecoder(BufferedInput input)
{
    /// <summary>A size line with its extensions, or one trailer line.</summary>
    internal const int MaxLineBytes = 4096;

    internal const int MaxTrailerLines = 64;

    /// <summary>15 hexadecimal digits stay below 2^60: no sum with them overflows.</summary>
    private const int MaxSizeDigits = 15;

    private long _left;
    private bool _afterChunk;
    private bool _ended;

    /// <returns>0 at the end of the body, after its trailers.</returns>
    public async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        if (_left == 0 && !_ended)
        {
            await BeginChunkAsync(cancellationToken);
        }

        if (_ended || buffer.IsEmpty)
        {
            return 0;
        }

        int read = await input.ReadAsync(buffer[..(int)Math.Min(buffer.Length, _left)], cancellationToken);
        _left -= read;
        return read > 0 ? read : throw Truncated();
    }

    private async ValueTask BeginChunkAsync(CancellationToken cancellationToken)
    {
        if (_afterChunk)
        {
            if (await FindLineAsync(cancellationToken) != 0)
            {
                throw new HttpFormatException(400, "malformed chunk: more bytes than its size");
            }

            input.Consume(2);
        }

        int length = await FindLineAsync(cancellationToken);
        _left = ParseSize(input.Unread[..length]);
        input.Consume(length + 2);
        _afterChunk = true;
        if (_left == 0)
        {
            await SkipTrailersAsync(cancellationToken);
            _ended = true;
        }
    }

    internal static long ParseSize(ReadOnlySpan<byte> line)
    {
        int end = line.IndexOf((byte)';');
        ReadOnlySpan<byte> digits = (end < 0 ? line : line[..end]).TrimEnd(" \t"u8);
        if (digits.Length is 0 or > MaxSizeDigits || !FieldText.IsFieldValue(line))
        {
            throw new HttpFormatException(400, "malformed chunk size");
        }

        long size = 0;
        foreach (byte digit in digits)
        {
            size = (size << 4) + digit switch
            {
                >= (byte)'0' and <= (byte)'9' => digit - '0',
                >= (byte)'a' and <= (byte)'f' => digit - 'a' + 10,
                >= (byte)'A' and <= (byte)'F' => digit - 'A' + 10,
                _ => throw new HttpFormatException(400, "malformed chunk size"),
            };
        }

        return size;
    }

    private async ValueTask SkipTrailersAsync(CancellationToken cancellationToken)
    {
        for (int lines = 0; lines < MaxTrailerLines; lines++)
        {
            int end = await FindLineAsync(cancellationToken);
            input.Consume(end + 2);
            if (end == 0)
            {
                return;
            }
        }

        throw new HttpFormatException(431, $"more than {MaxTrailerLines} trailers");
    }

    /// <returns>The length of the next line without its CRLF; the whole line is buffered when this returns.</returns>
    private async ValueTask<int> FindLineAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            // A line that is too long is refused however it arrives: whole at once, or byte by byte.
            int seen = Math.Min(input.Unread.Length, MaxLineBytes + 2);
            int end = EndOfLine(input.Unread[..seen]);
            if (end >= 0)
            {
                return end;
            }

            if (seen == MaxLineBytes + 2)
            {
                throw new HttpFormatException(400, "chunk line too long");
            }

            if (!await input.FillAsync(MaxLineBytes * 2, cancellationToken))
            {
                throw Truncated();
            }
        }
    }

    private static int EndOfLine(ReadOnlySpan<byte> bytes)
    {
        int end = bytes.IndexOfAny((byte)'\r', (byte)'\n');
        if (end < 0 || (end + 1 == bytes.Length && bytes[end] == '\r'))
        {
            return -1;
        }

        return bytes[end] == '\r' && bytes[end + 1] == '\n' ? end : throw new HttpFormatException(400, "malformed chunk line");
    }

    private static HttpFormatException Truncated() => new(400, "the connection ended inside a chunked body");
}
