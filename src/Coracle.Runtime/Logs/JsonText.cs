using System.Text;

namespace Coracle.Runtime;

/// <summary>
/// The inside of a JSON string, byte for byte as Docker's json-file driver writes it (Go's encoder with HTML escaping): clients
/// and log shippers compare and split on these bytes.
/// </summary>
/// <remarks>
/// Only <c>\\ \" \n \r</c> have short forms; other control characters and <c>&lt; &gt; &amp;</c> are <c>\u00xx</c>, so a tab is
/// <c>\u0009</c>; U+2028 and U+2029 are escaped; DEL is not. Each byte that is not part of valid UTF-8 becomes one
/// <c>\ufffd</c> of its own (Go advances one byte, where .NET would skip the whole broken sequence).
/// </remarks>
internal static class JsonText
{
    /// <summary>What one unit may grow to; <see cref="Encode"/> needs this much room to make progress.</summary>
    public const int LongestUnit = 6;

    /// <summary>Encodes as much of <paramref name="text"/> as fits.</summary>
    /// <returns>How much of the text was encoded; all of it, unless the destination filled up.</returns>
    public static int Encode(ReadOnlySpan<byte> text, Span<byte> destination, out int written)
    {
        int consumed = 0;
        written = 0;
        while (consumed < text.Length && destination.Length - written >= LongestUnit)
        {
            int plain = PlainPrefix(text[consumed..], destination.Length - written);
            text.Slice(consumed, plain).CopyTo(destination[written..]);
            consumed += plain;
            written += plain;
            if (consumed < text.Length && destination.Length - written >= LongestUnit)
            {
                consumed += EncodeUnit(text[consumed..], destination[written..], out int unit);
                written += unit;
            }
        }

        return consumed;
    }

    /// <summary>How long <see cref="Encode"/> will make it, at most: six bytes for each that is not plain ASCII.</summary>
    public static int Measure(ReadOnlySpan<byte> text)
    {
        int length = text.Length;
        foreach (byte b in text)
        {
            if (!IsPlain(b))
            {
                length += LongestUnit - 1;
            }
        }

        return length;
    }

    private static int PlainPrefix(ReadOnlySpan<byte> text, int room)
    {
        int most = Math.Min(text.Length, room);
        int i = 0;
        while (i < most && IsPlain(text[i]))
        {
            i++;
        }

        return i;
    }

    private static bool IsPlain(byte b)
        => b is >= 0x20 and < 0x80 and not ((byte)'"' or (byte)'\\' or (byte)'<' or (byte)'>' or (byte)'&');

    private static int EncodeUnit(ReadOnlySpan<byte> text, Span<byte> destination, out int written)
    {
        if (text[0] < 0x80)
        {
            written = EncodeAscii(text[0], destination);
            return 1;
        }

        if (Rune.DecodeFromUtf8(text, out Rune rune, out int length) != System.Buffers.OperationStatus.Done)
        {
            written = Copy("\\ufffd"u8, destination);
            return 1;
        }

        written = rune.Value switch
        {
            0x2028 => Copy("\\u2028"u8, destination),
            0x2029 => Copy("\\u2029"u8, destination),
            _ => Copy(text[..length], destination),
        };
        return length;
    }

    private static int EncodeAscii(byte b, Span<byte> destination)
    {
        switch (b)
        {
            case (byte)'"':
                return Copy("\\\""u8, destination);
            case (byte)'\\':
                return Copy("\\\\"u8, destination);
            case (byte)'\n':
                return Copy("\\n"u8, destination);
            case (byte)'\r':
                return Copy("\\r"u8, destination);
            default:
                ReadOnlySpan<byte> digits = "0123456789abcdef"u8;
                Copy("\\u00"u8, destination);
                destination[4] = digits[b >> 4];
                destination[5] = digits[b & 15];
                return LongestUnit;
        }
    }

    private static int Copy(ReadOnlySpan<byte> bytes, Span<byte> destination)
    {
        bytes.CopyTo(destination);
        return bytes.Length;
    }
}
