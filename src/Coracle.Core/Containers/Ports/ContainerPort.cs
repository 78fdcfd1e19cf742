using System.Globalization;

namespace Coracle.Core;

/// <summary>What speaks on a port.</summary>
public enum PortProtocol
{
    Tcp,
    Udp,
    Sctp,
}

/// <summary>A port of a container: <c>80/tcp</c>.</summary>
public sealed record ContainerPort(ushort Number, PortProtocol Protocol) : IComparable<ContainerPort>
{
    public static string Word(PortProtocol protocol) => protocol switch
    {
        PortProtocol.Udp => "udp",
        PortProtocol.Sctp => "sctp",
        _ => "tcp",
    };

    /// <summary>The smaller number first, then tcp before udp, as Docker orders them.</summary>
    public int CompareTo(ContainerPort? other)
        => other is null ? 1 : Number != other.Number ? Number.CompareTo(other.Number) : Protocol.CompareTo(other.Protocol);

    public static bool operator <(ContainerPort left, ContainerPort right) => left.CompareTo(right) < 0;

    public static bool operator >(ContainerPort left, ContainerPort right) => left.CompareTo(right) > 0;

    public static bool operator <=(ContainerPort left, ContainerPort right) => left.CompareTo(right) <= 0;

    public static bool operator >=(ContainerPort left, ContainerPort right) => left.CompareTo(right) >= 0;

    public override string ToString() => Number.ToString(CultureInfo.InvariantCulture) + "/" + Word(Protocol);
}
