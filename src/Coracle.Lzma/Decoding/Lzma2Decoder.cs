using static Coracle.Lzma.LzmaModel;

namespace Coracle.Lzma;

/// <summary>LZMA2: chunks, stored or compressed, that share one dictionary. Can be started again and again.</summary>
/// <remarks>
/// Memory: the dictionary, a packed chunk (64 KiB) and the model's probabilities (28 KiB at most), all kept from one start to the next.
/// What <see cref="Read"/> throws for damaged input is <see cref="LzmaFormatException"/>; a decoder that has thrown wants a new start.
/// </remarks>
public sealed class Lzma2Decoder
{
    private readonly LzmaDecoder _lzma = new();
    private readonly MemoryInput _memory = new();
    private ILzma2Input _input;
    private byte[] _dictionary = [];
    private int _length;   // what is used of it: the decoder wants some bytes more than are said
    private int _at;
    private bool _isWrapped;
    private int _position;   // since the dictionary was reset; it may run over, since only its lowest bits matter
    private int _chunkLeft;
    private bool _isStored;
    private bool _needsDictionary;
    private bool _needsProperties;
    private bool _needsState;
    private bool _ended;

    public Lzma2Decoder()
    {
        (_input, _ended) = (_memory, true);
    }

    /// <param name="dictionaryLength">Bytes, at least 1: what the encoder was told, or more. Allocated here, unless the last one was as long.</param>
    /// <param name="input">Not owned; read from now on, up to the end mark and no further.</param>
    public void Start(int dictionaryLength, ILzma2Input input)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(dictionaryLength, 1);
        _length = dictionaryLength + LzmaDecoder.CopyLength;
        _dictionary = _dictionary.Length >= _length ? _dictionary : new byte[_length];
        (_input, _at, _chunkLeft) = (input, 0, 0);
        (_needsDictionary, _needsProperties, _needsState, _ended) = (true, true, true, false);
    }

    /// <summary>The same, of a stream that is in memory as a whole. Bytes behind its end mark are not looked at.</summary>
    public void Start(int dictionaryLength, ReadOnlyMemory<byte> packed)
    {
        _memory.Left = packed;
        Start(dictionaryLength, _memory);
    }

    /// <returns>0 at the end mark only (or where there is no room in <paramref name="plain"/>).</returns>
    /// <exception cref="LzmaFormatException">The input is damaged, or ends before its end mark.</exception>
    public int Read(Span<byte> plain)
    {
        int count = 0;
        while (count < plain.Length && (_chunkLeft > 0 || NextChunk()))
        {
            count += Fill(plain[count..]);
        }

        return count;
    }

    /// <summary>More of the chunk into the dictionary, up to its edge, and from there to the reader.</summary>
    private int Fill(Span<byte> plain)
    {
        Span<byte> ring = _dictionary.AsSpan(0, _length);
        int count = Math.Min(Math.Min(plain.Length, _chunkLeft), ring.Length - _at);
        if (_isStored)
        {
            ReadExactly(ring.Slice(_at, count));
        }
        else
        {
            _lzma.Decode(ring, _at, _at + count, _position, _isWrapped);
        }

        ring.Slice(_at, count).CopyTo(plain);
        (_at, _position, _chunkLeft) = (_at + count, unchecked(_position + count), _chunkLeft - count);
        if (_at == ring.Length)
        {
            (_at, _isWrapped) = (0, true);
        }

        if (_chunkLeft == 0 && !_isStored && !_lzma.IsAtEnd)
        {
            throw new LzmaFormatException("a chunk has another length than it says");
        }

        return count;
    }

    /// <returns>False at the end mark.</returns>
    private bool NextChunk()
    {
        if (_ended)
        {
            return false;
        }

        Span<byte> header = stackalloc byte[5];
        int control = ReadHeader(header[..1]);
        if (control == 0)
        {
            _ended = true;
            return false;
        }

        ResetDictionary(control is 1 or >= 0xe0);
        if (control < 0x80)
        {
            _isStored = control <= 2 ? true : throw new LzmaFormatException("bad chunk");
            _chunkLeft = Math.Min(ReadHeader(header[..2]) + 1, MaxPackedChunk);
            // What follows may not go on with a state from before.
            _needsState = true;
            return true;
        }

        StartCompressed(control, header);
        return true;
    }

    private void StartCompressed(int control, Span<byte> header)
    {
        _isStored = false;
        _chunkLeft = ((control & 0x1f) << 16) + ReadHeader(header[..2]) + 1;
        int packed = ReadHeader(header[..2]) + 1;
        int reset = (control >> 5) & 3;
        if (reset >= 2)
        {
            _lzma.SetProperties((byte)ReadHeader(header[..1]));
            _needsProperties = false;
        }

        if (_needsProperties || (_needsState && reset == 0))
        {
            throw new LzmaFormatException("a chunk goes on with a state that there is not");
        }

        if (reset > 0)
        {
            _lzma.Reset();
            _needsState = false;
        }

        ReadExactly(_lzma.Packed(packed));
        _lzma.Start();
    }

    private void ResetDictionary(bool isReset)
    {
        if (isReset)
        {
            (_at, _isWrapped, _position, _needsDictionary) = (0, false, 0, false);
            // The byte before the first one counts as 0.
            _dictionary[_length - 1] = 0;
        }
        else if (_needsDictionary)
        {
            throw new LzmaFormatException("the first chunk does not reset the dictionary");
        }
    }

    private int ReadHeader(Span<byte> bytes)
    {
        ReadExactly(bytes);
        int number = 0;
        foreach (byte b in bytes)
        {
            number = (number << 8) | b;
        }

        return number;
    }

    private void ReadExactly(Span<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            int read = _input.Read(bytes);
            bytes = read > 0 ? bytes[read..] : throw new LzmaFormatException("unexpected end of the data");
        }
    }

    private sealed class MemoryInput : ILzma2Input
    {
        public ReadOnlyMemory<byte> Left { get; set; }

        public int Read(Span<byte> bytes)
        {
            int count = Math.Min(bytes.Length, Left.Length);
            Left.Span[..count].CopyTo(bytes);
            Left = Left[count..];
            return count;
        }
    }
}
