using System.Buffers.Binary;
using System.Numerics;

namespace Coracle.Delta;

/// <summary>Where in the pool each seed (a few bytes) occurs: positions sorted by the seed's hash, rising within one hash.</summary>
/// <remarks>
/// Sorted instead of chained: the occurrences that are nearest to a place are found by bisection, however many there are, and
/// neighbours share cache lines. That bounds the work for a pool of zeros just as for any other.
/// </remarks>
internal sealed class SeedIndex
{
    private const int MinBits = 8;

    /// <summary>256 MiB of heads, for pools of 128 MB and more.</summary>
    private const int MaxBits = 26;

    private readonly int[] _heads;
    private readonly int[] _positions;
    private readonly int _bits;

    /// <param name="starts">Where files begin, rising; no seed crosses into the next.</param>
    public SeedIndex(ReadOnlySpan<byte> pool, int[] starts)
    {
        uint places = (uint)(pool.Length / StepCosts.Stride) | 1;
        _bits = Math.Clamp(BitOperations.Log2(places) + 1, MinBits, MaxBits);
        _heads = new int[(1 << _bits) + 1];
        Count(pool, starts);
        _positions = new int[_heads[^1]];
        Place(pool, starts);
    }

    /// <summary>The places of a seed, rising; some are of other seeds with the same hash.</summary>
    public ReadOnlySpan<int> Places(ReadOnlySpan<byte> seed)
    {
        int hash = Hash(BinaryPrimitives.ReadUInt64LittleEndian(seed));
        int from = _heads[hash];
        return _positions.AsSpan(from, _heads[hash + 1] - from);
    }

    private int Hash(ulong seed) => (int)((seed * 0x9E3779B97F4A7C15) >> (64 - _bits));

    private void Count(ReadOnlySpan<byte> pool, int[] starts)
    {
        for (int file = 0; file < starts.Length; file++)
        {
            int end = (file + 1 < starts.Length ? starts[file + 1] : pool.Length) - StepCosts.SeedLength;
            for (int at = starts[file]; at <= end; at += StepCosts.Stride)
            {
                _heads[Hash(BinaryPrimitives.ReadUInt64LittleEndian(pool[at..]))]++;
            }
        }

        int sum = 0;
        for (int hash = 0; hash < _heads.Length; hash++)
        {
            sum += _heads[hash];
            _heads[hash] = sum;
        }
    }

    /// <summary>From the back, so that each head ends where its places begin, and these rise.</summary>
    private void Place(ReadOnlySpan<byte> pool, int[] starts)
    {
        int next = pool.Length;
        for (int file = starts.Length - 1; file >= 0; next = starts[file], file--)
        {
            int length = next - StepCosts.SeedLength - starts[file];
            for (int at = starts[file] + length - Math.Max(length, 0) % StepCosts.Stride; at >= starts[file]; at -= StepCosts.Stride)
            {
                _positions[--_heads[Hash(BinaryPrimitives.ReadUInt64LittleEndian(pool[at..]))]] = at;
            }
        }
    }
}
