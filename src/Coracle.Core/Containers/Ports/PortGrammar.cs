using System.Globalization;
using System.Net;

namespace Coracle.Core;

/// <summary>Ports and addresses as the API spells them: <c>80</c>, <c>80/udp</c>, <c>8000-8010</c>, <c>[::1]</c>.</summary>
/// <remarks>The command line has a grammar of its own (<c>-p</c>), and sends what this one reads.</remarks>
internal static class PortGrammar
{
    /// <summary>One port, as a key of <c>PortBindings</c>.</summary>
    /// <exception cref="EngineException">It is none, in Docker's words.</exception>
    public static ContainerPort ParsePort(string text)
    {
        (string number, string word) = Split(text);
        return TryParseProtocol(word, out PortProtocol protocol) && TryParseNumber(number, out ushort value) && value > 0
            ? new ContainerPort(value, protocol)
            : throw Invalid(text);
    }

    /// <summary>A port or a range of them, as a key of <c>ExposedPorts</c>: some tools do not count them out.</summary>
    /// <param name="invalid">What of it is no port, or null.</param>
    public static bool TryParseExposed(string text, out IReadOnlyList<ContainerPort> ports, out EngineException? invalid)
    {
        (string range, string word) = Split(text);
        bool isRange = TryParseProtocol(word, out PortProtocol protocol) & TryParseRange(range, out ushort first, out ushort last) && first > 0;
        ports = isRange ? [.. Enumerable.Range(first, last - first + 1).Select(number => new ContainerPort((ushort)number, protocol))] : [];
        invalid = isRange ? null : Invalid(text);
        return isRange;
    }

    /// <summary><c>8080</c>, <c>8000-8010</c>; empty and 0 are any port, which is 0 to 0.</summary>
    /// <returns>False when it is neither, or ends before it begins.</returns>
    public static bool TryParseRange(string text, out ushort first, out ushort last)
    {
        int dash = text.IndexOf('-', StringComparison.Ordinal);
        string end = dash < 0 ? text : text[(dash + 1)..];
        last = 0;
        return TryParseNumber(dash < 0 ? text : text[..dash], out first) && TryParseNumber(end, out last) && last >= first && (first > 0) == (last > 0);
    }

    /// <summary>An address of the host; null for every address.</summary>
    /// <exception cref="EngineException">No address. Docker takes such for "every address", which publishes what was to be private.</exception>
    public static IPAddress? ParseHostAddress(string text)
    {
        string inner = text is ['[', .. string bare, ']'] ? bare : text;
        return inner.Length == 0 ? null
            : AddressText.TryParse(inner, out IPAddress? address) ? address
            : throw new EngineException(Refusal.InvalidArgument, "invalid IP address: " + text);
    }

    /// <param name="text">With its protocol, which is what is wrong where that is none.</param>
    public static EngineException Invalid(string text)
    {
        (string ports, string word) = Split(text);
        return new EngineException(
            Refusal.InvalidArgument, TryParseProtocol(word, out _) ? $"invalid port specification: \"{ports}\"" : "invalid proto: " + word);
    }

    /// <returns>What stands before and behind the slash.</returns>
    private static (string Ports, string Protocol) Split(string text)
    {
        int slash = text.IndexOf('/', StringComparison.Ordinal);
        return slash < 0 ? (text, "") : (text[..slash], text[(slash + 1)..]);
    }

    private static bool TryParseProtocol(string word, out PortProtocol protocol)
    {
        string lower = word.ToLowerInvariant();
        protocol = lower == "udp" ? PortProtocol.Udp : lower == "sctp" ? PortProtocol.Sctp : PortProtocol.Tcp;
        return lower is "" or "tcp" or "udp" or "sctp";
    }

    private static bool TryParseNumber(string text, out ushort number)
        => ushort.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);
}
