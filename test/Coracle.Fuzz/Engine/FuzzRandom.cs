namespace Coracle.Fuzz;

/// <summary>SplitMix64: the whole course of a run follows from its seed, on every machine and .NET.</summary>
internal struct FuzzRandom(ulong state)
{
    private ulong _state = state;

    public ulong Next()
    {
        ulong z = _state += 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }

    /// <summary>0 … limit - 1; 0 where there is nothing to choose.</summary>
    public int Below(int limit) => limit <= 1 ? 0 : (int)(Next() % (ulong)limit);

    /// <summary>Mostly small.</summary>
    public int Length(int limit) => 1 + Below(Math.Min(limit, 1 << Below(10)));
}
