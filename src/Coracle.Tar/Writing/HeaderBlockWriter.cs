using System.Buffers;

namespace Coracle.Tar;

/// <summary>Fills one ustar block.</summary>
internal static class HeaderBlockWriter
{
    public static void Write(TarEntry entry, ArrayBufferWriter<byte> output)
        => Write(output, entry.Name.Span, entry.LinkName.Span, (byte)entry.Type, entry, SizeOf(entry));

    /// <param name="size">Of what follows this block, which for an extended header is not the entry's.</param>
    public static void Write(
        ArrayBufferWriter<byte> output, ReadOnlySpan<byte> name, ReadOnlySpan<byte> link, byte type, TarEntry entry, long size)
    {
        Span<byte> block = output.GetSpan(HeaderBlock.Length)[..HeaderBlock.Length];
        block.Clear();
        Cut(name, HeaderBlock.NameLength).CopyTo(block);
        Cut(link, HeaderBlock.NameLength).CopyTo(block[157..]);
        Octal(block.Slice(100, 8), entry.Mode);
        Octal(block.Slice(108, 8), entry.Uid);
        Octal(block.Slice(116, 8), entry.Gid);
        Octal(block.Slice(124, 12), size);
        Octal(block.Slice(136, 12), Math.Max(0, entry.ModifiedAt.Seconds));
        block[156] = type;
        "ustar\u000000"u8.CopyTo(block[257..]);
        Octal(block.Slice(329, 8), entry.DeviceMajor);
        Octal(block.Slice(337, 8), entry.DeviceMinor);
        Checksum(block);
        output.Advance(HeaderBlock.Length);
    }

    public static long SizeOf(TarEntry entry) => entry.Type == TarEntryType.File ? entry.RealSize : 0;

    /// <summary>Whether the field of this length holds the number; where not, PAX does and the field says 0.</summary>
    public static bool Fits(long value, int fieldLength) => value >= 0 && value < 1L << (3 * (fieldLength - 1));

    private static ReadOnlySpan<byte> Cut(ReadOnlySpan<byte> text, int length) => text[..Math.Min(text.Length, length)];

    private static void Octal(Span<byte> field, long value)
    {
        value = Fits(value, field.Length) ? value : 0;
        for (int i = field.Length - 2; i >= 0; i--)
        {
            field[i] = (byte)('0' + (value & 7));
            value >>= 3;
        }
    }

    private static void Checksum(Span<byte> block)
    {
        Span<byte> field = block.Slice(148, 8);
        field.Fill((byte)' ');
        int sum = 0;
        foreach (byte b in block)
        {
            sum += b;
        }

        // Six digits, a NUL and a space: what every writer since v7 does.
        Octal(field[..7], sum);
    }
}
