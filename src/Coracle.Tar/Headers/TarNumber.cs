using System.Buffers.Binary;

namespace Coracle.Tar;

/// <summary>Numbers as tar writes them: octal text, GNU's base-256, and PAX decimals.</summary>
internal static class TarNumber
{
    private const int NanosecondDigits = 9;

    /// <summary>A numeric field of a header block.</summary>
    /// <remarks>
    /// Spaces and NULs around the digits are fillers, and an empty field is 0: there are writers for each habit.
    /// The high bit of the first byte announces base-256, two's complement, big-endian (GNU; also star and Go).
    /// </remarks>
    public static bool TryParseField(ReadOnlySpan<byte> field, out long value)
        => (field[0] & 0x80) != 0 ? TryParseBase256(field, out value) : TryParseOctal(field, out value);

    private static bool TryParseBase256(ReadOnlySpan<byte> field, out long value)
    {
        bool negative = (field[0] & 0x40) != 0;
        byte filler = negative ? (byte)0xff : (byte)0x80;
        ReadOnlySpan<byte> low = field.Length > sizeof(long) ? field[^sizeof(long)..] : field;
        value = 0;
        if (field.Length <= sizeof(long))
        {
            // Eight bytes with the marker in the top bit: what is left is a 63-bit number with its sign in bit 62.
            value = (BinaryPrimitives.ReadInt64BigEndian(Widen(field, negative)) << 1) >> 1;
            return true;
        }

        foreach (byte extra in field[..^sizeof(long)])
        {
            if (extra != filler)
            {
                return false;
            }

            filler = negative ? (byte)0xff : (byte)0;
        }

        value = BinaryPrimitives.ReadInt64BigEndian(low);
        return value < 0 == negative;
    }

    private static byte[] Widen(ReadOnlySpan<byte> field, bool negative)
    {
        byte[] wide = new byte[sizeof(long)];
        wide.AsSpan().Fill(negative ? (byte)0xff : (byte)0);
        field.CopyTo(wide.AsSpan(sizeof(long) - field.Length));
        wide[sizeof(long) - field.Length] &= negative ? (byte)0xff : (byte)0x7f;
        return wide;
    }

    private static bool TryParseOctal(ReadOnlySpan<byte> field, out long value)
    {
        value = 0;
        field = field.Trim(" \0"u8);
        int end = field.IndexOf((byte)0);
        field = end < 0 ? field : field[..end].TrimEnd((byte)' ');
        foreach (byte digit in field)
        {
            if (digit is < (byte)'0' or > (byte)'7' || value > long.MaxValue >> 3)
            {
                return false;
            }

            value = (value << 3) | (long)(digit - '0');
        }

        return true;
    }

    /// <summary>A PAX decimal without sign: sizes and ids.</summary>
    public static bool TryParseDecimal(ReadOnlySpan<byte> text, out long value)
    {
        value = 0;
        foreach (byte digit in text)
        {
            if (digit is < (byte)'0' or > (byte)'9' || value > (long.MaxValue - 9) / 10)
            {
                return false;
            }

            value = (value * 10) + (digit - '0');
        }

        return !text.IsEmpty;
    }

    /// <summary>A PAX time: seconds with any number of decimals, of which nine count.</summary>
    public static bool TryParseTime(ReadOnlySpan<byte> text, out TarTime time)
    {
        time = default;
        bool negative = !text.IsEmpty && text[0] == (byte)'-';
        text = negative ? text[1..] : text;
        int point = text.IndexOf((byte)'.');
        ReadOnlySpan<byte> whole = point < 0 ? text : text[..point];
        ReadOnlySpan<byte> fraction = point < 0 ? [] : text[(point + 1)..];
        if (!TryParseDecimal(whole, out long seconds) || !TryParseFraction(fraction, out int nanoseconds))
        {
            return false;
        }

        time = !negative ? new TarTime(seconds, nanoseconds)
            : nanoseconds == 0 ? new TarTime(-seconds, 0)
            : new TarTime(-seconds - 1, 1_000_000_000 - nanoseconds);
        return true;
    }

    private static bool TryParseFraction(ReadOnlySpan<byte> digits, out int nanoseconds)
    {
        nanoseconds = 0;
        for (int i = 0; i < NanosecondDigits; i++)
        {
            int digit = i < digits.Length ? digits[i] - '0' : 0;
            if (digit is < 0 or > 9)
            {
                return false;
            }

            nanoseconds = (nanoseconds * 10) + digit;
        }

        return digits.IndexOfAnyExceptInRange((byte)'0', (byte)'9') < 0;
    }
}
