using Coracle.Linux;

namespace Coracle.Delta;

/// <summary>Seekable streams as one: the base of a balena delta is the tars of all its layers, one after the other.</summary>
/// <remarks>A stream of layer n is found by bisection: deltas jump about, and there may be 127 layers.</remarks>
public sealed class ConcatenatedStream : BlockingReadStream
{
    private readonly Stream[] _parts;
    private readonly long[] _ends;
    private long _position;

    /// <param name="parts">Owned. Their lengths are asked for once.</param>
    public ConcatenatedStream(Stream[] parts)
    {
        _parts = parts;
        _ends = new long[parts.Length];
        long length = 0;
        for (int i = 0; i < parts.Length; i++)
        {
            _ends[i] = length += parts[i].Length;
        }
    }

    public override bool CanSeek => true;

    public override long Length => _ends.Length == 0 ? 0 : _ends[^1];

    public override long Position
    {
        get => _position;
        set
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            _position = value;
        }
    }

    public override int Read(Span<byte> buffer)
    {
        int done = 0;
        while (done < buffer.Length && _position < Length)
        {
            int part = PartAt(_position);
            long start = part == 0 ? 0 : _ends[part - 1];
            Span<byte> wanted = buffer.Slice(done, (int)Math.Min(buffer.Length - done, _ends[part] - _position));
            _parts[part].Position = _position - start;
            int read = _parts[part].Read(wanted);
            if (read == 0)
            {
                throw new EndOfStreamException($"part {part} ends at {_position - start}, not at its length {_ends[part] - start}");
            }

            _position += read;
            done += read;
        }

        return done;
    }

    public override long Seek(long offset, SeekOrigin origin)
        => Position = offset + (origin == SeekOrigin.Begin ? 0 : origin == SeekOrigin.Current ? _position : Length);

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            foreach (Stream part in _parts)
            {
                part.Dispose();
            }
        }

        base.Dispose(disposing);
    }

    /// <summary>The first part that ends behind the place: empty ones are passed over.</summary>
    private int PartAt(long place)
    {
        int low = 0, high = _ends.Length - 1;
        while (low < high)
        {
            int middle = (low + high) / 2;
            (low, high) = _ends[middle] > place ? (low, middle) : (middle + 1, high);
        }

        return low;
    }
}
