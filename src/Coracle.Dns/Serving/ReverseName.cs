namespace Coracle.Dns;

/// <summary>The names of addresses: <c>4.3.2.1.in-addr.arpa</c>, and a nibble a label below <c>ip6.arpa</c>.</summary>
/// <remarks>RFC 1035 section 3.5, RFC 3596 section 2.5.</remarks>
internal static class ReverseName
{
    private const int MaxDigits = 3;

    private static ReadOnlySpan<byte> V4Suffix => ".in-addr.arpa"u8;

    private static ReadOnlySpan<byte> V6Suffix => ".ip6.arpa"u8;

    /// <param name="address">Sixteen bytes.</param>
    /// <returns>How many of them it fills: 4, 16, or 0 when the name is not that of an address.</returns>
    public static int Read(ReadOnlySpan<byte> name, Span<byte> address)
        => name.EndsWith(V4Suffix) ? ReadV4(name[..^V4Suffix.Length], address)
        : name.EndsWith(V6Suffix) ? ReadV6(name[..^V6Suffix.Length], address)
        : 0;

    private static int ReadV4(ReadOnlySpan<byte> text, Span<byte> address)
    {
        int at = 0;
        for (int i = NameTable.V4Length - 1; i >= 0; i--)
        {
            int value = 0, digits = 0;
            for (; at < text.Length && text[at] is >= (byte)'0' and <= (byte)'9' && digits < MaxDigits; at++, digits++)
            {
                value = (value * 10) + text[at] - '0';
            }

            bool ends = i == 0 ? at == text.Length : at < text.Length && text[at++] == '.';
            if (digits == 0 || value > byte.MaxValue || !ends)
            {
                return 0;
            }

            address[i] = (byte)value;
        }

        return NameTable.V4Length;
    }

    private static int ReadV6(ReadOnlySpan<byte> text, Span<byte> address)
    {
        const int Nibbles = 2 * NameTable.V6Length;
        if (text.Length != (2 * Nibbles) - 1)
        {
            return 0;
        }

        address[..NameTable.V6Length].Clear();
        for (int i = 0; i < Nibbles; i++)
        {
            int digit = Digit(text[2 * i]);
            if (digit < 0 || (i > 0 && text[(2 * i) - 1] != '.'))
            {
                return 0;
            }

            address[NameTable.V6Length - 1 - (i / 2)] |= (byte)(digit << (i % 2 * 4));
        }

        return NameTable.V6Length;
    }

    private static int Digit(byte b) => b switch
    {
        >= (byte)'0' and <= (byte)'9' => b - '0',
        >= (byte)'a' and <= (byte)'f' => b - 'a' + 10,
        _ => -1,
    };
}
