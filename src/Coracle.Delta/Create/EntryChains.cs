namespace Coracle.Delta;

/// <summary>Finds entries by a 64-bit key: chains in two arrays, because a dictionary of them would be code and memory of its own.</summary>
internal sealed class EntryChains
{
    private readonly ulong[] _keys;
    private readonly int[] _heads;
    private readonly int[] _next;

    /// <param name="keys">One for each entry; 0: it is not to be found.</param>
    public EntryChains(ulong[] keys)
    {
        _keys = keys;
        _heads = new int[(int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)Math.Max(keys.Length, 16))];
        _next = new int[keys.Length];
        _heads.AsSpan().Fill(-1);
        // From the back: a chain then goes forward.
        for (int i = keys.Length - 1; i >= 0; i--)
        {
            if (keys[i] != 0)
            {
                ref int head = ref Head(keys[i]);
                (_next[i], head) = (head, i);
            }
        }
    }

    /// <returns>The first entry with that key, or -1.</returns>
    public int First(ulong key) => key == 0 ? -1 : Skip(Head(key), key);

    /// <returns>The next one with the same key, or -1.</returns>
    public int Next(int entry) => Skip(_next[entry], _keys[entry]);

    private ref int Head(ulong key) => ref _heads[(int)((uint)(key ^ (key >> 32)) & (uint)(_heads.Length - 1))];

    private int Skip(int entry, ulong key)
    {
        while (entry >= 0 && _keys[entry] != key)
        {
            entry = _next[entry];
        }

        return entry;
    }
}
