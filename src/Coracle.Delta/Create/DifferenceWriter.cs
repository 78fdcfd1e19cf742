namespace Coracle.Delta;

/// <summary>Counts the zeros of the differences and keeps the others.</summary>
internal sealed class DifferenceWriter(SegmentStreams streams)
{
    private long _zeros;
    private long _others;

    public void Reset() => (_zeros, _others) = (0, 0);

    public void Write(ReadOnlySpan<byte> target, ReadOnlySpan<byte> source)
    {
        for (int at = 0; at < target.Length;)
        {
            int same = target[at..].CommonPrefixLength(source[at..]);
            if (same > 0 && _others > 0)
            {
                Flush();
            }

            _zeros += same;
            at += same;
            if (at < target.Length)
            {
                streams[DeltaStream.Differences].GetSpan(1)[0] = (byte)(target[at] - source[at]);
                streams[DeltaStream.Differences].Advance(1);
                _others++;
                at++;
            }
        }
    }

    /// <summary>Zeros at the end need not be said.</summary>
    public void Flush()
    {
        if (_others > 0)
        {
            streams[DeltaStream.Runs].WriteNumber(_zeros);
            streams[DeltaStream.Runs].WriteNumber(_others);
            (_zeros, _others) = (0, 0);
        }
    }
}
