using static Coracle.Lzma.LzmaModel;

namespace Coracle.Lzma;

/// <summary>LZMA2 as small as it gets: what liblzma's <c>-9e</c> makes, about. Can be used again and again; not by two threads at a time.</summary>
/// <remarks>
/// Deterministic: same bytes, same options, same stream, on every machine. Memory beside the caller's bytes: twelve times the dictionary
/// (or the bytes, where they are less) and 1.2 MiB, kept from one stream to the next.
/// </remarks>
public sealed class Lzma2Encoder
{
    /// <summary>No symbol takes more than 20 bytes: a chunk ends before the next one could be too much.</summary>
    private const int LongestSymbol = 20;

    /// <summary>Of a chunk that is not packed: two or three bytes less than that of one that is.</summary>
    private const int StoredHeaderLength = 3;

    private const int TriedLength = 1024 * 1024;
    private const int TriedParts = 16;

    private readonly MatchFinder _finder = new();
    private readonly LzmaCoder _coder = new();
    private readonly LzmaPrices _prices;
    private readonly LzmaParser _parser;
    private Reset _reset;
    private int _refreshed;

    public Lzma2Encoder()
    {
        _prices = new LzmaPrices(_coder);
        _parser = new LzmaParser(_coder, _prices, _finder);
    }

    /// <summary>What the next chunk has to begin anew, as its control byte says it.</summary>
    private enum Reset
    {
        Nothing = 0x80,
        State = 0xa0,
        Properties = 0xc0,
        Dictionary = 0xe0,
    }

    /// <param name="output">Written chunk by chunk; the stream ends with its end mark.</param>
    public void Encode(ReadOnlySpan<byte> plain, in Lzma2Options options, Stream output)
    {
        _finder.Start(plain.Length, options);
        _parser.Start(options);
        _coder.SetProperties(options);
        _coder.Reset();
        (_reset, _refreshed) = (Reset.Dictionary, -1);
        for (int at = 0; at < plain.Length;)
        {
            int start = at;
            at = EncodeChunk(plain, at, options.DictionaryLength);
            WriteChunk(plain[start..at], options.Properties, output);
        }

        output.WriteByte(0);
    }

    /// <summary>Tries the settings that ever pay, and writes the smallest of what comes out.</summary>
    /// <param name="dictionaryLength">As in <see cref="Lzma2Options"/>.</param>
    /// <remarks>
    /// Of long streams 1 MiB is tried, from sixteen places (one place alone chose wrongly: differences of programs are not alike all the
    /// way), then all is packed once. Memory: that, and twice its packed bytes.
    /// </remarks>
    public void EncodeSmallest(ReadOnlySpan<byte> plain, int dictionaryLength, Stream output)
    {
        bool isLong = plain.Length > 2 * TriedLength;
        ReadOnlySpan<byte> tried = isLong ? Parts(plain) : plain;
        MemoryStream smallest = new(), other = new();
        Lzma2Options best = default;
        foreach (int setting in (ReadOnlySpan<int>)[302, 300, 22, 400, 0])
        {
            Lzma2Options options = new(dictionaryLength, setting / 100, setting / 10 % 10, setting % 10);
            other.SetLength(0);
            Encode(tried, options, other);
            if (smallest.Length == 0 || other.Length < smallest.Length)
            {
                (smallest, other, best) = (other, smallest, options);
            }
        }

        if (isLong)
        {
            Encode(plain, best, output);
        }
        else
        {
            smallest.WriteTo(output);
        }
    }

    private static byte[] Parts(ReadOnlySpan<byte> plain)
    {
        const int Length = TriedLength / TriedParts;
        byte[] parts = new byte[TriedLength];
        for (int i = 0; i < TriedParts; i++)
        {
            // At a multiple of sixteen: settings are about positions, too.
            int from = (int)((long)(plain.Length - Length) * i / (TriedParts - 1)) & -PositionStates;
            plain.Slice(from, Length).CopyTo(parts.AsSpan(i * Length));
        }

        return parts;
    }

    /// <returns>The place behind the chunk.</returns>
    private int EncodeChunk(ReadOnlySpan<byte> plain, int at, int dictionaryLength)
    {
        int last = Math.Min(plain.Length, at + MaxPlainChunk - MaxMatch);
        _coder.Range.Start();
        while (at < last && _coder.Range.Length <= MaxPackedChunk - LongestSymbol)
        {
            if (!_parser.Next(out int length, out int distance))
            {
                RefreshPrices(dictionaryLength);
                _parser.Parse(plain, at);
                continue;
            }

            _coder.Write(plain, at, length, distance);
            at += Math.Max(length, 1);
        }

        return at;
    }

    /// <summary>While a model is young it changes much.</summary>
    private void RefreshPrices(int dictionaryLength)
    {
        int written = _coder.Written;
        if (_refreshed < 0 || written < _refreshed || written - _refreshed >= Math.Min(written >> 2, 128))
        {
            _prices.Refresh(dictionaryLength);
            _refreshed = written;
        }
    }

    private void WriteChunk(ReadOnlySpan<byte> plain, byte properties, Stream output)
    {
        ReadOnlySpan<byte> packed = _coder.Range.Finish();
        Span<byte> header = stackalloc byte[6];
        int headerLength = _reset >= Reset.Properties ? 6 : 5;
        if (packed.Length + headerLength > plain.Length + StoredHeaderLength)
        {
            // The decoder's model does not see what is stored: the next chunk begins with a new one.
            header[0] = (byte)(_reset == Reset.Dictionary ? 1 : 2);
            Length(header[1..], plain.Length - 1);
            output.Write(header[..StoredHeaderLength]);
            output.Write(plain);
            _reset = _reset >= Reset.Properties ? Reset.Properties : Reset.State;
            _coder.Reset();
            return;
        }

        header[0] = (byte)((int)_reset | ((plain.Length - 1) >> 16));
        Length(header[1..], plain.Length - 1);
        Length(header[3..], packed.Length - 1);
        header[5] = properties;
        output.Write(header[..headerLength]);
        output.Write(packed);
        _reset = Reset.Nothing;
    }

    private static void Length(Span<byte> header, int length) => System.Buffers.Binary.BinaryPrimitives.WriteUInt16BigEndian(header, (ushort)length);
}
