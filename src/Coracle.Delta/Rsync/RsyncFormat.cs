using System.Buffers.Binary;

namespace Coracle.Delta;

/// <summary>
/// librsync's delta format: a magic number, then commands, then a zero. Literals of up to 64 bytes have their length in the command;
/// other numbers follow it, big-endian, in 1, 2, 4 or 8 bytes.
/// </summary>
/// <remarks>librsync's src/prototab.h. Format: docs/formats/balena-delta.md.</remarks>
internal static class RsyncFormat
{
    public const uint Magic = 0x72730236;

    public const int MagicLength = 4;

    public const byte End = 0;

    /// <summary>1 to 64: a literal of so many bytes.</summary>
    public const byte LastShortLiteral = 0x40;

    /// <summary>The first of four: by the width of the length.</summary>
    public const byte Literal = 0x41;

    /// <summary>The first of sixteen: by the width of the place, then by that of the length.</summary>
    public const byte Copy = 0x45;

    public const byte LastCopy = 0x54;

    /// <summary>A command, a place and a length.</summary>
    public const int MaxCommandLength = 17;

    /// <summary>librsync-go before 0.8.5 holds a literal in memory whole, and later ones write none that is longer.</summary>
    public const int MaxLiteral = 16 * 1024 * 1024;

    /// <returns>0, 1, 2 or 3, for 1, 2, 4 or 8 bytes.</returns>
    public static int WidthOf(long number) => number <= byte.MaxValue ? 0 : number <= ushort.MaxValue ? 1 : number <= uint.MaxValue ? 2 : 3;

    /// <returns>Bytes written.</returns>
    public static int WriteLiteral(Span<byte> command, long length)
    {
        if (length <= LastShortLiteral)
        {
            command[0] = (byte)length;
            return 1;
        }

        int width = WidthOf(length);
        command[0] = (byte)(Literal + width);
        return 1 + WriteNumber(command[1..], length, width);
    }

    /// <inheritdoc cref="WriteLiteral"/>
    public static int WriteCopy(Span<byte> command, long place, long length)
    {
        int placeWidth = WidthOf(place), lengthWidth = WidthOf(length);
        command[0] = (byte)(Copy + (placeWidth * 4) + lengthWidth);
        int written = 1 + WriteNumber(command[1..], place, placeWidth);
        return written + WriteNumber(command[written..], length, lengthWidth);
    }

    /// <returns>Bytes that follow a command: its numbers. -1 for what is no command.</returns>
    public static int NumbersLength(byte command) => command switch
    {
        < Literal => 0,
        < Copy => 1 << (command - Literal),
        <= LastCopy => (1 << ((command - Copy) / 4)) + (1 << ((command - Copy) % 4)),
        _ => -1,
    };

    /// <param name="numbers">As many as <see cref="NumbersLength"/> says.</param>
    /// <param name="place">In the base; -1 for a literal.</param>
    /// <param name="length">Of a number beyond 2^63 it comes out negative, as <paramref name="place"/> does.</param>
    public static void Read(byte command, ReadOnlySpan<byte> numbers, out long place, out long length)
    {
        int split = command < Copy ? 0 : 1 << ((command - Copy) / 4);
        place = split == 0 ? -1 : ReadNumber(numbers[..split]);
        length = command < Literal ? command : ReadNumber(numbers[split..]);
    }

    private static int WriteNumber(Span<byte> to, long number, int width)
    {
        int length = 1 << width;
        for (int i = 0; i < length; i++)
        {
            to[i] = (byte)(number >> (8 * (length - 1 - i)));
        }

        return length;
    }

    private static long ReadNumber(ReadOnlySpan<byte> bytes) => bytes.Length switch
    {
        1 => bytes[0],
        2 => BinaryPrimitives.ReadUInt16BigEndian(bytes),
        4 => BinaryPrimitives.ReadUInt32BigEndian(bytes),
        _ => BinaryPrimitives.ReadInt64BigEndian(bytes),
    };
}
