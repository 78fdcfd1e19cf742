using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text;

namespace Coracle.Networking;

/// <summary>An Ethernet address of six bytes.</summary>
/// <param name="Bits">The first byte is the highest of the six.</param>
public readonly record struct EndpointMac(ulong Bits)
{
    private const int Bytes = 6;

    /// <summary>Docker's prefix: locally administered, and nobody's group.</summary>
    private const ulong Prefix = 0x0242_0000_0000;

    private const ulong LocalBit = 0x0200_0000_0000, GroupBit = 0x0100_0000_0000, AllBits = 0xffff_ffff_ffff;

    /// <summary>02:42 and the four bytes of an IPv4 address: unique in a subnet, and the same whenever that address is given again.</summary>
    public static EndpointMac Of(IPAddress ipv4) => new(Prefix | (ulong)AddressBits.Of(ipv4, out _));

    /// <summary>As good as random, and the same for the same endpoint at every start: for endpoints that have no IPv4 address.</summary>
    public static EndpointMac Of(string networkId, string containerId)
    {
        byte[] hash = SHA256.HashData(Encoding.UTF8.GetBytes($"{networkId} {containerId}"));
        return new EndpointMac(((BinaryPrimitives.ReadUInt64BigEndian(hash) & AllBits) | LocalBit) & ~GroupBit);
    }

    /// <summary>Six bytes of two digits, parted by colons or dashes; or three of four by points, as Go reads them.</summary>
    public static bool TryParse(string text, out EndpointMac address)
    {
        address = default;
        const int Longest = 17, Dotted = 14;
        if (text.Length is not (Longest or Dotted))
        {
            return false;
        }

        bool isDotted = text.Length == Dotted;
        int digits = isDotted ? 4 : 2;
        char separator = text[digits];
        if (isDotted ? separator != '.' : separator is not (':' or '-'))
        {
            return false;
        }

        ulong bits = 0;
        for (int i = 0; i < text.Length; i += digits + 1)
        {
            if (!uint.TryParse(text.AsSpan(i, digits), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out uint part)
                || (i > 0 && text[i - 1] != separator))
            {
                return false;
            }

            bits = (bits << (4 * digits)) | part;
        }

        address = new EndpointMac(bits);
        return true;
    }

    public void CopyTo(Span<byte> bytes)
    {
        for (int i = 0; i < Bytes; i++)
        {
            bytes[i] = ByteAt(i);
        }
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{ByteAt(0):x2}:{ByteAt(1):x2}:{ByteAt(2):x2}:{ByteAt(3):x2}:{ByteAt(4):x2}:{ByteAt(5):x2}");

    private byte ByteAt(int index) => (byte)(Bits >> (8 * (Bytes - 1 - index)));
}
