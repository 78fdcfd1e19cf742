using System.Globalization;

namespace Coracle.Linux;

/// <summary>An Ethernet address, 48 bits.</summary>
public readonly record struct MacAddress
{
    public const int Length = 6;

    private const int TextLength = 17;

    private readonly ulong _bits;

    public MacAddress(ReadOnlySpan<byte> bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(bytes.Length, Length);
        foreach (byte one in bytes)
        {
            _bits = (_bits << 8) | one;
        }
    }

    /// <summary>For one station: the group bit, which the kernel refuses in an interface's own address, is not set, and it is not all zeros.</summary>
    public bool IsStation => _bits != 0 && ((_bits >> 40) & 1) == 0;

    /// <summary>Six pairs of hexadecimal digits with colons or dashes between them.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out MacAddress address)
    {
        address = default;
        Span<byte> bytes = stackalloc byte[Length];
        if (text.Length != TextLength || text[2] is not (':' or '-'))
        {
            return false;
        }

        for (int i = 0; i < Length; i++)
        {
            if ((i > 0 && text[(3 * i) - 1] != text[2])
                || !byte.TryParse(text.Slice(3 * i, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out bytes[i]))
            {
                return false;
            }
        }

        address = new MacAddress(bytes);
        return true;
    }

    public void CopyTo(Span<byte> bytes)
    {
        for (int i = 0; i < Length; i++)
        {
            bytes[i] = (byte)(_bits >> (8 * (Length - 1 - i)));
        }
    }

    /// <summary>As the kernel and Docker print it: lower case, colons.</summary>
    public override string ToString()
    {
        Span<char> text = stackalloc char[TextLength];
        for (int i = 0; i < TextLength; i++)
        {
            int nibble = (i / 3 * 2) + (i % 3);
            text[i] = i % 3 == 2 ? ':' : "0123456789abcdef"[(int)(_bits >> (44 - (4 * nibble))) & 0xF];
        }

        return new string(text);
    }
}
