using System.Net;
using System.Text.Json;

namespace Coracle.Cli;

/// <summary>One subnet of <c>network create</c>, with the range, gateway and addresses that were given anywhere on the line and lie in it.</summary>
internal sealed class SubnetFields
{
    private readonly Dictionary<string, string> _auxiliary = [];

    private string _range = "";

    private string _gateway = "";

    private SubnetFields(string subnet) => Subnet = subnet;

    public string Subnet { get; }

    /// <exception cref="CliException">What does not fit together, in Docker's words.</exception>
    public static IReadOnlyList<SubnetFields> Of(ParsedArguments arguments)
    {
        List<string> given = Texts(arguments, "subnet");
        List<string> ranges = Texts(arguments, "ip-range");
        List<string> gateways = Texts(arguments, "gateway");
        if (given.Count < ranges.Count || given.Count < gateways.Count)
        {
            throw new CliException("every ip-range or gateway must have a corresponding subnet");
        }

        List<SubnetFields> subnets = [];
        foreach (string text in given)
        {
            subnets.Add(subnets.Exists(other => Contains(text, other.Subnet) || Contains(other.Subnet, text))
                ? throw new CliException("multiple overlapping subnet configuration is not supported")
                : new SubnetFields(text));
        }

        ranges.ForEach(range => Find(subnets, range, "range").TakeRange(range));
        gateways.ForEach(gateway => Find(subnets, gateway, "gateway").TakeGateway(gateway));
        foreach (string pair in arguments.Values("aux-address"))
        {
            (string name, string address) = KeyValues.Split(pair);
            Find(subnets, address, "aux-address")._auxiliary[name] = address;
        }

        return subnets;
    }

    /// <summary>Values of an option that takes several, each also with commas between (pflag's <c>strings</c>).</summary>
    /// <exception cref="CliException">Quotes that do not match.</exception>
    public static List<string> Texts(ParsedArguments arguments, string option)
    {
        List<string> texts = [];
        foreach (string value in arguments.Values(option))
        {
            if (value.Length > 0)
            {
                texts.AddRange(KeyValues.Fields(value));
            }
        }

        return texts;
    }

    public void Write(Utf8JsonWriter writer)
    {
        writer.WriteString("Subnet", Subnet);
        writer.WriteText("IPRange", _range);
        writer.WriteText("Gateway", _gateway);
        if (_auxiliary.Count > 0)
        {
            writer.WriteStartObject("AuxiliaryAddresses");
            foreach (string name in _auxiliary.Keys)
            {
                writer.WriteString(name, _auxiliary[name]);
            }

            writer.WriteEndObject();
        }
    }

    private void TakeRange(string range) => _range = _range.Length == 0
        ? range
        : throw new CliException($"cannot configure multiple ranges ({range}, {_range}) on the same subnet ({Subnet})");

    private void TakeGateway(string gateway) => _gateway = _gateway.Length == 0
        ? gateway
        : throw new CliException($"cannot configure multiple gateways ({gateway}, {_gateway}) for the same subnet ({Subnet})");

    private static SubnetFields Find(List<SubnetFields> subnets, string text, string what)
    {
        if (what == "range" && !text.Contains('/', StringComparison.Ordinal))
        {
            throw new CliException($"invalid CIDR address: {text}");
        }

        return subnets.Find(subnet => Contains(subnet.Subnet, text)) ?? throw new CliException($"no matching subnet for {what} {text}");
    }

    /// <param name="text">An address, or a subnet, of which its first address counts.</param>
    private static bool Contains(string subnet, string text)
    {
        int slash = subnet.IndexOf('/', StringComparison.Ordinal);
        if (slash < 0 || !IPAddress.TryParse(subnet[..slash], out IPAddress? first) || !int.TryParse(subnet[(slash + 1)..], out int length))
        {
            throw new CliException($"invalid subnet: invalid CIDR address: {subnet}");
        }

        int end = text.IndexOf('/', StringComparison.Ordinal);
        return IPAddress.TryParse(end < 0 ? text : text[..end], out IPAddress? address) && ShareBits(first.GetAddressBytes(), address.GetAddressBytes(), length);
    }

    private static bool ShareBits(byte[] one, byte[] other, int length)
    {
        if (one.Length != other.Length || length < 0 || length > one.Length * 8)
        {
            return false;
        }

        for (int bit = 0; bit < length; bit++)
        {
            int mask = 0x80 >> (bit % 8);
            if ((one[bit / 8] & mask) != (other[bit / 8] & mask))
            {
                return false;
            }
        }

        return true;
    }
}
