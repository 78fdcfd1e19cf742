using System.Globalization;
using Coracle.Core;

namespace Coracle.Api;

/// <summary>Ports of a list's <c>publish</c> and <c>expose</c>: <c>80</c>, <c>80/udp</c>, <c>8000-8010/tcp</c>.</summary>
internal static class PortRange
{
    /// <exception cref="EngineException">A value is no port, or a range that ends before it begins.</exception>
    public static void Check(Filters filters, string filter)
    {
        foreach (string text in filters.Of(filter))
        {
            int slash = text.IndexOf('/', StringComparison.Ordinal);
            string[] ends = (slash < 0 ? text : text[..slash]).Split('-', 2);
            if (Number(filter, text, ends[^1]) < Number(filter, text, ends[0]))
            {
                throw new EngineException(Refusal.InvalidArgument, $"error while looking up for {filter} {text}: invalid range specified for port: {text}");
            }
        }
    }

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
