using System.Numerics;

namespace Coracle.Delta;

/// <summary>Where in the base which block stands: what librsync calls a signature, for those who have the base at hand.</summary>
/// <remarks>
/// <para>librsync keeps a strong hash of each block, since its delta is made where the base is not; whoever has the base compares the
/// bytes, which proves more and needs 32 bytes a block less. So the blocks can be smaller: 128 bytes, up to a base of 512 MiB.</para>
/// <para>Memory: about 16 bytes a block and at most 4,194,304 blocks: 70 MB for a base of 512 MiB and for every larger one. Immutable
/// once built.</para>
/// </remarks>
public sealed class RsyncIndex
{
    private const int MinBlockLength = 128;

    private const int MaxBlocks = 4 * 1024 * 1024;

    /// <summary>Blocks of the same bytes: some bases have zeros in their thousands, and any of them is as good to begin with.</summary>
    private const int MaxSame = 16;

    private const int ReadLength = 128 * 1024;

    private const ulong Multiplier = 0x5851F42D4C957F2D;

    private const ulong Spread = 0x9E3779B97F4A7C15;

    /// <summary>The filter's bits for each block: one place in eight that is looked at in vain costs less than the table's cache misses.</summary>
    private const int FilterBits = 8;

    private readonly ulong _leaving;
    private readonly ulong[] _filter;
    private readonly int _filterShift, _headShift;
    private readonly int[] _heads, _next;
    private readonly uint[] _checks;
    private int _count;

    private RsyncIndex(int blockLength, int blocks)
    {
        BlockLength = blockLength;
        _leaving = 1;
        for (int i = 0; i < blockLength; i++)
        {
            _leaving *= Multiplier;
        }

        int bits = Math.Max(6, 64 - BitOperations.LeadingZeroCount((ulong)blocks));
        _headShift = 64 - bits;
        _filterShift = _headShift - BitOperations.Log2(FilterBits);
        _heads = new int[1 << bits];
        _filter = new ulong[FilterBits * (_heads.Length / 64)];
        _next = new int[blocks];
        _checks = new uint[blocks];
    }

    /// <summary>Bytes of one block; of every target at least so many must be in the base for a copy to be found.</summary>
    public int BlockLength { get; }

    /// <param name="baseBytes">Seekable, and read once from its beginning.</param>
    public static RsyncIndex Build(Stream baseBytes, CancellationToken cancellationToken)
    {
        long length = baseBytes.Length;
        int blockLength = MinBlockLength;
        while (length / blockLength > MaxBlocks)
        {
            blockLength *= 2;
        }

        RsyncIndex index = new(blockLength, (int)(length / blockLength));
        byte[] buffer = new byte[Math.Max(ReadLength, blockLength)];
        baseBytes.Position = 0;
        while (index._count < index._next.Length)
        {
            cancellationToken.ThrowIfCancellationRequested();
            int read = baseBytes.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false);
            for (int at = 0; at + blockLength <= read; at += blockLength)
            {
                index.Add(Hash(buffer.AsSpan(at, blockLength)));
            }

            if (read < buffer.Length)
            {
                break;
            }
        }

        return index;
    }

    /// <summary>Of a block's bytes: a polynomial modulo 2^64, so that it rolls.</summary>
    internal static ulong Hash(ReadOnlySpan<byte> block)
    {
        ulong hash = 0;
        foreach (byte b in block)
        {
            hash = (hash * Multiplier) + b;
        }

        return hash;
    }

    /// <summary>Rolls on until the base may have the block.</summary>
    /// <param name="at">Where the block begins whose hash is given; at least one block is there.</param>
    /// <returns>Where a block begins that the base may have, with its hash; -1 when there is none in these bytes.</returns>
    internal int NextCandidate(ReadOnlySpan<byte> bytes, int at, ref ulong hash)
    {
        ulong rolling = hash;
        ReadOnlySpan<byte> entering = bytes[BlockLength..];
        while (true)
        {
            ulong bit = (rolling * Spread) >> _filterShift;
            if ((_filter[bit >> 6] >> (int)(bit & 63) & 1) != 0)
            {
                hash = rolling;
                return at;
            }

            if (at >= entering.Length)
            {
                return -1;
            }

            rolling = (rolling * Multiplier) + entering[at] - (bytes[at] * _leaving);
            at++;
        }
    }

    /// <summary>The hash of the block one byte on.</summary>
    internal ulong Roll(ulong hash, byte leaves, byte enters) => (hash * Multiplier) + enters - (leaves * _leaving);

    /// <param name="block">Where the last call found one; -1 to begin.</param>
    /// <returns>The next block that may have this hash, by its number; -1 after the last.</returns>
    internal int Next(ulong hash, int block)
    {
        ulong spread = hash * Spread;
        int next = block < 0 ? _heads[spread >> _headShift] : _next[block];
        while (next > 0 && _checks[next - 1] != CheckOf(spread))
        {
            next = _next[next - 1];
        }

        return next - 1;
    }

    private static uint CheckOf(ulong spread) => (uint)(spread >> 12);

    private void Add(ulong hash)
    {
        int block = _count++;
        int same = 0, last = -1;
        for (int found = Next(hash, -1); found >= 0 && same <= MaxSame; found = Next(hash, found))
        {
            (same, last) = (same + 1, found);
        }

        if (same >= MaxSame)
        {
            return;
        }

        ulong spread = hash * Spread, bit = spread >> _filterShift;
        _filter[bit >> 6] |= 1UL << (int)(bit & 63);
        _checks[block] = CheckOf(spread);
        if (last >= 0)
        {
            (_next[block], _next[last]) = (_next[last], block + 1);   // in the order of the base
            return;
        }

        ref int head = ref _heads[spread >> _headShift];
        (_next[block], head) = (head, block + 1);
    }
}
