namespace Coracle.Storage;

/// <summary>One block: Huffman codes → move-to-front → Burrows–Wheeler → run lengths → bytes.</summary>
internal sealed class Bzip2Block
{
    private const int MaxTables = 6;
    private const int MinTables = 2;
    private const int GroupLength = 50;
    private const int RunA = 0, RunB = 1;

    private static readonly uint[] _sums = MakeSums();

    private readonly uint[] _links;
    private readonly byte[] _symbols = new byte[256];
    private readonly Bzip2Code[] _codes = [new(), new(), new(), new(), new(), new()];
    private byte[] _selectors = [];
    private int _limit;
    private int _length;
    private int _given;
    private uint _position;
    private uint _stated;
    private uint _sum;
    private int _repeats;
    private int _last;
    private int _pendingRun;

    /// <param name="capacity">Bytes of the largest block.</param>
    public Bzip2Block(int capacity) => _links = new uint[capacity];

    public int Capacity => _links.Length;

    public bool IsStarted { get; private set; }

    public void Reset(int limit)
    {
        _limit = limit;
        _length = _given = _pendingRun = 0;
        IsStarted = false;
    }

    public void Start(Bzip2Bits bits)
    {
        Reset(_limit);
        _stated = bits.Read(32);
        if (bits.ReadBit())
        {
            throw Bzip2Decoder.Broken("deprecated randomized files are not supported");
        }

        uint origin = bits.Read(24);
        int used = ReadSymbolMap(bits);
        int alphabet = used + 2;
        int selectors = ReadSelectors(bits, out int tables);
        for (int i = 0; i < tables; i++)
        {
            _codes[i].Read(bits, alphabet);
        }

        Unfold(bits, alphabet, selectors);
        Link(origin);
        (_sum, _repeats, _last, IsStarted) = (uint.MaxValue, 0, -1, true);
    }

    /// <returns>0 when the block is given out.</returns>
    public int Read(Span<byte> output)
    {
        int count = 0;
        while (count < output.Length && (_pendingRun > 0 || _given < _length))
        {
            if (_pendingRun > 0)
            {
                _pendingRun--;
                output[count++] = Sum((byte)_last);
                continue;
            }

            uint link = _links[_position];
            byte value = (byte)link;
            _position = link >> 8;
            _given++;
            if (_repeats == 4)
            {
                // After four of a kind: how many more.
                (_pendingRun, _repeats) = (value, 0);
                continue;
            }

            _repeats = value == _last ? _repeats + 1 : 1;
            _last = value;
            output[count++] = Sum(value);
        }

        return count;
    }

    /// <summary>Of what was given out, which must be all of it.</summary>
    public uint Checksum()
    {
        IsStarted = false;
        return ~_sum == _stated ? _stated : throw Bzip2Decoder.Broken("checksum mismatch");
    }

    private byte Sum(byte value)
    {
        _sum = (_sum << 8) ^ _sums[(_sum >> 24) ^ value];
        return value;
    }

    private int ReadSymbolMap(Bzip2Bits bits)
    {
        uint ranges = bits.Read(16);
        int used = 0;
        for (int range = 0; range < 16; range++)
        {
            uint members = (ranges & (0x8000u >> range)) != 0 ? bits.Read(16) : 0;
            for (int member = 0; member < 16; member++)
            {
                if ((members & (0x8000u >> member)) != 0)
                {
                    _symbols[used++] = (byte)((range * 16) + member);
                }
            }
        }

        return used > 0 ? used : throw Bzip2Decoder.Broken("no symbols in input");
    }

    private int ReadSelectors(Bzip2Bits bits, out int tables)
    {
        tables = (int)bits.Read(3);
        int count = (int)bits.Read(15);
        if (tables is < MinTables or > MaxTables || count == 0)
        {
            throw Bzip2Decoder.Broken("invalid number of Huffman trees");
        }

        _selectors = _selectors.Length >= count ? _selectors : new byte[count];
        Span<byte> order = [0, 1, 2, 3, 4, 5];
        for (int i = 0; i < count; i++)
        {
            int place = 0;
            while (bits.ReadBit())
            {
                place = place + 1 < tables ? place + 1 : throw Bzip2Decoder.Broken("tree index too large");
            }

            _selectors[i] = ToFront(order, place);
        }

        return count;
    }

    private void Unfold(Bzip2Bits bits, int alphabet, int selectors)
    {
        int end = alphabet - 1, group = 0, left = 0;
        long run = 0, weight = 1;
        Bzip2Code code = _codes[0];
        while (true)
        {
            if (left-- == 0)
            {
                code = group < selectors ? _codes[_selectors[group++]] : throw Bzip2Decoder.Broken("insufficient selector indices for number of decoded symbols");
                left = GroupLength - 1;
            }

            int symbol = code.Decode(bits);
            if (symbol is RunA or RunB)
            {
                // A number in base two with the digits one and two; more than a block holds is none.
                run += weight << symbol;
                weight = run > _limit ? throw Bzip2Decoder.Broken("repeat count too large") : weight << 1;
                continue;
            }

            Append(_symbols[0], run);
            (run, weight) = (0, 1);
            if (symbol == end)
            {
                return;
            }

            Append(ToFront(_symbols, symbol - 1), 1);
        }
    }

    private void Append(byte value, long count)
    {
        if (count > _limit - _length)
        {
            throw Bzip2Decoder.Broken("data exceeds block size");
        }

        _links.AsSpan(_length, (int)count).Fill(value);
        _length += (int)count;
    }

    /// <summary>Turns the last column into a chain: each link's upper 24 bits lead to the next byte.</summary>
    private void Link(uint origin)
    {
        if (origin >= _length)
        {
            throw Bzip2Decoder.Broken("pointer out of bounds");
        }

        Span<uint> starts = stackalloc uint[256];
        starts.Clear();
        for (int i = 0; i < _length; i++)
        {
            starts[(byte)_links[i]]++;
        }

        uint sum = 0;
        for (int value = 0; value < starts.Length; value++)
        {
            (starts[value], sum) = (sum, sum + starts[value]);
        }

        for (uint i = 0; i < _length; i++)
        {
            _links[starts[(byte)_links[i]]++] |= i << 8;
        }

        _position = _links[origin] >> 8;
    }

    private static byte ToFront(Span<byte> list, int place)
    {
        byte value = list[place];
        list[..place].CopyTo(list[1..]);
        list[0] = value;
        return value;
    }

    private static uint[] MakeSums()
    {
        uint[] sums = new uint[256];
        for (uint i = 0; i < sums.Length; i++)
        {
            uint sum = i << 24;
            for (int bit = 0; bit < 8; bit++)
            {
                sum = (sum << 1) ^ ((sum & 0x80000000) != 0 ? 0x04c11db7u : 0);
            }

            sums[i] = sum;
        }

        return sums;
    }
}
