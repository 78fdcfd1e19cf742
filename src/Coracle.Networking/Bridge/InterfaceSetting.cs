using System.Diagnostics.CodeAnalysis;
using Coracle.Linux;

namespace Coracle.Networking;

/// <summary>One setting of an endpoint's interface, whatever that will be called.</summary>
/// <param name="Family">ipv4, ipv6, mpls.</param>
/// <param name="IsOfNeighbours">Below neigh instead of conf.</param>
public sealed record InterfaceSetting(string Family, bool IsOfNeighbours, string Name, string Value)
{
    /// <summary>Docker's <c>com.docker.network.endpoint.sysctls</c>, one of them: <c>net.ipv4.conf.IFNAME.log_martians=1</c>.</summary>
    /// <returns>False when it is not a setting of one interface, which is always called IFNAME.</returns>
    public static bool TryParse(string text, [NotNullWhen(true)] out InterfaceSetting? setting)
    {
        setting = null;
        int equals = text.IndexOf('=', StringComparison.Ordinal);
        string[] words = equals < 0 ? [] : text[..equals].Split('.');
        if (words is not ["net", "ipv4" or "ipv6" or "mpls", "conf" or "neigh", "IFNAME", var name] || !IsWord(name))
        {
            return false;
        }

        setting = new InterfaceSetting(words[1], words[2] == "neigh", name, text[(equals + 1)..]);
        return true;
    }

    public override string ToString() => $"net.{Family}.{(IsOfNeighbours ? "neigh" : "conf")}.IFNAME.{Name}={Value}";

    internal NetworkSysctl On(string link)
        => IsOfNeighbours ? NetworkSysctl.OfNeighbours(Family, link, Name) : NetworkSysctl.OfLink(Family, link, Name);

    private static bool IsWord(string text)
    {
        foreach (char c in text)
        {
            if (!char.IsAsciiLetterLower(c) && !char.IsAsciiDigit(c) && c is not ('_' or '-'))
            {
                return false;
            }
        }

        return text.Length > 0;
    }
}
