using System.Net.NetworkInformation;
using System.Text.Json;

namespace Coracle.Cli;

/// <summary>The networks of a create: the first is the mode, and the options without a network's name are the first one's.</summary>
internal static class NetworkBody
{
    /// <returns>Null where none was asked for: the engine's default.</returns>
    public static string? Mode(ParsedArguments arguments)
        => arguments.Value("network") is null ? null : First(arguments) is { Length: > 0 } mode ? mode : throw new CliException("no name set for network");

    public static void Write(Utf8JsonWriter writer, ParsedArguments arguments)
    {
        List<NetworkOption> networks = [.. arguments.Values("network").Select(NetworkOption.Parse)];
        if (networks.Count == 0)
        {
            networks.Add(NetworkOption.Parse("default"));
        }

        bool isAsked = ApplyTo(networks[0], arguments);
        Check(networks);
        if (!isAsked && networks.Count == 1 && !HasSettings(networks[0]))
        {
            return;
        }

        writer.WriteStartObject("NetworkingConfig");
        writer.WriteStartObject("EndpointsConfig");
        foreach (NetworkOption network in networks)
        {
            writer.WriteStartObject(network.Name);
            WriteEndpoint(writer, network);
            if (network == networks[0] && network.IsUserDefined)
            {
                writer.WriteList("Links", arguments.Values("link"));
            }

            writer.WriteEndObject();
        }

        writer.WriteEndObject();
        writer.WriteEndObject();
    }

    private static string First(ParsedArguments arguments) => NetworkOption.Parse(arguments.Values("network")[0]).Name;

    private static void Check(List<NetworkOption> networks)
    {
        for (int i = 0; i < networks.Count; i++)
        {
            if (networks[i].Aliases.Count > 0 && !networks[i].IsUserDefined)
            {
                throw new CliException("network-scoped aliases are only supported for user-defined networks");
            }

            if (networks.Exists(n => n != networks[i] && n.Name == networks[i].Name))
            {
                throw new CliException($"network \"{networks[i].Name}\" is specified multiple times");
            }

            if (networks.Count > 1 && !networks[i].IsUserDefined)
            {
                throw new CliException("conflicting options: cannot attach both user-defined and non-user-defined network-modes");
            }
        }
    }

    /// <returns>Whether any of these options was given.</returns>
    private static bool ApplyTo(NetworkOption network, ParsedArguments arguments)
    {
        network.Aliases.AddRange(Unless(network.Aliases.Count > 0, arguments.Values("network-alias"), "--network-alias", "alias"));
        network.LinkLocal.AddRange(Unless(network.LinkLocal.Count > 0, arguments.Values("link-local-ip"), "--link-local-ip", "link-local IP addresses"));
        network.Address = One(network.Address, arguments, "ip", "IPv4 address");
        network.Address6 = One(network.Address6, arguments, "ip6", "IPv6 address");
        network.MacAddress = One(network.MacAddress, arguments, "mac-address", "MAC address");
        if (network.MacAddress.Length > 0 && !PhysicalAddress.TryParse(network.MacAddress.Replace(':', '-'), out _))
        {
            throw new CliException($"{network.MacAddress} is not a valid mac address");
        }

        return HasSettings(network) || network.IsUserDefined && arguments.IsGiven("link");
    }

    private static string One(string own, ParsedArguments arguments, string option, string what)
        => arguments.Value(option) is string value ? Unless(own.Length > 0, [value], "--" + option, what)[0] : own;

    private static IReadOnlyList<string> Unless(bool isSet, IReadOnlyList<string> values, string option, string what)
        => !isSet || values.Count == 0 ? values : throw new CliException($"conflicting options: cannot specify both {option} and per-network {what}");

    private static bool HasSettings(NetworkOption network)
        => network.Aliases.Count + network.DriverOptions.Count + network.LinkLocal.Count > 0 || network.GatewayPriority != 0
            || network.Address.Length + network.Address6.Length + network.MacAddress.Length > 0;

    private static void WriteEndpoint(Utf8JsonWriter writer, NetworkOption network)
    {
        if (network.Address.Length + network.Address6.Length + network.LinkLocal.Count > 0)
        {
            writer.WriteStartObject("IPAMConfig");
            writer.WriteText("IPv4Address", network.Address);
            writer.WriteText("IPv6Address", network.Address6);
            writer.WriteList("LinkLocalIPs", network.LinkLocal);
            writer.WriteEndObject();
        }

        writer.WriteList("Aliases", network.Aliases);
        writer.WriteText("MacAddress", network.MacAddress);
        writer.WriteMap("DriverOpts", network.DriverOptions);
        writer.WriteNumber("GwPriority", network.GatewayPriority == 0 ? null : network.GatewayPriority);
    }
}
