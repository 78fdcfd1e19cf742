using System.Net;

namespace Coracle.Core;

/// <summary>A wish with the port that it was given for now. Another program may have that one: then the next is tried.</summary>
internal sealed class PortChoice(PortWish wish, IReadOnlyList<(IPAddress Host, IPAddress Container)> places)
{
    public PortWish Wish => wish;

    public IReadOnlyList<(IPAddress Host, IPAddress Container)> Places => places;

    /// <summary>0 while it has none.</summary>
    public ushort Port { get; set; }

    /// <summary>How many ports were looked at so far, from the first of its range or from where the ephemeral ones stand.</summary>
    public int Looked { get; set; }

    public IEnumerable<PortMapping> Mappings
        => places.Select(place => new PortMapping(wish.Port.Protocol, place.Host, Port, place.Container, wish.Port.Number));

    public bool Has(PortMapping mapping)
        => wish.Port.Protocol == mapping.Protocol && Port == mapping.HostPort && places.Any(place => place.Host.Equals(mapping.HostAddress));
}
