using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Net.Sockets;

namespace Coracle.Core;

/// <summary>
/// An IP address as people write it: four decimal numbers, or the hexadecimal groups of IPv6. .NET also takes <c>1</c>, <c>0x7f.1</c> and
/// <c>010.0.0.1</c> (octal), which mean something else to the next program that reads them.
/// </summary>
internal static class AddressText
{
    /// <param name="address">An IPv4 address in IPv6's clothes comes out as IPv4.</param>
    public static bool TryParse(string text, [NotNullWhen(true)] out IPAddress? address)
    {
        if (text.Contains('%', StringComparison.Ordinal) || text.Contains('[', StringComparison.Ordinal)
            || !IPAddress.TryParse(text, out address) || (address.AddressFamily == AddressFamily.InterNetwork && address.ToString() != text))
        {
            address = null;
            return false;
        }

        address = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        return true;
    }

    public static bool IsIPv4(IPAddress address) => address.AddressFamily == AddressFamily.InterNetwork;

    /// <summary>0.0.0.0 or ::.</summary>
    public static bool IsEvery(IPAddress address) => address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any);
}
