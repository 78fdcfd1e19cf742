using System.Buffers;

namespace Coracle.Tar;

/// <summary>
/// The one buffer between the source and everything that reads it: headers are parsed in place, bodies are handed out as
/// slices. 128 KiB: most files of an image fit whole, so they are written by one call.
/// </summary>
internal sealed class TarWindow(Stream source) : IDisposable
{
    public const int Length = 128 * 1024;

    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(Length);
    private int _start;
    private int _end;

    /// <summary>Bytes of the source before <see cref="Buffered"/>.</summary>
    public long Offset { get; private set; }

    public ReadOnlySpan<byte> Buffered => _buffer.AsSpan(_start, _end - _start);

    /// <summary>Tries to have <paramref name="wanted"/> bytes in one piece; fewer only at the end of the source.</summary>
    /// <param name="wanted">At most <see cref="Length"/>.</param>
    /// <returns>How many of the wanted bytes are there.</returns>
    public int Fill(int wanted)
    {
        if (_end - _start >= wanted)
        {
            return wanted;
        }

        Buffered.CopyTo(_buffer);
        _end -= _start;
        _start = 0;
        while (_end < wanted)
        {
            int read = source.Read(_buffer, _end, Length - _end);
            if (read == 0)
            {
                return _end;
            }

            _end += read;
        }

        return wanted;
    }

    public void Consume(int count)
    {
        _start += count;
        Offset += count;
    }

    /// <summary>Forgets what is buffered: the source has been moved.</summary>
    public void Clear(long offset)
    {
        _start = _end = 0;
        Offset = offset;
    }

    public void Dispose()
    {
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = [];
        _start = _end = 0;
    }
}
