namespace Coracle.Delta;

/// <summary>The base's bytes near where they were asked for last: eight pages of 64 KiB, the least recently used one goes.</summary>
internal sealed class BasePages
{
    private const int PageLength = 64 * 1024;

    private const int Count = 8;

    private readonly Stream _base;
    private readonly byte[] _bytes = new byte[Count * PageLength];
    private readonly long[] _starts = new long[Count];
    private readonly int[] _lengths = new int[Count];
    private readonly long[] _uses = new long[Count];
    private long _clock;
    private int _last;

    public BasePages(Stream baseBytes)
    {
        (_base, Length) = (baseBytes, baseBytes.Length);
        _starts.AsSpan().Fill(-1);
    }

    public long Length { get; }

    /// <returns>How many bytes from the place on are those of the target.</returns>
    public int CommonAhead(long place, ReadOnlySpan<byte> target)
    {
        int common = 0;
        while (common < target.Length && place + common < Length)
        {
            ReadOnlySpan<byte> page = From(place + common);
            int compared = Math.Min(page.Length, target.Length - common);
            int same = page.CommonPrefixLength(target[common..]);
            common += same;
            if (same < compared)
            {
                break;
            }
        }

        return common;
    }

    /// <returns>How many bytes right before the place are the last ones of the target.</returns>
    public int CommonBehind(long place, ReadOnlySpan<byte> target)
    {
        int common = 0;
        while (common < target.Length && place - common > 0)
        {
            ReadOnlySpan<byte> page = UpTo(place - common);
            int compared = Math.Min(page.Length, target.Length - common);
            int same = 0;
            while (same < compared && page[^(same + 1)] == target[^(common + same + 1)])
            {
                same++;
            }

            common += same;
            if (same < compared)
            {
                break;
            }
        }

        return common;
    }

    private ReadOnlySpan<byte> From(long place)
    {
        int slot = Load(place / PageLength * PageLength);
        int skip = (int)(place % PageLength);
        return _bytes.AsSpan((slot * PageLength) + skip, _lengths[slot] - skip);
    }

    /// <param name="place">Above 0.</param>
    private ReadOnlySpan<byte> UpTo(long place)
    {
        long start = (place - 1) / PageLength * PageLength;
        return _bytes.AsSpan(Load(start) * PageLength, (int)(place - start));
    }

    private int Load(long start)
    {
        int slot = _starts[_last] == start ? _last : Array.IndexOf(_starts, start);
        if (slot < 0)
        {
            slot = Oldest();
            _starts[slot] = -1;   // until it is whole
            _base.Position = start;
            int length = (int)Math.Min(PageLength, Length - start);
            _base.ReadExactly(_bytes.AsSpan(slot * PageLength, length));
            (_starts[slot], _lengths[slot]) = (start, length);
        }

        _uses[slot] = ++_clock;
        return _last = slot;
    }

    private int Oldest()
    {
        int oldest = 0;
        for (int slot = 1; slot < Count; slot++)
        {
            oldest = _uses[slot] < _uses[oldest] ? slot : oldest;
        }

        return oldest;
    }
}
