namespace Coracle.Linux;

/// <summary>What one call of <see cref="Inflater.Inflate"/> came to.</summary>
public enum InflateOutcome
{
    /// <summary>It wants more input, or more room.</summary>
    More,

    /// <summary>It stands between two blocks: <see cref="Inflater.UnusedBits"/> says where.</summary>
    Boundary,

    /// <summary>The stream is over.</summary>
    End,

    Damaged,
}

/// <summary>One raw deflate stream (RFC 1951), which can be left between two blocks and begun there again.</summary>
/// <remarks>Memory: zlib's state and a window of 32 KiB, about 40 KiB together.</remarks>
public sealed unsafe class Inflater : IDisposable
{
    /// <summary>How far back a block may refer.</summary>
    public const int WindowLength = 32 * 1024;

    private const int RawWindowBits = -15;
    private const int BoundaryFlag = 128;
    private const int LastBlockFlag = 64;

    // Its state points back to it, so it may not move: unmanaged, and freed with it.
    private LibZ.z_stream* _stream;

    public Inflater()
    {
        _stream = (LibZ.z_stream*)System.Runtime.InteropServices.NativeMemory.AllocZeroed((nuint)sizeof(LibZ.z_stream));
        if (LibZ.inflateInit2_(_stream, RawWindowBits, LibZ.zlibVersion(), sizeof(LibZ.z_stream)) != LibZ.Z_OK)
        {
            System.Runtime.InteropServices.NativeMemory.Free(_stream);
            throw new InvalidOperationException("libz is of another version than its header");
        }
    }

    /// <summary>After <see cref="InflateOutcome.Boundary"/>: bits of the last byte read that belong to the next block, its upper ones.</summary>
    public int UnusedBits => _stream->data_type & 7;

    /// <summary>Begins a new stream.</summary>
    public void Reset() => _ = LibZ.inflateReset2(_stream, RawWindowBits);

    /// <summary>Begins in the middle of one. Before anything else.</summary>
    /// <param name="bits">0 to 7.</param>
    /// <param name="lastByte">The byte that those bits are the upper ones of.</param>
    /// <param name="window">The last bytes of what was inflated, up to <see cref="WindowLength"/>.</param>
    public void Resume(int bits, byte lastByte, ReadOnlySpan<byte> window)
    {
        if (bits > 0)
        {
            _ = LibZ.inflatePrime(_stream, bits, lastByte >> (8 - bits));
        }

        fixed (byte* start = window)
        {
            _ = LibZ.inflateSetDictionary(_stream, start, (uint)window.Length);
        }
    }

    /// <param name="stopAtBoundary">Returns between two blocks, where this can be left.</param>
    public InflateOutcome Inflate(ReadOnlySpan<byte> input, Span<byte> output, bool stopAtBoundary, out int read, out int written)
    {
        fixed (byte* from = input, to = output)
        {
            _stream->next_in = from;
            _stream->avail_in = (uint)input.Length;
            _stream->next_out = to;
            _stream->avail_out = (uint)output.Length;
            int result = LibZ.inflate(_stream, stopAtBoundary ? LibZ.Z_BLOCK : LibZ.Z_NO_FLUSH);
            read = input.Length - (int)_stream->avail_in;
            written = output.Length - (int)_stream->avail_out;
            _stream->next_in = _stream->next_out = null;
            return result switch
            {
                LibZ.Z_STREAM_END => InflateOutcome.End,
                LibZ.Z_OK or LibZ.Z_BUF_ERROR => (_stream->data_type & (BoundaryFlag | LastBlockFlag)) == BoundaryFlag && stopAtBoundary
                    ? InflateOutcome.Boundary : InflateOutcome.More,
                _ => InflateOutcome.Damaged,
            };
        }
    }

    /// <summary>gzip's checksum, going on from another.</summary>
    public static uint Crc32(uint crc, ReadOnlySpan<byte> bytes)
    {
        fixed (byte* start = bytes)
        {
            // With a null pointer libz gives the initial value, whatever the checksum so far.
            return bytes.IsEmpty ? crc : (uint)LibZ.crc32(crc, start, (uint)bytes.Length);
        }
    }

    public void Dispose()
    {
        if (_stream is not null)
        {
            _ = LibZ.inflateEnd(_stream);
            System.Runtime.InteropServices.NativeMemory.Free(_stream);
            _stream = null;
        }
    }
}
