using Coracle.Lzma;

namespace Coracle.Delta;

/// <summary>One stream of a segment, unpacked as it is read. One object for all segments.</summary>
internal sealed class PlainStream(DeltaStream kind) : ILzma2Input
{
    private const int BufferLength = 4096;

    private readonly Lzma2Decoder _decoder = new();
    private readonly byte[] _buffer = new byte[BufferLength];
    private ReadOnlyMemory<byte> _packed;
    private int _plainLeft;
    private int _start;
    private int _end;

    /// <summary>Nothing is left of it.</summary>
    public bool IsUsedUp => _start == _end && _plainLeft == 0;

    /// <param name="packed">The packed bytes, and nothing else; empty where the plain length is 0.</param>
    public void Start(ReadOnlyMemory<byte> packed, int plainLength, int dictionaryLog)
    {
        (_packed, _plainLeft, _start, _end) = (packed, plainLength, 0, 0);
        if (plainLength > 0)
        {
            _decoder.Start(DeltaFormat.DictionaryLength(kind, plainLength, dictionaryLog), this);
        }
    }

    int ILzma2Input.Read(Span<byte> bytes)
    {
        int count = Math.Min(bytes.Length, _packed.Length);
        _packed.Span[..count].CopyTo(bytes);
        _packed = _packed[count..];
        return count;
    }

    public byte ReadByte()
    {
        if (_start == _end)
        {
            Fill();
        }

        return _buffer[_start++];
    }

    public void Read(Span<byte> bytes)
    {
        int there = Math.Min(bytes.Length, _end - _start);
        _buffer.AsSpan(_start, there).CopyTo(bytes);
        _start += there;
        for (bytes = bytes[there..]; !bytes.IsEmpty;)
        {
            bytes = bytes[Unpack(bytes)..];
        }
    }

    /// <param name="most">The number's bound.</param>
    public long ReadNumber(long most)
    {
        long value = 0;
        for (int i = 0; i < Numbers.MaxLength; i++)
        {
            byte b = ReadByte();
            value |= (long)(b & 0x7f) << (7 * i);
            if (b < 0x80)
            {
                return value <= most && (b != 0 || i == 0) ? value : throw Refused($"a number of {value}, where at most {most} may be");
            }
        }

        throw Refused("a number of more than nine bytes");
    }

    public int ReadNumber(int most) => (int)ReadNumber((long)most);

    public long ReadSigned() => Numbers.Unfold(ReadNumber(long.MaxValue));

    public DeltaFormatException Refused(string problem) => new($"stream {(int)kind}: {problem}");

    private void Fill()
    {
        _start = 0;
        _end = 0;
        _end = Unpack(_buffer);
    }

    private int Unpack(Span<byte> bytes)
    {
        bytes = bytes[..Math.Min(bytes.Length, _plainLeft)];
        if (bytes.IsEmpty)
        {
            throw Refused("it is used up too early");
        }

        int count = Decode(bytes);
        _plainLeft -= count;
        if (count == 0 || (_plainLeft == 0 && (Decode(new byte[1]) != 0 || !_packed.IsEmpty)))
        {
            throw Refused("its length is not what it says");
        }

        return count;
    }

    private int Decode(Span<byte> bytes)
    {
        try
        {
            return _decoder.Read(bytes);
        }
        catch (LzmaFormatException e)
        {
            throw Refused(e.Message);
        }
    }
}
