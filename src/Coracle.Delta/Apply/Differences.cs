namespace Coracle.Delta;

/// <summary>What is added to the bytes of bases: mostly zeros, which are counted.</summary>
internal sealed class Differences(SegmentReader segment)
{
    private readonly byte[] _bytes = new byte[4096];
    private long _zeros;
    private long _others;

    public void Reset() => (_zeros, _others) = (0, 0);

    public void Add(Span<byte> body)
    {
        while (!body.IsEmpty)
        {
            if (_zeros == 0 && _others == 0 && !TryReadPair())
            {
                return;
            }

            int zeros = (int)Math.Min(_zeros, body.Length);
            _zeros -= zeros;
            body = body[zeros..];
            int others = (int)Math.Min(_zeros == 0 ? _others : 0, Math.Min(body.Length, _bytes.Length));
            AddOthers(body[..others]);
            _others -= others;
            body = body[others..];
        }
    }

    private void AddOthers(Span<byte> body)
    {
        Span<byte> bytes = _bytes.AsSpan(0, body.Length);
        segment[DeltaStream.Differences].Read(bytes);
        for (int i = 0; i < body.Length; i++)
        {
            body[i] += bytes[i];
        }
    }

    private bool TryReadPair()
    {
        PlainStream runs = segment[DeltaStream.Runs];
        if (runs.IsUsedUp)
        {
            return false;
        }

        _zeros = runs.ReadNumber(long.MaxValue);
        _others = runs.IsUsedUp ? 0 : runs.ReadNumber(long.MaxValue);
        return _zeros + _others > 0 ? true : throw runs.Refused("a pair of nothing");
    }
}
