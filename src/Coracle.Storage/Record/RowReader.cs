using Coracle.Linux;
using Microsoft.Win32.SafeHandles;

namespace Coracle.Storage;

/// <summary>The rows of a record, in order, a few KiB at a time.</summary>
/// <param name="file">Not owned.</param>
/// <param name="start">Where the first row is in the file.</param>
internal sealed class RowReader(SafeFileHandle file, long start, long count)
{
    private const int BufferedRows = 128;

    private readonly byte[] _buffer = new byte[BufferedRows * RecordFormat.RowLength];
    private int _next;
    private int _end;

    /// <summary>The row that <see cref="MoveNext"/> went to; -1 before the first.</summary>
    public long Index { get; private set; } = -1;

    public RecordRow Current { get; private set; }

    /// <summary>The next <see cref="MoveNext"/> goes to this row. Neighbours are in the buffer already.</summary>
    public void GoBefore(long index)
    {
        long place = _next + ((index - Index - 1) * RecordFormat.RowLength);
        if (place < 0 || place > _end)
        {
            place = _end = 0;
        }

        _next = (int)place;
        Index = index - 1;
    }

    /// <exception cref="EndOfStreamException">The file has fewer rows than it was said to have.</exception>
    public bool MoveNext()
    {
        if (Index + 1 >= count)
        {
            return false;
        }

        Index++;
        if (_next == _end)
        {
            _end = (int)Math.Min(_buffer.Length, (count - Index) * RecordFormat.RowLength);
            FileBytes.ReadExactly(file, _buffer.AsSpan(0, _end), start + (Index * RecordFormat.RowLength));
            _next = 0;
        }

        Current = RecordRow.ReadFrom(_buffer.AsSpan(_next));
        _next += RecordFormat.RowLength;
        return true;
    }
}
