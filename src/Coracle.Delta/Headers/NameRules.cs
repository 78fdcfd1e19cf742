namespace Coracle.Delta;

/// <summary>Renamed directories: what stands in front of a base's name becomes something else. The latest rule comes first.</summary>
internal sealed class NameRules
{
    private const int MaxRules = 4;

    private readonly byte[][] _old = new byte[MaxRules][];
    private readonly byte[][] _new = new byte[MaxRules][];
    private int _count;

    public void Clear() => _count = 0;

    /// <returns>False where the result has more bytes than a name may have.</returns>
    public bool TryApply(ReadOnlySpan<byte> name, HeaderBuffer output)
    {
        output.Clear();
        for (int i = 0; i < _count; i++)
        {
            if (name.StartsWith(_old[i]))
            {
                return output.TryAppend(_new[i]) && output.TryAppend(name[_old[i].Length..]) && output.Length <= DeltaFormat.MaxNameLength;
            }
        }

        return output.TryAppend(name);
    }

    /// <param name="kept">How many bytes at the end are the same in both.</param>
    public void Learn(ReadOnlySpan<byte> oldName, ReadOnlySpan<byte> name, int kept)
    {
        ReadOnlySpan<byte> old = oldName[..^kept];
        // Only what renames directories is of use for other names.
        if (kept == 0 || (!oldName[^kept..].Contains((byte)'/') && !old.IsEmpty && !old.EndsWith("/"u8)))
        {
            return;
        }

        int place = 0;
        while (place < _count && !old.SequenceEqual(_old[place]))
        {
            place++;
        }

        _count = Math.Min(MaxRules, Math.Max(_count, place + 1));
        for (int i = Math.Min(place, MaxRules - 1); i > 0; i--)
        {
            (_old[i], _new[i]) = (_old[i - 1], _new[i - 1]);
        }

        (_old[0], _new[0]) = (old.ToArray(), name[..^kept].ToArray());
    }
}
