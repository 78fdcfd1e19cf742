using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Coracle.Core;
using Coracle.Networking;

namespace Coracle;

/// <summary>From the options to <see cref="NetworkOptions"/>, with Docker's words where one is wrong.</summary>
internal static class NetworkSetup
{
    private const int DefaultMtu = 1500;

    private const int LongestDomain = 255;

    /// <exception cref="OptionsException">With the words for the operator.</exception>
    public static NetworkOptions Of(OptionValues values, EngineDefaults defaults)
    {
        NetworkOptions options = new()
        {
            Bridge = values.Last("bridge") ?? "",
            DefaultBridge = defaults.Bridge,
            Bip = Interface(values, "bip", AddressFamily.InterNetwork),
            Bip6 = Interface(values, "bip6", AddressFamily.InterNetworkV6),
            FixedCidr = Block(values, "fixed-cidr", isIPv6: false),
            FixedCidrV6 = Block(values, "fixed-cidr-v6", isIPv6: true),
            DefaultGateway = Address(values, "default-gateway"),
            DefaultGatewayV6 = Address(values, "default-gateway-v6"),
            Mtu = Mtu(values),
            Icc = IsOn(values, "icc", otherwise: true),
            HostBinding = Address(values, "ip") ?? IPAddress.Any,
            IpMasquerade = IsOn(values, "ip-masq", otherwise: true),
            IpForward = IsOn(values, "ip-forward", otherwise: true),
            IpForwardNoDrop = values.IsOn("ip-forward-no-drop"),
            IpTables = IsOn(values, "iptables", otherwise: true),
            Ip6Tables = IsOn(values, "ip6tables", otherwise: true),
            IPv6 = values.IsOn("ipv6"),
            AllowDirectRouting = values.IsOn("allow-direct-routing"),
            UserlandProxy = IsOn(values, "userland-proxy", otherwise: true),
            Firewall = Firewall(values, defaults),
            FirewallBackend = Word(values, "firewall-backend", "", "nftables", "iptables"),
            AddressPools = Pools(values),
            Dns = [.. values.All("dns").Select(Server)],
            DnsOptions = values.All("dns-opt"),
            DnsSearch = [.. values.All("dns-search").Select(Domain)],
            HostGateways = HostGateways(values),
            DriverDefaults = DriverDefaults(values),
        };
        Check(options);
        return options;
    }

    private static void Check(NetworkOptions options)
    {
        if (options.Bridge.Length > 0 && (options.Bip ?? options.Bip6) is not null)
        {
            throw new OptionsException("you specified -b & --bip, mutually exclusive options. Please specify only one");
        }

        if (!options.IpTables && !options.Icc)
        {
            throw new OptionsException("you specified --iptables=false with --icc=false. ICC=false uses iptables to function. Please set --icc or --iptables to true");
        }

        CheckInside(options.Bip, options.FixedCidr, options.DefaultGateway);
        CheckInside(options.Bip6, options.FixedCidrV6, options.DefaultGatewayV6);
    }

    private static void CheckInside(BridgeAddress? bridge, Subnet? range, IPAddress? gateway)
    {
        Subnet? around = bridge?.Subnet ?? range;
        if (bridge is not null && range is { } part && !bridge.Subnet.Contains(part))
        {
            throw new OptionsException("container subnet must be a subset of bridge network");
        }

        if (around is { } subnet && gateway is not null && !subnet.Contains(gateway))
        {
            throw new OptionsException("default gateway ip must be part of the network");
        }
    }

    private static bool IsOn(OptionValues values, string flag, bool otherwise) => values.Last(flag) is { } text ? text == "true" : otherwise;

    private static BridgeAddress? Interface(OptionValues values, string flag, AddressFamily family)
    {
        if (values.Last(flag) is not { Length: > 0 } text)
        {
            return null;
        }

        return Subnet.TryParse(text, out Subnet subnet, out IPAddress address) && address.AddressFamily == family
            ? new BridgeAddress(address, subnet.Length)
            : throw Invalid(flag, text, $"invalid CIDR address: {text}");
    }

    private static Subnet? Block(OptionValues values, string flag, bool isIPv6)
    {
        if (values.Last(flag) is not { Length: > 0 } text)
        {
            return null;
        }

        return Subnet.TryParse(text, out Subnet subnet, out _) && subnet.IsIPv6 == isIPv6
            ? subnet
            : throw Invalid(flag, text, isIPv6 ? $"invalid fixed-cidr-v6: '{text}' is not a valid IPv6 subnet" : $"invalid CIDR address: {text}");
    }

    private static IPAddress? Address(OptionValues values, string flag)
    {
        if (values.Last(flag) is not { Length: > 0 } text)
        {
            return null;
        }

        return Subnet.TryParseAddress(text, out IPAddress address) ? address : throw Invalid(flag, text, $"{text} is not an ip address");
    }

    private static int Mtu(OptionValues values)
    {
        if (values.Last("mtu") is not { } text)
        {
            return DefaultMtu;
        }

        if (!int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int mtu))
        {
            throw Invalid("mtu", text, $"strconv.ParseInt: parsing \"{text}\": invalid syntax");
        }

        return mtu < 0 ? throw new OptionsException($"invalid default MTU: {mtu}") : mtu == 0 ? DefaultMtu : mtu;
    }

    private static FirewallChoice Firewall(OptionValues values, EngineDefaults defaults)
        => Word(values, "firewall", defaults.IsReplacement ? "integrate" : "own", "own", "integrate") == "own" ? FirewallChoice.Own : FirewallChoice.Integrate;

    private static string Word(OptionValues values, string flag, string otherwise, params ReadOnlySpan<string> allowed)
    {
        string word = values.Last(flag) is { Length: > 0 } given ? given : otherwise;
        return word == otherwise || allowed.Contains(word) ? word : throw Invalid(flag, word, $"one of {string.Join(", ", allowed)} is expected");
    }

    private static IReadOnlyList<SubnetBase> Pools(OptionValues values)
    {
        IReadOnlyList<string> given = values.All("default-address-pool");
        return given.Count == 0 ? SubnetBase.Defaults : [.. given.Select(Pool)];
    }

    private static SubnetBase Pool(string text)
    {
        try
        {
            return SubnetBase.Parse(text);
        }
        catch (FormatException wrong)
        {
            throw Invalid("default-address-pool", text, wrong.Message);
        }
    }

    private static IPAddress Server(string text)
        => Subnet.TryParseAddress(text.Trim(), out IPAddress address) ? address : throw Invalid("dns", text, $"IP address is not correctly formatted: {text}");

    /// <summary>A single dot is the root: no search.</summary>
    private static string Domain(string text)
    {
        string name = text.Trim();
        bool isName = name.Length is > 0 and <= LongestDomain && !name.StartsWith('-') && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '.' or '_');
        return isName && (name == "." || !name.StartsWith('.')) ? name : throw Invalid("dns-search", text, $"{text} is not a valid domain");
    }

    private static List<IPAddress> HostGateways(OptionValues values)
    {
        List<IPAddress> gateways = [];
        foreach (string text in values.All("host-gateway-ip"))
        {
            gateways.Add(Subnet.TryParseAddress(text, out IPAddress address) ? address : throw Invalid("host-gateway-ip", text, $"{text} is not an ip address"));
        }

        return gateways.Count < 2 || (gateways.Count == 2 && gateways[0].AddressFamily != gateways[1].AddressFamily)
            ? gateways
            : throw new OptionsException("only one IPv4 and one IPv6 host gateway IP address can be specified");
    }

    /// <summary>driver=option=value</summary>
    private static Dictionary<string, IReadOnlyDictionary<string, string>> DriverDefaults(OptionValues values)
    {
        Dictionary<string, Dictionary<string, string>> drivers = new(StringComparer.Ordinal);
        foreach (string text in values.All("default-network-opt"))
        {
            string[] parts = text.Split('=', 3);
            if (parts.Length < 2 || parts[0].Length == 0 || parts[1].Length == 0)
            {
                throw Invalid("default-network-opt", text, $"invalid default driver option: {text}: should be in the form 'driver=option=value'");
            }

            if (!drivers.TryGetValue(parts[0], out Dictionary<string, string>? options))
            {
                drivers[parts[0]] = options = new(StringComparer.Ordinal);
            }

            options[parts[1]] = parts.Length > 2 ? parts[2] : "";
        }

        return drivers.ToDictionary(pair => pair.Key, pair => (IReadOnlyDictionary<string, string>)pair.Value, StringComparer.Ordinal);
    }

    private static OptionsException Invalid(string flag, string value, string why) => new($"invalid argument \"{value}\" for \"--{flag}\" flag: {why}");
}
