using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace Coracle.Oci;

/// <summary>
/// JSON from outside as Go's decoder, for which it was written, reads it: text that is no Unicode has U+FFFD in its place. .NET's
/// reader accepts such bytes and throws later, from wherever a name or a value is first asked for.
/// </summary>
public static class GoJson
{
    /// <exception cref="JsonException">Not JSON.</exception>
    public static JsonDocument Parse(ReadOnlyMemory<byte> bytes)
        => JsonDocument.Parse(Utf8.IsValid(bytes.Span) && bytes.Span.IndexOf("\\u"u8) < 0 ? bytes : Mend(bytes.Span));

    private static byte[] Mend(ReadOnlySpan<byte> bytes)
    {
        byte[] text = Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(bytes));
        for (int at = text.AsSpan().IndexOf((byte)'\\'); at >= 0 && at + 1 < text.Length; at = Next(text, at))
        {
            int unit = UnitAt(text, at);
            if (IsHigh(unit) && IsLow(UnitAt(text, at + 6)))
            {
                at += 6;
            }
            else if (IsHigh(unit) || IsLow(unit))
            {
                "fffd"u8.CopyTo(text.AsSpan(at + 2));
            }
        }

        return text;
    }

    /// <summary>The next escape after this one, whose second character may be a backslash itself.</summary>
    private static int Next(byte[] text, int at)
    {
        int next = text.AsSpan(at + 2).IndexOf((byte)'\\');
        return next < 0 ? -1 : at + 2 + next;
    }

    /// <returns>The UTF-16 unit of the escape <c>\uXXXX</c> here; -1 where there is none.</returns>
    private static int UnitAt(byte[] text, int at)
    {
        if (at + 6 > text.Length || text[at] != '\\' || text[at + 1] != 'u')
        {
            return -1;
        }

        int unit = 0;
        for (int i = at + 2; i < at + 6; i++)
        {
            int digit = Digit(text[i]);
            unit = digit < 0 || unit < 0 ? -1 : (unit << 4) | digit;
        }

        return unit;
    }

    private static int Digit(byte b) => b switch
    {
        >= (byte)'0' and <= (byte)'9' => b - '0',
        >= (byte)'a' and <= (byte)'f' => b - 'a' + 10,
        >= (byte)'A' and <= (byte)'F' => b - 'A' + 10,
        _ => -1,
    };

    private static bool IsHigh(int unit) => unit is >= 0xd800 and <= 0xdbff;

    private static bool IsLow(int unit) => unit is >= 0xdc00 and <= 0xdfff;
}
