namespace Coracle.Delta;

/// <summary>Makes one body after the other: whole, new, or in steps of differences and new bytes.</summary>
internal sealed class BodyReader(SegmentReader segment, DeltaHeader header, BaseEntries bases)
{
    private readonly Differences _differences = new(segment);
    private EntryReference _source;
    private bool _hasSource;
    private bool _isPatched;
    private long _length;
    private long _sourceLength;
    private long _at;
    private long _shift;
    private long _sourceAt;
    private long _addLeft;
    private long _literalLeft;

    public long Left => _length - _at;

    /// <summary>A new segment.</summary>
    public void Reset()
    {
        _differences.Reset();
        Start(default, hasSource: false, 0, 0, 0, 0);
    }

    public void StartWhole(EntryReference source, long length) => Start(source, hasSource: true, length, length, add: length, literal: 0);

    public void StartLiteral(long length) => Start(default, hasSource: false, 0, length, add: 0, literal: length);

    public void StartPatched(EntryReference source, bool hasSource, long sourceLength, long length)
    {
        Start(source, hasSource, sourceLength, length, add: 0, literal: 0);
        _isPatched = true;
    }

    /// <summary>Some of the body, as much as is convenient.</summary>
    /// <param name="body">At most <see cref="Left"/>.</param>
    public int Read(Span<byte> body)
    {
        if (_addLeft == 0 && _literalLeft == 0)
        {
            ReadStep();
        }

        bool isAdd = _addLeft > 0;
        body = body[..(int)Math.Min(body.Length, isAdd ? _addLeft : _literalLeft)];
        if (isAdd)
        {
            ReadAdd(body);
        }
        else
        {
            segment[DeltaStream.Literals].Read(body);
            _literalLeft -= body.Length;
        }

        _at += body.Length;
        return body.Length;
    }

    private void Start(EntryReference source, bool hasSource, long sourceLength, long length, long add, long literal)
    {
        (_source, _hasSource, _sourceLength, _length) = (source, hasSource, sourceLength, length);
        (_at, _shift, _sourceAt, _addLeft, _literalLeft, _isPatched) = (0, 0, 0, add, literal, false);
    }

    private void ReadAdd(Span<byte> body)
    {
        bases.ReadBody(_source.Layer, _source.Entry, _sourceAt, body);
        if (_isPatched)
        {
            _differences.Add(body);
        }

        _sourceAt += body.Length;
        _addLeft -= body.Length;
    }

    private void ReadStep()
    {
        long code = segment[DeltaStream.Adds].ReadNumber(long.MaxValue);
        _addLeft = code == 0 ? Left : code - 1;
        _literalLeft = code == 0 ? 0 : segment[DeltaStream.Lengths].ReadNumber(long.MaxValue);
        if (_addLeft > Left || _literalLeft > Left - _addLeft || _addLeft + _literalLeft == 0)
        {
            throw segment[DeltaStream.Lengths].Refused($"a step of {_addLeft} and {_literalLeft} bytes");
        }

        if (_addLeft > 0)
        {
            ReadJump(segment[DeltaStream.Jumps]);
        }
    }

    private void ReadJump(PlainStream jumps)
    {
        long code = jumps.ReadNumber(long.MaxValue);
        switch (code)
        {
            case 1:
                break;
            case 2:
                _source.Read(jumps, 0, header);
                _sourceLength = bases.Entry(_source.Layer, _source.Entry).BodyLength;
                (_hasSource, _sourceAt) = (true, jumps.ReadNumber(long.MaxValue));
                break;
            default:
                _sourceAt = unchecked(_at + _shift + (code == 0 ? 0 : Numbers.Unfold(code - 2)));
                break;
        }

        if (!_hasSource || _sourceAt < 0 || _sourceAt > _sourceLength || _addLeft > _sourceLength - _sourceAt)
        {
            throw jumps.Refused($"{_addLeft} bytes at {_sourceAt} of entry {_source.Entry}, which has {_sourceLength}");
        }

        _shift = _sourceAt - _at;
    }
}
