namespace Coracle.Delta;

/// <summary>A bounded piece of the target around the place where it is looked at.</summary>
internal sealed class TargetWindow(Stream target)
{
    private const int Length = 512 * 1024;

    /// <summary>Kept behind the place, for matches that began before they were found.</summary>
    private const int Behind = 64 * 1024;

    private readonly byte[] _bytes = new byte[Length];
    private int _at, _end;
    private bool _hasEnded;

    /// <summary>In the target.</summary>
    public long Position { get; private set; }

    public ReadOnlySpan<byte> Ahead => _bytes.AsSpan(_at, _end - _at);

    public ReadOnlySpan<byte> Seen => _bytes.AsSpan(0, _at);

    /// <summary>Reads on where fewer bytes than these are ahead.</summary>
    /// <returns>Whether so many are.</returns>
    public bool Fill(int count)
    {
        if (_end - _at < count && !_hasEnded)
        {
            int drop = Math.Max(0, _at - Behind);
            _bytes.AsSpan(drop, _end - drop).CopyTo(_bytes);
            (_at, _end) = (_at - drop, _end - drop);
            int read = target.ReadAtLeast(_bytes.AsSpan(_end), _bytes.Length - _end, throwOnEndOfStream: false);
            _hasEnded = read < _bytes.Length - _end;
            _end += read;
        }

        return _end - _at >= count;
    }

    public void Advance(int count)
    {
        _at += count;
        Position += count;
    }
}
