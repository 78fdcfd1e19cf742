using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Coracle.Linux;

namespace Coracle.Networking;

/// <summary>What our interfaces are called, and the addresses that nobody chose.</summary>
public static class LinkNames
{
    private const string BridgePrefix = "br-";
    private const string VethPrefix = "veth";

    /// <summary>Of a network's id, as Docker does: what a user recognises it by.</summary>
    private const int IdDigits = 12;

    /// <summary>Docker's as well: 15 bytes are all that a name may have, and people look for veth.</summary>
    private const int VethDigits = 7;

    /// <summary>Of a bridge network that names none.</summary>
    public static string BridgeOf(string network) => BridgePrefix + network[..Math.Min(IdDigits, network.Length)];

    /// <summary>The host's end of a pair, new.</summary>
    internal static string CreateVeth() => VethPrefix + RandomNumberGenerator.GetHexString(VethDigits, lowercase: true);

    internal static bool IsVeth(string name)
    {
        if (name.Length != VethPrefix.Length + VethDigits || !name.StartsWith(VethPrefix, StringComparison.Ordinal))
        {
            return false;
        }

        foreach (char c in name.AsSpan(VethPrefix.Length))
        {
            if (!char.IsAsciiHexDigitLower(c))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>The lowest number that is free behind a prefix.</summary>
    internal static string FirstFree(string prefix, IReadOnlySet<string> taken)
    {
        for (int number = 0; ; number++)
        {
            string name = string.Create(CultureInfo.InvariantCulture, $"{prefix}{number}");
            if (!taken.Contains(name))
            {
                return name;
            }
        }
    }

    /// <summary>
    /// The parts of a sub-interface's name: <c>eth0.10</c> is 802.1q number 10 on eth0. The last dot counts, since a sub-interface may
    /// have one itself.
    /// </summary>
    /// <exception cref="NetworkingException">In Docker's words.</exception>
    internal static (string Parent, int Id) ParseVlan(string name)
    {
        int dot = name.LastIndexOf('.');
        if (dot <= 0)
        {
            throw new NetworkingException($"invalid subinterface vlan name {name}, example formatting is eth0.10");
        }

        if (!int.TryParse(name.AsSpan(dot + 1), NumberStyles.None, CultureInfo.InvariantCulture, out int id))
        {
            throw new NetworkingException($"required interface name format is: name.vlan_id, ex. eth0.10 for vlan 10, instead received {name}");
        }

        // IEEE 802.1Q: twelve bits, of which 0 and 4095 mean something else.
        return id is >= 1 and <= 4094 ? (name[..dot], id) : throw new NetworkingException($"vlan id must be between 1-4094, received: {id}");
    }

    /// <summary>
    /// The same for the same network every time, for one station and locally administered. A bridge that is given none takes the lowest
    /// of its ports', and containers would lose their gateway's with every container that comes or goes.
    /// </summary>
    internal static MacAddress MacOf(string network)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes(network), hash);
        hash[0] = (byte)((hash[0] & 0xFC) | 0x02);
        return new MacAddress(hash[..MacAddress.Length]);
    }
}
