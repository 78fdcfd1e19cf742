namespace Coracle.Tests.Delta.Second;

/// <summary>Beginnings of names that became others: what a rename of a directory costs only once.</summary>
internal sealed class NamePrediction
{
    private const int Most = 4;

    private readonly List<(byte[] Old, byte[] New)> _rules = [];

    public byte[] Apply(byte[] name)
    {
        foreach ((byte[] old, byte[] replacement) in _rules)
        {
            if (name.AsSpan().StartsWith(old))
            {
                return [.. replacement, .. name[old.Length..]];
            }
        }

        return name;
    }

    /// <param name="same">How many bytes both names have in common at their ends.</param>
    public void Learn(byte[] reference, byte[] name, int same)
    {
        byte[] old = reference[..^same];
        if (same == 0 || (!reference.AsSpan(old.Length).Contains((byte)'/') && old.Length != 0 && old[^1] != '/'))
        {
            return;
        }

        _rules.RemoveAll(rule => rule.Old.AsSpan().SequenceEqual(old));
        _rules.Insert(0, (old, name[..^same]));
        if (_rules.Count > Most)
        {
            _rules.RemoveAt(Most);
        }
    }
}
