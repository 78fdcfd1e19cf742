namespace Coracle.Delta;

/// <summary>Numbers of a header block, read and written in the manner of whoever wrote the block.</summary>
internal static class HeaderNumber
{
    private const int MaxDigits = 21;

    public static bool TryRead(ReadOnlySpan<byte> field, out long value)
    {
        if (field[0] >= 0x80)
        {
            return TryReadBase256(field, out value);
        }

        (int at, int count) = Digits(field);
        value = 0;
        foreach (byte digit in field.Slice(at, count))
        {
            value = (value << 3) | (long)(digit - '0');
        }

        return true;
    }

    /// <returns>False where the number does not fit in the digits that the field has.</returns>
    public static bool TryWrite(Span<byte> field, long value)
    {
        if (value < 0)
        {
            return false;
        }

        if (field[0] >= 0x80)
        {
            WriteBase256(field, value);
            return true;
        }

        (int at, int count) = Digits(field);
        for (int i = at + count - 1; i >= at; i--, value >>= 3)
        {
            field[i] = (byte)('0' + (value & 7));
        }

        return value == 0;
    }

    /// <summary>The sum of a block, its own field read as spaces, in as many digits as there are.</summary>
    public static void WriteChecksum(Span<byte> block)
    {
        Span<byte> field = block.Slice(HeaderField.Checksum.At, HeaderField.Checksum.Length);
        long sum = field.Length * ' ';
        foreach (byte b in block)
        {
            sum += b;
        }

        foreach (byte b in field)
        {
            sum -= b;
        }

        if (Digits(field).Count == 0)
        {
            "000000\0 "u8.CopyTo(field);
        }

        // A sum has six digits at most; fields with less are nobody's.
        _ = TryWrite(field, sum);
    }

    private static (int At, int Count) Digits(ReadOnlySpan<byte> field)
    {
        int at = field.IndexOfAnyExcept((byte)' ');
        at = at < 0 ? 0 : at;
        int end = field[at..].IndexOfAnyExceptInRange((byte)'0', (byte)'7');
        return (at, Math.Min(end < 0 ? field.Length - at : end, MaxDigits));
    }

    private static bool TryReadBase256(ReadOnlySpan<byte> field, out long value)
    {
        value = 0;
        for (int i = 0; i < field.Length; i++)
        {
            if (value > long.MaxValue >> 8)
            {
                return false;
            }

            value = (value << 8) | (i == 0 ? (long)(field[0] & 0x7f) : field[i]);
        }

        return true;
    }

    private static void WriteBase256(Span<byte> field, long value)
    {
        for (int i = field.Length - 1; i > 0; i--, value >>= 8)
        {
            field[i] = (byte)value;
        }

        field[0] = (byte)(0x80 | value);
    }
}
