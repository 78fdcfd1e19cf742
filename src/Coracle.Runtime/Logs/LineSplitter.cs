namespace Coracle.Runtime;

/// <summary>
/// Cuts one output stream into log lines as Docker's copier does: a line longer than 16 KiB becomes pieces that carry the time
/// of the first; what is left at the end of output is a piece without a newline.
/// </summary>
/// <remarks>
/// One buffer, read into directly: <see cref="Free"/> → <see cref="Added"/> → (the same bytes go to attached clients) →
/// <see cref="Compact"/>. The buffer is made at the first byte, since most idle containers never wrote one.
/// </remarks>
internal sealed class LineSplitter(OutputStream stream, ILineSink sink)
{
    /// <summary>Docker's size of a log message, on which clients that join pieces rely.</summary>
    public const int LongestPiece = 16 * 1024;

    private byte[] _buffer = [];
    private int _length;
    private int _done;
    private long _firstPieceTime;
    private bool _insideLongLine;

    public OutputStream Stream => stream;

    /// <summary>Where the next bytes are to be read to; never empty after <see cref="Compact"/>.</summary>
    public Span<byte> Free
    {
        get
        {
            if (_buffer.Length == 0)
            {
                _buffer = new byte[LongestPiece];
            }

            return _buffer.AsSpan(_length);
        }
    }

    /// <summary>What no line was made of yet.</summary>
    public ReadOnlySpan<byte> Unfinished => _buffer.AsSpan(_done, _length - _done);

    /// <summary>The newest bytes, until <see cref="Compact"/>.</summary>
    public ReadOnlySpan<byte> Newest(int count) => _buffer.AsSpan(_length - count, count);

    /// <summary>Says how many bytes of <see cref="Free"/> were filled, and passes on what they complete.</summary>
    public void Added(int count, long unixNanoseconds)
    {
        int searched = _length; // what was here before holds no newline
        _length += count;
        int newline;
        while ((newline = _buffer.AsSpan(searched, _length - searched).IndexOf((byte)'\n')) >= 0)
        {
            int end = searched + newline;
            sink.Line(stream, _buffer.AsSpan(_done, end - _done), endsLine: true, _insideLongLine ? _firstPieceTime : unixNanoseconds);
            _insideLongLine = false;
            _done = searched = end + 1;
        }

        if (_done == 0 && _length == _buffer.Length)
        {
            Piece(unixNanoseconds);
        }
    }

    /// <summary>Output has ended.</summary>
    public void End(long unixNanoseconds)
    {
        if (_done < _length)
        {
            Piece(unixNanoseconds);
        }
    }

    /// <summary>Makes room: only once nobody needs <see cref="Newest"/> any more.</summary>
    public void Compact()
    {
        if (_done > 0)
        {
            _buffer.AsSpan(_done, _length - _done).CopyTo(_buffer);
            _length -= _done;
            _done = 0;
        }
    }

    private void Piece(long unixNanoseconds)
    {
        if (!_insideLongLine)
        {
            _firstPieceTime = unixNanoseconds;
            _insideLongLine = true;
        }

        sink.Line(stream, _buffer.AsSpan(_done, _length - _done), endsLine: false, _firstPieceTime);
        _done = _length;
    }
}
