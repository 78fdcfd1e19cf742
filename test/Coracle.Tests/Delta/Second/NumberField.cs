namespace Coracle.Tests.Delta.Second;

/// <summary>Numbers in a header's fields: spaces, octal digits, the rest; or base 256.</summary>
internal static class NumberField
{
    private const int MostDigits = 21;

    /// <returns>Null if the field holds no number that counts.</returns>
    public static long? Read(ReadOnlySpan<byte> field)
    {
        if (field[0] >= 0x80)
        {
            return ReadBinary(field);
        }

        long value = 0;
        foreach (byte digit in field[Digits(field)])
        {
            value = (value << 3) + digit - '0';
        }

        return value;
    }

    public static void Write(Span<byte> field, long value)
    {
        RefusedException.Unless(value >= 0, "a number below 0");
        bool fits = field[0] >= 0x80 ? WriteBinary(field, value) : WriteOctal(field[Digits(field)], value);
        RefusedException.Unless(fits, $"{value} does not fit into its field");
    }

    /// <summary>The sum of a block's bytes with this field, the checksum, read as spaces.</summary>
    public static void WriteChecksum(Span<byte> block)
    {
        Span<byte> field = block.Slice(148, 8);
        long sum = 8 * ' ';
        for (int i = 0; i < block.Length; i++)
        {
            sum += i is >= 148 and < 156 ? 0 : block[i];
        }

        Range digits = field[0] >= 0x80 ? ..0 : Digits(field);
        if (digits.Start.Value == digits.End.Value)
        {
            digits = ..6;
            field[6] = 0;
            field[7] = (byte)' ';
        }

        WriteOctal(field[digits], sum);
    }

    private static Range Digits(ReadOnlySpan<byte> field)
    {
        int start = 0;
        while (start < field.Length && field[start] == ' ')
        {
            start++;
        }

        int end = start;
        while (end < field.Length && end - start < MostDigits && field[end] is >= (byte)'0' and <= (byte)'7')
        {
            end++;
        }

        return start..end;
    }

    private static long? ReadBinary(ReadOnlySpan<byte> field)
    {
        long value = field[0] & 0x7f;
        foreach (byte next in field[1..])
        {
            if (value >> 55 != 0)
            {
                return null;
            }

            value = (value << 8) | next;
        }

        return value;
    }

    private static bool WriteBinary(Span<byte> field, long value)
    {
        for (int i = field.Length - 1; i > 0; i--)
        {
            field[i] = (byte)value;
            value >>= 8;
        }

        field[0] = (byte)(0x80 | value);
        return value < 0x80;
    }

    /// <returns>False if there were more digits; the lowest are written all the same.</returns>
    private static bool WriteOctal(Span<byte> digits, long value)
    {
        for (int i = digits.Length - 1; i >= 0; i--)
        {
            digits[i] = (byte)('0' + (value & 7));
            value >>= 3;
        }

        return value == 0;
    }
}
