using System.Buffers;
using System.Text;

namespace Coracle.Tar;

/// <summary>Writes the PAX header of an entry that needs one.</summary>
internal static class PaxHeader
{
    public static void Write(TarEntry entry, ArrayBufferWriter<byte> output)
    {
        var records = new ArrayBufferWriter<byte>();
        AddText(records, "path"u8, entry.Name.Span);
        AddText(records, "linkpath"u8, entry.LinkName.Span);
        AddNumber(records, "size"u8, HeaderBlockWriter.SizeOf(entry), 12);
        AddNumber(records, "uid"u8, entry.Uid, 8);
        AddNumber(records, "gid"u8, entry.Gid, 8);
        AddTime(records, entry.ModifiedAt);
        foreach (TarXattr xattr in entry.Xattrs)
        {
            Add(records, [.. "SCHILY.xattr."u8, .. xattr.Name.Span], xattr.Value.Span);
        }

        if (records.WrittenCount > 0)
        {
            var plain = new TarEntry { Mode = 0x1a4 }; // 0644
            HeaderBlockWriter.Write(output, "PaxHeaders.0/x"u8, [], (byte)'x', plain, records.WrittenCount);
            output.Write(records.WrittenSpan);
            Span<byte> padding = output.GetSpan(HeaderBlock.Length)[..(-records.WrittenCount & (HeaderBlock.Length - 1))];
            padding.Clear();
            output.Advance(padding.Length);
        }
    }

    private static void AddText(ArrayBufferWriter<byte> records, ReadOnlySpan<byte> key, ReadOnlySpan<byte> text)
    {
        // Readers guess the encoding of a ustar name; PAX says UTF-8.
        if (text.Length > HeaderBlock.NameLength || text.ContainsAnyExceptInRange((byte)' ', (byte)'~'))
        {
            Add(records, key, text);
        }
    }

    private static void AddNumber(ArrayBufferWriter<byte> records, ReadOnlySpan<byte> key, long value, int fieldLength)
    {
        if (!HeaderBlockWriter.Fits(value, fieldLength))
        {
            Add(records, key, Decimal(value));
        }
    }

    private static void AddTime(ArrayBufferWriter<byte> records, TarTime time)
    {
        if (time.Nanoseconds == 0 && HeaderBlockWriter.Fits(time.Seconds, 12))
        {
            return;
        }

        bool borrow = time.Seconds < 0 && time.Nanoseconds > 0;
        long whole = borrow ? time.Seconds + 1 : time.Seconds;
        int fraction = borrow ? 1_000_000_000 - time.Nanoseconds : time.Nanoseconds;
        string sign = borrow && whole == 0 ? "-" : "";
        Add(records, "mtime"u8, Encoding.ASCII.GetBytes($"{sign}{whole}.{fraction:d9}"));
    }

    private static byte[] Decimal(long value) => Encoding.ASCII.GetBytes($"{value}");

    /// <summary>The length in front counts its own digits, hence the second look.</summary>
    private static void Add(ArrayBufferWriter<byte> records, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        int rest = 1 + key.Length + 1 + value.Length + 1;
        int length = rest + Decimal(rest).Length;
        length = rest + Decimal(length).Length;
        records.Write(Decimal(length));
        records.Write(" "u8);
        records.Write(key);
        records.Write("="u8);
        records.Write(value);
        records.Write("\n"u8);
    }
}
