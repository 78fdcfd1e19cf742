using Coracle.Tar;
using Microsoft.Win32.SafeHandles;

namespace Coracle.Storage;

/// <summary>
/// Walks a record entry by entry: the headers parsed out of the frames, beside each the row that says where its body is.
/// </summary>
/// <remarks>An entry without a row has its body (if any) in the frames. Memory: one frame, one tar window, a few KiB of rows.</remarks>
internal sealed class RecordReader : IDisposable
{
    private readonly FrameStream _frames;
    private readonly RowReader _rows;
    private readonly string _label;
    private readonly RecordRow _openRow;
    private bool _rowIsNext;

    /// <param name="openRow">Comes after the rows: of a record that is being written, the entry whose body is. Without a length there is none.</param>
    public RecordReader(SafeFileHandle file, FrameTable table, RowReader rows, long structureLength, string label, RecordRow openRow = default)
    {
        _openRow = openRow;
        _rows = rows;
        _label = label;
        _rowIsNext = NextRow();
        _frames = new FrameStream(file, table, structureLength, label);
        Tar = new TarReader(_frames);
    }

    /// <summary>Its raw bytes and trailer are the tar's; its bodies only where <see cref="HasRow"/> is false.</summary>
    public TarReader Tar { get; }

    public TarEntry Entry => Tar.Entry;

    /// <summary>This entry's body is not in the frames' order: <see cref="Row"/> says where it is.</summary>
    public bool HasRow { get; private set; }

    public RecordRow Row { get; private set; }

    public long RowIndex { get; private set; }

    /// <summary>The first row that no entry has had yet; their number when all have.</summary>
    public long NextRowIndex => _rowIsNext ? _rows.Index : _rows.Index + 1;

    /// <returns>False after the last entry.</returns>
    /// <exception cref="LayerDamagedException">The record is damaged.</exception>
    public bool MoveNext()
    {
        HasRow = false;
        try
        {
            if (!Tar.MoveNext())
            {
                return false;
            }
        }
        catch (InvalidTarException e)
        {
            throw new LayerDamagedException($"{_label}: its record is damaged: {e.Message}", e);
        }

        if (_rowIsNext && _rows.Current.HeaderAt == Tar.HeaderOffset)
        {
            (HasRow, Row, RowIndex) = (true, _rows.Current, _rows.Index);
            if (Row.Length != Entry.Size || Row.KeptAt < 0)
            {
                throw new LayerDamagedException($"{_label}: its record's row {RowIndex} is damaged");
            }

            Tar.BodyIsElsewhere();
            _rowIsNext = NextRow();
        }
        else if (_openRow.Length > 0 && _openRow.HeaderAt == Tar.HeaderOffset && _openRow.Length == Entry.Size)
        {
            (HasRow, Row, RowIndex) = (true, _openRow, _rows.Index + 1);
            Tar.BodyIsElsewhere();
        }

        return true;
    }

    /// <summary>The next <see cref="MoveNext"/> goes to the entry whose first header block is there.</summary>
    /// <param name="headerAt">In the structure.</param>
    /// <param name="nextRow">What <see cref="NextRowIndex"/> was before that entry.</param>
    public void GoBefore(long headerAt, long nextRow)
    {
        _frames.Position = headerAt;
        Tar.Restart(headerAt);
        _rows.GoBefore(nextRow);
        _rowIsNext = NextRow();
    }

    private bool NextRow()
    {
        try
        {
            return _rows.MoveNext();
        }
        catch (EndOfStreamException e)
        {
            throw new LayerDamagedException($"{_label}: its record is cut short", e);
        }
    }

    public void Dispose()
    {
        Tar.Dispose();
        _frames.Dispose();
    }
}
