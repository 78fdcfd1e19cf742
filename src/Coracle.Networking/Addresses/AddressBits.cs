using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace Coracle.Networking;

/// <summary>Addresses as numbers, so that subnets are arithmetic: the four bytes of IPv4 are the low ones.</summary>
internal static class AddressBits
{
    public const int WidthOfIPv4 = 32;

    public const int WidthOfIPv6 = 128;

    private const int LongestAddress = 16;

    public static int Width(bool isIPv6) => isIPv6 ? WidthOfIPv6 : WidthOfIPv4;

    /// <summary>Of an IPv6 address that only wraps one of IPv4 (<c>::ffff:10.0.0.1</c>) the latter, as Go reads it.</summary>
    public static UInt128 Of(IPAddress address, out bool isIPv6)
    {
        IPAddress plain = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        Span<byte> bytes = stackalloc byte[LongestAddress];
        plain.TryWriteBytes(bytes, out _);
        isIPv6 = plain.AddressFamily == AddressFamily.InterNetworkV6;
        return isIPv6 ? BinaryPrimitives.ReadUInt128BigEndian(bytes) : BinaryPrimitives.ReadUInt32BigEndian(bytes);
    }

    public static IPAddress ToAddress(UInt128 bits, bool isIPv6)
    {
        Span<byte> bytes = stackalloc byte[LongestAddress];
        if (isIPv6)
        {
            BinaryPrimitives.WriteUInt128BigEndian(bytes, bits);
            return new IPAddress(bytes);
        }

        BinaryPrimitives.WriteUInt32BigEndian(bytes, (uint)bits);
        return new IPAddress(bytes[..sizeof(uint)]);
    }
}
