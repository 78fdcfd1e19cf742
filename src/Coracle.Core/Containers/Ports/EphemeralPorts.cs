using System.Globalization;
using System.Text;
using Coracle.Linux;

namespace Coracle.Core;

/// <summary>The ports from which one is chosen when nobody named one: the kernel's own range, without those that it is told to leave alone.</summary>
public sealed record EphemeralPorts(ushort First, ushort Last, IReadOnlySet<ushort> Reserved)
{
    private const string RangeFile = "/proc/sys/net/ipv4/ip_local_port_range";

    private const string ReservedFile = "/proc/sys/net/ipv4/ip_local_reserved_ports";

    /// <summary>Docker's where the kernel does not say: RFC 6335's dynamic ports, but for the first.</summary>
    public static EphemeralPorts Default { get; } = new(49153, 65535, new HashSet<ushort>());

    /// <summary>As the kernel has it now.</summary>
    public static EphemeralPorts OfHost() => Parse(Text(RangeFile), Text(ReservedFile));

    /// <param name="range">Two numbers; anything else gives the default.</param>
    /// <param name="reserved"><c>8080,9148-9150</c>; what is not of that form is passed over.</param>
    public static EphemeralPorts Parse(string range, string reserved)
    {
        string[] ends = range.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        EphemeralPorts ports = ends.Length == 2 && TryNumber(ends[0], out ushort first) && TryNumber(ends[1], out ushort last) && first > 0 && first <= last
            ? new EphemeralPorts(first, last, Default.Reserved)
            : Default;
        HashSet<ushort> kept = [];
        foreach (string part in reserved.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            if (PortGrammar.TryParseRange(part, out ushort from, out ushort to))
            {
                kept.UnionWith(Enumerable.Range(from, to - from + 1).Select(port => (ushort)port));
            }
        }

        return ports with { Reserved = kept };
    }

    private static bool TryNumber(string text, out ushort number) => ushort.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);

    private static string Text(string file) => KernelFile.TryRead(file, out byte[]? content) ? Encoding.ASCII.GetString(content) : "";
}
