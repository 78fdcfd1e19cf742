using Coracle.Wire;
using static Coracle.Wire.JsonFields;

namespace Coracle.Core;

/// <summary>A port of a running container as inspect and list show it: where it is published, or that it is only exposed.</summary>
public sealed class PublishedPort
{
    public ContainerPort Port { get; set; } = new(0, PortProtocol.Tcp);

    /// <summary>Empty for one that is only exposed.</summary>
    public string HostAddress { get; set; } = "";

    /// <summary>0 for one that is only exposed.</summary>
    public ushort HostPort { get; set; }

    public bool IsPublished => HostPort > 0;

    /// <summary>How the record has it.</summary>
    internal static JsonTable<PublishedPort> Table { get; } = new("port", () => new PublishedPort(),
    [
        Text<PublishedPort>("port", p => p.Port.ToString(), (p, v) => p.Port = PortGrammar.ParsePort(v)),
        Text<PublishedPort>("hostAddress", p => p.HostAddress, (p, v) => p.HostAddress = v, omitEmpty: true),
        Number<PublishedPort>("hostPort", p => p.HostPort, (p, v) => p.HostPort = (ushort)v),
    ]);

    /// <summary>By port, the exposed ones among them; of one port in the order of the mappings.</summary>
    /// <param name="exposed"><see cref="PortWish.Exposed"/></param>
    public static IReadOnlyList<PublishedPort> Of(IReadOnlyList<ContainerPort> exposed, IReadOnlyList<PortMapping> mappings)
    {
        List<PublishedPort> ports = [];
        HashSet<ContainerPort> published = [];
        foreach (PortMapping mapping in mappings)
        {
            ContainerPort port = new(mapping.ContainerPort, mapping.Protocol);
            published.Add(port);
            ports.Add(new PublishedPort { Port = port, HostAddress = mapping.HostAddress.ToString(), HostPort = mapping.HostPort });
        }

        ports.AddRange(exposed.Where(port => !published.Contains(port)).Select(port => new PublishedPort { Port = port }));
        return [.. ports.OrderBy(port => port.Port)];
    }
}
