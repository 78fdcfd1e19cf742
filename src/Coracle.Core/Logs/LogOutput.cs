using System.Buffers.Binary;

namespace Coracle.Core;

/// <summary>Turns decoded lines into what the client asked for, gathered in one buffer that is sent when it is full or when there is no more for now.</summary>
internal sealed class LogOutput(LogQuery query, Stream destination)
{
    private const int BufferLength = 32 * 1024;

    /// <summary>From here on it is sent: an ordinary line more still fits, and the whole is one chunk of the answer.</summary>
    private const int FullLength = 28 * 1024;

    private const int FrameHeader = 8;

    /// <summary>Frame header, nine-digit time, two spaces.</summary>
    private const int MostExtra = FrameHeader + 64;

    private readonly bool _isBounded = query.Since != long.MinValue || query.Until != long.MaxValue;

    private byte[] _buffer = new byte[BufferLength];

    private int _length;

    public bool IsFull => _length >= FullLength;

    /// <returns>False when the line is after the time up to which was asked.</returns>
    public bool Add(LogLine line)
    {
        long time = _isBounded ? LogTime.ParseLine(line.Time) : 0;
        if (time > query.Until)
        {
            return false;
        }

        if (time >= query.Since && (line.IsStderr ? query.Stderr : query.Stdout))
        {
            Write(line);
        }

        return true;
    }

    private void Write(LogLine line)
    {
        int most = line.Text.Length + query.DetailsText.Length + MostExtra;
        if (_buffer.Length - _length < most)
        {
            Array.Resize(ref _buffer, _length + most);
        }

        int start = _length;
        _length += query.Raw ? 0 : FrameHeader;
        if (query.Timestamps && line.Time.Length > 0)
        {
            _length += LogTime.WriteFixed(line.Time, _buffer.AsSpan(_length));
            _buffer[_length++] = (byte)' ';
        }

        if (query.Details)
        {
            query.DetailsText.Span.CopyTo(_buffer.AsSpan(_length));
            _length += query.DetailsText.Length;
            _buffer[_length++] = (byte)' '; // Docker ends even no details with a space
        }

        line.Text.CopyTo(_buffer.AsSpan(_length));
        _length += line.Text.Length;
        if (!query.Raw)
        {
            Span<byte> header = _buffer.AsSpan(start, FrameHeader);
            header.Clear();
            header[0] = line.IsStderr ? (byte)2 : (byte)1;
            BinaryPrimitives.WriteInt32BigEndian(header[4..], _length - start - FrameHeader);
        }
    }

    public async ValueTask FlushAsync(CancellationToken cancellationToken)
    {
        if (_length > 0)
        {
            await destination.WriteAsync(_buffer.AsMemory(0, _length), cancellationToken);
            _length = 0;
        }
    }
}
