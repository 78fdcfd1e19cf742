namespace Coracle.Storage;

/// <summary>LZMA2: chunks, stored or compressed, that share one dictionary.</summary>
/// <remarks>Memory: the dictionary, a packed chunk (64 KiB) and the model's probabilities (28 KiB at most).</remarks>
internal sealed class Lzma2Decoder(XzInput input)
{
    private const int MaxPackedChunk = 64 * 1024;

    private readonly LzmaModel _model = new();
    private readonly byte[] _packed = new byte[MaxPackedChunk];
    private byte[] _dictionary = [];
    private int _at;
    private int _filled;
    private uint _position;   // since the dictionary was reset; only its lowest bits matter, to the model
    private int _chunkLeft;
    private int _matchLeft;
    private uint _distance;
    private bool _isStored;
    private bool _needsDictionary;
    private bool _needsProperties;
    private bool _needsState;
    private bool _ended;

    public void Start(int dictionaryLength)
    {
        // The format's smallest dictionary is 4 KiB; one that is there and as long is used again.
        _dictionary = _dictionary.Length == dictionaryLength ? _dictionary : new byte[dictionaryLength];
        (_at, _filled, _chunkLeft, _matchLeft) = (0, 0, 0, 0);
        (_needsDictionary, _needsProperties, _needsState, _ended) = (true, true, true, false);
    }

    /// <returns>0 at the end of the block.</returns>
    public int Read(Span<byte> output)
    {
        int count = 0;
        while (count < output.Length && (_chunkLeft > 0 || NextChunk()))
        {
            int wanted = Math.Min(output.Length - count, _chunkLeft);
            int made = _isStored ? ReadStored(output.Slice(count, wanted)) : Decode(output.Slice(count, wanted));
            count += made;
            _chunkLeft -= made;
            if (_chunkLeft == 0 && !_isStored && (_matchLeft > 0 || !_model.IsAtEnd))
            {
                throw XzDecoder.Broken("a chunk has another length than it says");
            }
        }

        return count;
    }

    /// <returns>False at the end of the block.</returns>
    private bool NextChunk()
    {
        if (_ended)
        {
            return false;
        }

        byte control = input.ReadByte();
        if (control == 0)
        {
            _ended = true;
            return false;
        }

        ResetDictionary(control is 1 or >= 0xe0);
        if (control < 0x80)
        {
            _isStored = control <= 2 ? true : throw XzDecoder.Broken("bad chunk");
            _chunkLeft = ReadLength();
            // What follows may not go on with a state from before.
            _needsState = true;
            return true;
        }

        StartCompressed(control);
        return true;
    }

    private void StartCompressed(byte control)
    {
        _isStored = false;
        _chunkLeft = ((control & 0x1f) << 16) + ReadLength();
        int packed = ReadLength();
        int reset = (control >> 5) & 3;
        if (reset >= 2)
        {
            _model.SetProperties(input.ReadByte());
            _needsProperties = false;
        }

        if (_needsProperties || (_needsState && reset == 0))
        {
            throw XzDecoder.Broken("a chunk goes on with a state that there is not");
        }

        if (reset > 0)
        {
            _model.Reset();
            _needsState = false;
        }

        input.ReadExactly(_packed.AsSpan(0, packed));
        _model.Start(_packed.AsMemory(0, packed));
    }

    private void ResetDictionary(bool isReset)
    {
        if (isReset)
        {
            (_at, _filled, _position, _needsDictionary) = (0, 0, 0, false);
        }
        else if (_needsDictionary)
        {
            throw XzDecoder.Broken("the first chunk does not reset the dictionary");
        }
    }

    private int ReadLength() => ((input.ReadByte() << 8) | input.ReadByte()) + 1;

    private int ReadStored(Span<byte> output)
    {
        int read = input.Read(output);
        if (read == 0)
        {
            throw XzDecoder.Broken("unexpected end of the data");
        }

        foreach (byte b in output[..read])
        {
            Put(b);
        }

        return read;
    }

    private int Decode(Span<byte> output)
    {
        int count = 0;
        while (count < output.Length)
        {
            if (_matchLeft > 0)
            {
                count += CopyMatch(output[count..]);
                continue;
            }

            byte previous = _filled > 0 ? Back(1) : (byte)0;
            if (_model.NextIsLiteral(_position))
            {
                byte matched = _model.WantsMatchedByte ? Back(Checked(_model.Distance)) : (byte)0;
                output[count++] = Put(_model.Literal(_position, previous, matched));
                continue;
            }

            _matchLeft = _model.Match(_position);
            _distance = _model.Distance;
            Checked(_distance);
        }

        return count;
    }

    private int CopyMatch(Span<byte> output)
    {
        int count = Math.Min(output.Length, _matchLeft);
        int from = _at - (int)_distance - 1;
        from = from < 0 ? from + _dictionary.Length : from;
        for (int i = 0; i < count; i++)
        {
            output[i] = Put(_dictionary[from]);
            from = from + 1 == _dictionary.Length ? 0 : from + 1;
        }

        _matchLeft -= count;
        return count;
    }

    /// <returns>How far back the byte is: 1 is the last.</returns>
    private int Checked(uint distance)
        => distance < (uint)_filled ? (int)distance + 1 : throw XzDecoder.Broken("a match reaches before the beginning");

    private byte Back(int count) => _dictionary[_at >= count ? _at - count : _at - count + _dictionary.Length];

    private byte Put(byte value)
    {
        _dictionary[_at] = value;
        _at = _at + 1 == _dictionary.Length ? 0 : _at + 1;
        _filled = _filled < _dictionary.Length ? _filled + 1 : _filled;
        _position++;
        return value;
    }
}
