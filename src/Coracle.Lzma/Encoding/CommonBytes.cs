using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;

namespace Coracle.Lzma;

/// <summary>How many bytes two places have in common. Mostly it is a few: a vector's way to them would take longer than the words do.</summary>
internal static class CommonBytes
{
    /// <param name="first">As long as <paramref name="second"/>.</param>
    /// <param name="length">So many are known to be the same.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Count(ReadOnlySpan<byte> first, ReadOnlySpan<byte> second, int length)
    {
        if (first.Length - length >= sizeof(ulong))
        {
            ulong others = Word(first, length) ^ Word(second, length);
            if (others != 0)
            {
                return length + (BitOperations.TrailingZeroCount(others) / 8);
            }

            length += sizeof(ulong);
        }

        return Rest(first, second, length);
    }

    private static int Rest(ReadOnlySpan<byte> first, ReadOnlySpan<byte> second, int length)
        => length + first[length..].CommonPrefixLength(second[length..]);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Word(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt64LittleEndian(bytes[at..]);
}
