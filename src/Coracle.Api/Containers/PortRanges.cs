using System.Globalization;
using Coracle.Core;

namespace Coracle.Api;

/// <summary>Ports of a list's <c>publish</c> and <c>expose</c>: <c>80</c>, <c>80/udp</c>, <c>8000-8010/tcp</c>.</summary>
internal sealed class PortRanges
{
    private readonly List<(ushort First, ushort Last, string Protocol)> _ranges = [];

    public bool IsEmpty => _ranges.Count == 0;

    /// <exception cref="EngineException">A value is no port, or a range that ends before it begins.</exception>
    public static PortRanges Parse(Filters filters, string filter)
    {
        PortRanges ranges = new();
        foreach (string text in filters.Of(filter))
        {
            if (text.Contains(':', StringComparison.Ordinal))
            {
                throw new EngineException(Refusal.InvalidArgument, $"filter for '{filter}' should not contain ':': {text}");
            }

            string[] halves = text.Split('/', 2);
            string[] ends = halves[0].Split('-', 2);
            ushort first = Number(filter, text, ends[0]), last = Number(filter, text, ends[^1]);
            if (last < first)
            {
                throw new EngineException(Refusal.InvalidArgument, $"error while looking up for {filter} {text}: invalid range specified for port: {text}");
            }

            ranges._ranges.Add((first, last, halves.Length > 1 && halves[1].Length > 0 ? halves[1].ToLowerInvariant() : "tcp"));
        }

        return ranges;
    }

    public bool Has(int port, PortProtocol protocol)
        => _ranges.Exists(range => range.First <= port && port <= range.Last && range.Protocol == ContainerPort.Word(protocol));

    private static ushort Number(string filter, string text, string number)
    {
        if (ushort.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out ushort port))
        {
            return port;
        }

        string why = number.Length > 0 && number.All(char.IsAsciiDigit) ? "value out of range" : "invalid syntax";
        throw new EngineException(Refusal.InvalidArgument, $"error while looking up for {filter} {text}: strconv.ParseUint: parsing \"{number}\": {why}");
    }
}
