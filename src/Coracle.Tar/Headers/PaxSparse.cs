namespace Coracle.Tar;

/// <summary>
/// GNU tar's three ways to say in PAX records that a file is sparse (GNU tar manual, "PAX Format, Versions 0.0, 0.1 and 1.0"): a
/// record for each number, one record with all numbers, or the numbers in front of the body.
/// </summary>
internal sealed class PaxSparse
{
    private readonly SparseMapBuilder _map;
    private ReadOnlyMemory<byte> _major;
    private ReadOnlyMemory<byte> _minor;
    private ReadOnlyMemory<byte> _blocks;
    private ReadOnlyMemory<byte> _list;
    private ReadOnlyMemory<byte> _size;
    private ReadOnlyMemory<byte> _realSize;
    private long? _offset;
    private bool _hasPairs;
    private bool _any;

    public PaxSparse(SparseMapBuilder map) => _map = map;

    /// <summary>The name of the file; the entry's own is a stand-in for readers that do not know sparse files. May be empty.</summary>
    public ReadOnlyMemory<byte> Name { get; private set; }

    public void Clear()
    {
        _major = _minor = _blocks = _list = _size = _realSize = Name = default;
        (_offset, _hasPairs, _any) = (null, false, false);
    }

    /// <param name="key">Without <c>GNU.sparse.</c></param>
    /// <returns>What is wrong, or null.</returns>
    public string? Take(ReadOnlySpan<byte> key, ReadOnlyMemory<byte> value)
    {
        _any = true;
        switch (key)
        {
            case var _ when key.SequenceEqual("offset"u8):
                return TakeOffset(value.Span);
            case var _ when key.SequenceEqual("numbytes"u8):
                return TakeLength(value.Span);
            case var _ when key.SequenceEqual("major"u8):
                _major = value;
                break;
            case var _ when key.SequenceEqual("minor"u8):
                _minor = value;
                break;
            case var _ when key.SequenceEqual("numblocks"u8):
                _blocks = value;
                break;
            case var _ when key.SequenceEqual("map"u8):
                _list = value;
                break;
            case var _ when key.SequenceEqual("size"u8):
                _size = value;
                break;
            case var _ when key.SequenceEqual("realsize"u8):
                _realSize = value;
                break;
            case var _ when key.SequenceEqual("name"u8):
                Name = value;
                return value.Span.Contains((byte)0) ? "a name holds a NUL" : null;
        }

        return null;
    }

    /// <summary>After all records: whether there is a map, and whether it stands in front of the body (1.0).</summary>
    /// <param name="size">The entry's size as the other headers have it; stays where no record says the real one.</param>
    /// <returns>What is wrong, or null.</returns>
    public string? Complete(ref long size, out bool isSparse, out bool mapInBody)
    {
        (isSparse, mapInBody) = (_any, _major.Span.SequenceEqual("1"u8) && _minor.Span.SequenceEqual("0"u8));
        if (!_any)
        {
            return null;
        }

        if (!(_size.IsEmpty ? _realSize : _size).IsEmpty && !TarNumber.TryParseDecimal((_size.IsEmpty ? _realSize : _size).Span, out size))
        {
            return "a sparse file's size is not a number";
        }

        bool isNull = (_major.IsEmpty && _minor.IsEmpty)
            || (_major.Span.SequenceEqual("0"u8) && (_minor.Span.SequenceEqual("0"u8) || _minor.Span.SequenceEqual("1"u8)));
        return mapInBody ? null : isNull ? ReadMap() : "GNU.sparse of a version other than 0.0, 0.1 and 1.0 is not supported";
    }

    private string? TakeOffset(ReadOnlySpan<byte> text)
    {
        if (_offset is not null || !TarNumber.TryParseDecimal(text, out long offset))
        {
            return "a sparse map's records are not in order";
        }

        _offset = offset;
        return null;
    }

    private string? TakeLength(ReadOnlySpan<byte> text)
    {
        if (_offset is not { } offset || !TarNumber.TryParseDecimal(text, out long length))
        {
            return "a sparse map's records are not in order";
        }

        (_offset, _hasPairs) = (null, true);
        return _map.Add(offset, length);
    }

    private string? ReadMap()
    {
        string? problem = _offset is not null || (!_hasPairs && _list.IsEmpty) ? "a sparse file without its map" : _hasPairs ? null : ReadList(_list.Span);
        return problem
            ?? (TarNumber.TryParseDecimal(_blocks.Span, out long blocks) && blocks == _map.Count ? null : "a sparse map is not as long as it says");
    }

    private string? ReadList(ReadOnlySpan<byte> list)
    {
        while (!list.IsEmpty)
        {
            if (!TakeNumber(ref list, out long offset) || !TakeNumber(ref list, out long length))
            {
                return "a number in a sparse map is not one";
            }

            if (_map.Add(offset, length) is { } problem)
            {
                return problem;
            }
        }

        return null;
    }

    private static bool TakeNumber(ref ReadOnlySpan<byte> list, out long number)
    {
        int comma = list.IndexOf((byte)',');
        ReadOnlySpan<byte> text = comma < 0 ? list : list[..comma];
        list = comma < 0 ? [] : list[(comma + 1)..];
        return TarNumber.TryParseDecimal(text, out number);
    }
}
