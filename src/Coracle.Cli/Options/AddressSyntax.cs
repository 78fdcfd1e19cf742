using System.Net;
using System.Net.Sockets;

namespace Coracle.Cli;

/// <summary>IP addresses as Go reads them: four decimal numbers, or IPv6 without a zone. .NET takes <c>1.2.3</c> and <c>fe80::1%eth0</c>, too.</summary>
internal static class AddressSyntax
{
    public static bool IsAddress(string text)
        => !text.Contains('%', StringComparison.Ordinal) && !text.Contains('[', StringComparison.Ordinal) && IPAddress.TryParse(text, out IPAddress? address)
            && (address.AddressFamily != AddressFamily.InterNetwork || address.ToString() == text);
}
