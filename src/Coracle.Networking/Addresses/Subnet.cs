using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Coracle.Networking;

/// <summary>A block of addresses, <c>172.17.0.0/16</c>. Its host bits are always zero.</summary>
/// <param name="First">As a number; the network's own address where it has one.</param>
/// <param name="Length">Of the prefix, in bits.</param>
public readonly record struct Subnet(UInt128 First, int Length, bool IsIPv6)
{
    public IPAddress Address => AddressBits.ToAddress(First, IsIPv6);

    /// <summary>The broadcast address, in IPv4.</summary>
    public IPAddress LastAddress => AddressBits.ToAddress(Last, IsIPv6);

    internal int HostBits => AddressBits.Width(IsIPv6) - Length;

    internal UInt128 Last => First | HostMask(HostBits);

    /// <summary>The block of that length around an address.</summary>
    public static Subnet Around(IPAddress address, int length)
    {
        UInt128 bits = AddressBits.Of(address, out bool isIPv6);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, AddressBits.Width(isIPv6));
        return Around(bits, length, isIPv6);
    }

    /// <exception cref="FormatException">Not an address and a length, or host bits that are not zero.</exception>
    public static Subnet Parse(string text)
        => TryParse(text, out Subnet subnet, out IPAddress address) && address.Equals(subnet.Address) ? subnet : throw new FormatException($"{text} is no subnet");

    /// <summary>Go's netip.ParsePrefix: no zone, no leading zeros, no IPv4 in IPv6 clothes.</summary>
    /// <param name="address">What stood before the slash: not the subnet's own where host bits are set.</param>
    public static bool TryParse(string text, out Subnet subnet, out IPAddress address)
    {
        subnet = default;
        int slash = text.LastIndexOf('/');
        if (!TryParseAddress(slash < 0 ? "" : text[..slash], out address)
            || address.IsIPv4MappedToIPv6
            || !int.TryParse(text.AsSpan(slash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out int length)
            || (text[slash + 1] == '0' && slash + 2 < text.Length)
            || length > AddressBits.Width(address.AddressFamily == AddressFamily.InterNetworkV6))
        {
            return false;
        }

        subnet = Around(address, length);
        return true;
    }

    /// <summary>Go's netip.ParseAddr, without zones: four plain numbers or IPv6, where .NET takes <c>10</c> and <c>0x7f.1</c> as well.</summary>
    public static bool TryParseAddress(string text, out IPAddress address)
    {
        address = IPAddress.None;
        bool isIPv6 = text.Contains(':', StringComparison.Ordinal);
        if ((!isIPv6 && !IsDotted(text)) || text.AsSpan().ContainsAny("%[] ") || !IPAddress.TryParse(text, out IPAddress? parsed))
        {
            return false;
        }

        address = parsed;
        return true;
    }

    public bool Contains(IPAddress address)
    {
        UInt128 bits = AddressBits.Of(address, out bool isIPv6);
        return isIPv6 == IsIPv6 && bits >= First && bits <= Last;
    }

    public bool Contains(Subnet other) => other.IsIPv6 == IsIPv6 && other.First >= First && other.Last <= Last;

    public bool Overlaps(Subnet other) => other.IsIPv6 == IsIPv6 && other.First <= Last && other.Last >= First;

    /// <summary>By first address, the larger one first.</summary>
    public static int Compare(Subnet one, Subnet other)
    {
        int order = one.IsIPv6.CompareTo(other.IsIPv6);
        order = order != 0 ? order : one.First.CompareTo(other.First);
        return order != 0 ? order : one.Length.CompareTo(other.Length);
    }

    public override string ToString() => $"{Address}/{Length}";

    internal static Subnet Around(UInt128 bits, int length, bool isIPv6) => new(bits & ~HostMask(AddressBits.Width(isIPv6) - length), length, isIPv6);

    private static UInt128 HostMask(int bits) => bits >= AddressBits.WidthOfIPv6 ? UInt128.MaxValue : (UInt128.One << bits) - 1;

    private static bool IsDotted(string text)
    {
        int numbers = 0;
        foreach (Range range in text.AsSpan().Split('.'))
        {
            ReadOnlySpan<char> number = text.AsSpan(range);
            numbers++;
            if (number.Length is 0 or > 3 || number.ContainsAnyExceptInRange('0', '9') || (number.Length > 1 && number[0] == '0'))
            {
                return false;
            }
        }

        return numbers == 4;
    }
}
