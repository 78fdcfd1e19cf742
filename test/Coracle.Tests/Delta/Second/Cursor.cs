using System.Buffers.Binary;

namespace Coracle.Tests.Delta.Second;

/// <summary>Reads the numbers of a delta from some of its bytes, front to back (docs/formats/delta.md, "Numbers").</summary>
internal sealed class Cursor(ReadOnlyMemory<byte> bytes, string what)
{
    private const int LongestNumber = 9;

    public int Position { get; private set; }

    public bool IsAtEnd => Position == bytes.Length;

    public ReadOnlyMemory<byte> Since(int start) => bytes[start..Position];

    public ReadOnlySpan<byte> Take(long count)
    {
        RefusedException.Unless(count <= bytes.Length - Position, $"{what}: ends early");
        ReadOnlySpan<byte> taken = bytes.Span.Slice(Position, (int)count);
        Position += (int)count;
        return taken;
    }

    public byte Byte() => Take(1)[0];

    public uint UInt32() => BinaryPrimitives.ReadUInt32LittleEndian(Take(4));

    public ulong UInt64() => BinaryPrimitives.ReadUInt64LittleEndian(Take(8));

    public long Number()
    {
        long value = 0;
        for (int i = 0; i < LongestNumber; i++)
        {
            byte next = Byte();
            value |= (long)(next & 0x7f) << (7 * i);
            if (next < 0x80)
            {
                RefusedException.Unless(next != 0 || i == 0, $"{what}: a number is longer than it has to be");
                return value;
            }
        }

        throw new RefusedException($"{what}: a number of more than nine bytes");
    }

    /// <param name="bound">The largest value that is allowed.</param>
    public long Number(long bound)
    {
        long value = Number();
        RefusedException.Unless(value <= bound, $"{what}: {value} is above its bound, {bound}");
        return value;
    }

    public long Signed() => ToSigned(Number());

    public static long ToSigned(long number) => (number & 1) == 0 ? number >> 1 : -(number >> 1) - 1;
}
