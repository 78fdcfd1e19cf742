using Coracle.Tar;

namespace Coracle.Storage;

/// <summary>Goes to any entry of a record, by its number or by a byte of the tar. Neighbours are cheap in both directions.</summary>
/// <remarks>
/// Opening walks the whole structure once, which also proves that its numbers add up; no body of a file is read. Forward is reading on; back within the last 64 entries is parsing one of them again. Memory: that of a
/// <see cref="RecordReader"/>, the marks, and the places of 64 entries.
/// </remarks>
internal sealed class RecordCursor : IDisposable
{
    private const long Nowhere = -2;

    /// <summary>Bodies are filled up to multiples of one more than this.</summary>
    private const int BlockMask = 511;

    /// <summary>What no disk holds; sums of two such numbers are numbers.</summary>
    private const long MaxTarLength = long.MaxValue / 4;

    private readonly RecordReader _reader;
    private readonly RecordHeader _header;
    private readonly string _label;
    private readonly EntryMarks _marks = new();

    // Places of the entries from the last mark that was passed to the farthest that was reached behind it.
    private readonly EntryPlace[] _known = new EntryPlace[EntryMarks.Interval];
    private long _knownFrom;
    private int _knownCount;

    // Where the entry after the present one begins.
    private long _nextTarAt;

    /// <param name="record">Not owned.</param>
    /// <exception cref="LayerDamagedException">The record is.</exception>
    public RecordCursor(LayerRecord record, string label)
    {
        (_header, _label) = (record.Header, label);
        _reader = record.Read();
        try
        {
            Walk();
        }
        catch
        {
            _reader.Dispose();
            throw;
        }
    }

    /// <summary>Of the present entry; negative when there is none.</summary>
    public long Index { get; private set; } = -1;

    public TarEntry Entry => _reader.Entry;

    public bool HasRow => _reader.HasRow;

    public RecordRow Row => _reader.Row;

    /// <summary>Good until the cursor moves.</summary>
    public ReadOnlyMemory<byte> Headers => _reader.Tar.HeaderBytes;

    /// <summary>Where the present entry's first header block is in the tar.</summary>
    public long TarAt { get; private set; }

    /// <summary>Where what follows the headers is in the structure: the body if it is there, else the padding.</summary>
    public long StructureAt => _reader.Tar.BodyOffset;

    /// <summary>Where what follows the last entry's padding is in the structure.</summary>
    public long TrailerAt { get; private set; }

    /// <param name="index">Of an entry that there is.</param>
    public void GoTo(long index)
    {
        if (index != Index)
        {
            if (index != Index + 1 || Index < 0)
            {
                Approach(index);
            }

            while (Index < index)
            {
                Step();
            }
        }
    }

    /// <summary>Goes to the entry that this byte of the tar belongs to, be it a header, the body or the padding behind it.</summary>
    /// <param name="tarAt">Before the trailer.</param>
    public void GoToByte(long tarAt)
    {
        if (Index < 0 || tarAt < TarAt || tarAt >= _nextTarAt)
        {
            int mark = _marks.Find(tarAt);
            long index = (long)mark * EntryMarks.Interval;
            if (index == _knownFrom)
            {
                index += LastKnownNotBehind(tarAt);
            }

            if (Index < index || TarAt > tarAt)
            {
                GoTo(index);
            }

            while (tarAt >= _nextTarAt && Index + 1 < _header.EntryCount)
            {
                Step();
            }
        }
    }

    public void Dispose() => _reader.Dispose();

    private int LastKnownNotBehind(long tarAt)
    {
        int slot = _knownCount - 1;
        while (slot > 0 && _known[slot].TarAt > tarAt)
        {
            slot--;
        }

        return slot;
    }

    /// <summary>Puts the reader in front of the nearest entry up to this one whose place is known, or leaves it where that is nearer.</summary>
    private void Approach(long index)
    {
        long mark = index / EntryMarks.Interval;
        bool isNear = mark * EntryMarks.Interval == _knownFrom && _knownCount > 0;
        int slot = isNear ? (int)Math.Min(index - _knownFrom, _knownCount - 1) : 0;
        long start = (mark * EntryMarks.Interval) + slot;
        if (Index < start || Index > index)
        {
            EntryPlace place = isNear ? _known[slot] : _marks[(int)mark];
            Index = Nowhere; // until it has worked
            _reader.GoBefore(place.HeaderAt, place.NextRow);
            (Index, _nextTarAt) = (start - 1, place.TarAt);
        }
    }

    private void Step()
    {
        if (!TryStep())
        {
            throw Damaged("its record has fewer entries than it had");
        }
    }

    private bool TryStep()
    {
        long next = Index + 1;
        long row = _reader.NextRowIndex;
        Index = Nowhere;
        if (!_reader.MoveNext())
        {
            return false;
        }

        (TarAt, Index) = (_nextTarAt, next);
        long bodyAt = TarAt + Headers.Length;
        long size = Entry.Size + (-Entry.Size & BlockMask);
        if (size > _header.TarLength - bodyAt + BlockMask || (HasRow && Row.BodyAt != bodyAt))
        {
            throw Damaged($"its record is damaged at entry {Index}");
        }

        _nextTarAt = bodyAt + size;
        Remember(new EntryPlace(_reader.Tar.HeaderOffset, TarAt, row));
        return true;
    }

    private void Remember(EntryPlace place)
    {
        long slot = Index - _knownFrom;
        if (slot is < 0 or >= EntryMarks.Interval)
        {
            (_knownFrom, _knownCount, slot) = (Index, 0, 0); // readers begin at marks, so this is one
        }

        if (slot == _knownCount)
        {
            _known[_knownCount++] = place;
        }
    }

    private void Walk()
    {
        (long entries, long stored, long end) = (0, 0, 0);
        while (_header.TarLength <= MaxTarLength && TryStep())
        {
            if (Index % EntryMarks.Interval == 0)
            {
                _marks.Add(_known[0]);
            }

            stored += HasRow ? Row.Length : 0;
            end = StructureAt + (HasRow ? 0 : Entry.Size) + (-Entry.Size & BlockMask);
            entries++;
        }

        bool allThere = entries == _header.EntryCount && _reader.NextRowIndex == _header.RowCount
            && _header.StructureLength + stored == _header.TarLength;
        if (!allThere)
        {
            throw Damaged("its record's numbers do not fit together");
        }

        // Behind the last entry a tar may lack its padding.
        TrailerAt = Math.Min(end, _header.StructureLength);
    }

    private LayerDamagedException Damaged(string problem) => new($"{_label}: {problem}");
}
