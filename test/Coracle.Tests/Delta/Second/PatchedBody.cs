namespace Coracle.Tests.Delta.Second;

/// <summary>Bodies that are made of another's bytes, differences and new bytes ("Steps").</summary>
internal sealed class PatchedBody(SegmentStreams streams, Sources sources)
{
    private long _zeros;
    private long _others;

    private Place? _source;
    private long _shift;
    private long _ended;

    /// <param name="destination">As much of the body as the segment has room for.</param>
    /// <param name="length">Of the whole body.</param>
    public void Write(Span<byte> destination, long length, Place? reference)
    {
        (_source, _shift, _ended) = (reference, 0, 0);
        int at = 0;
        while (at < destination.Length)
        {
            long left = length - at;
            long adds = streams.Adds.Number();
            long fresh = adds == 0 ? 0 : streams.Lengths.Number();
            adds = adds == 0 ? left : adds - 1;
            RefusedException.Unless(adds <= left && fresh <= left - adds, "a step past the body's end");
            RefusedException.Unless(adds + fresh > 0, "a step of nothing");
            if (adds > 0)
            {
                ReadOnlySpan<byte> source = ReadSource(at, adds);
                source = source[..(int)Math.Min(adds, destination.Length - at)];
                Add(source, destination[at..]);
                at += source.Length;
            }

            Span<byte> rest = destination.Slice(at, (int)Math.Min(fresh, destination.Length - at));
            streams.Literals.Take(rest.Length).CopyTo(rest);
            at += rest.Length;
        }
    }

    private ReadOnlySpan<byte> ReadSource(long at, long count)
    {
        long jump = streams.Jumps.Number();
        long offset = jump switch
        {
            0 => at + _shift,
            1 => _ended,
            2 => ReadOtherSource(),
            _ => at + _shift + Cursor.ToSigned(jump - 2),
        };
        RefusedException.Unless(_source.HasValue, "a difference from nothing");
        byte[] body = sources[_source.Value].Body;
        RefusedException.Unless(offset >= 0 && offset <= body.Length && count <= body.Length - offset, "a difference outside its source");
        _shift = offset - at;
        _ended = offset + count;
        return body.AsSpan((int)offset, (int)count);
    }

    private long ReadOtherSource()
    {
        _source = Sources.ReadReference(streams.Jumps, _source ?? new Place(0, 0));
        return streams.Jumps.Number();
    }

    private void Add(ReadOnlySpan<byte> source, Span<byte> destination)
    {
        for (int i = 0; i < source.Length; i++)
        {
            destination[i] = (byte)(source[i] + NextDifference());
        }
    }

    private byte NextDifference()
    {
        while (_zeros == 0 && _others == 0)
        {
            if (streams.Runs.IsAtEnd)
            {
                return 0;
            }

            _zeros = streams.Runs.Number();
            _others = streams.Runs.IsAtEnd ? 0 : streams.Runs.Number();
            RefusedException.Unless(_zeros > 0 || _others > 0, "runs: a pair of nothing");
            RefusedException.Unless(_zeros <= long.MaxValue - _others, "runs: a pair that is too long");
        }

        if (_zeros > 0)
        {
            _zeros--;
            return 0;
        }

        _others--;
        return streams.Differences.Byte();
    }
}
