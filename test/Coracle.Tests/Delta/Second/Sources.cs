namespace Coracle.Tests.Delta.Second;

/// <summary>Which entry of which base layer.</summary>
internal readonly record struct Place(long Layer, long Entry);

/// <summary>The base layers that a header names, in its order.</summary>
internal sealed class Sources
{
    private readonly DeltaHeader _header;
    private readonly List<IReadOnlyList<BaseEntry>> _layers = [];

    public Sources(DeltaHeader header, IBaseLayers layers)
    {
        _header = header;
        foreach (BaseRuns runs in header.Bases)
        {
            IReadOnlyList<BaseEntry>? found = layers.Find(runs.DiffId);
            RefusedException.Unless(found != null, "a base is not here");
            _layers.Add(found);
        }
    }

    public BaseEntry this[Place place]
    {
        get
        {
            (long layer, long entry) = place;
            RefusedException.Unless(layer >= 0 && layer < _layers.Count, $"there is no base {layer}");
            RefusedException.Unless(entry >= 0 && entry < _layers[(int)layer].Count, $"base {layer} has no entry {entry}");
            RefusedException.Unless(_header.Bases[(int)layer].Holds(entry), $"entry {entry} of base {layer} is in no run");
            return _layers[(int)layer][(int)entry];
        }
    }

    /// <summary>Reads a reference ("Reference") whose expected entry is known.</summary>
    public static Place ReadReference(Cursor cursor, Place expected)
    {
        long number = cursor.Number();
        if (number == 0)
        {
            return expected;
        }

        long z = (number - 1) >> 1;
        // Entries are below 2^32 and z below 2^62: no sum passes over.
        return ((number - 1) & 1) == 0
            ? expected with { Entry = expected.Entry + Cursor.ToSigned(z) }
            : new Place(z, cursor.Number());
    }
}
