using System.Net;
using Coracle.Wire;

namespace Coracle.Core;

/// <summary>One wish to publish a port.</summary>
/// <param name="HostAddress">Null: where the network publishes what names no address.</param>
/// <param name="First">Of the host's ports to choose from; 0 is any that is free.</param>
/// <param name="Last">Equal to <paramref name="First"/> where there is no choice.</param>
public sealed record PortWish(ContainerPort Port, IPAddress? HostAddress, ushort First, ushort Last)
{
    /// <summary>As many as there are; keys may overlap, so that a body of some megabytes could ask for billions.</summary>
    private const int MostExposed = 3 * ushort.MaxValue;

    public bool IsAny => First == 0;

    public bool IsFixed => First > 0 && First == Last;

    /// <summary>
    /// What a container wants published, in the order in which ports are given out: first who can have one port only, then who can choose from a
    /// range, at last who takes any; else the last would take the first one's.
    /// </summary>
    /// <exception cref="EngineException">What was written is no port or no address, in Docker's words.</exception>
    public static IReadOnlyList<PortWish> Of(ContainerConfig config, HostConfig host)
    {
        List<PortWish> wishes = [];
        HashSet<ContainerPort> bound = [];
        foreach ((string key, IReadOnlyList<PortBinding> bindings) in host.PortBindings ?? new Dictionary<string, IReadOnlyList<PortBinding>>())
        {
            ContainerPort port = PortGrammar.ParsePort(key);
            bound.Add(port);
            wishes.AddRange((bindings.Count > 0 ? bindings : _anywhere).Select(binding => One(port, binding)));
        }

        if (host.PublishAllPorts)
        {
            wishes.AddRange(Exposed(config).Where(port => !bound.Contains(port)).Select(port => new PortWish(port, null, 0, 0)));
        }

        return [.. wishes.OrderBy(wish => wish.IsFixed ? 0 : wish.IsAny ? 2 : 1).ThenBy(wish => wish.Port)];
    }

    /// <summary>The ports that image and client say the container serves. What an image says amiss is passed over: it stops no container.</summary>
    /// <exception cref="EngineException">More than there are.</exception>
    public static IReadOnlyList<ContainerPort> Exposed(ContainerConfig config)
    {
        List<ContainerPort> ports = [];
        foreach (string key in config.ExposedPorts ?? [])
        {
            if (PortGrammar.TryParseExposed(key, out IReadOnlyList<ContainerPort> more, out _)) // the client's own were checked when it said them
            {
                ports.AddRange(more);
            }

            if (ports.Count > MostExposed)
            {
                throw new EngineException(Refusal.InvalidArgument, "too many exposed ports");
            }
        }

        return [.. ports.Distinct().Order()];
    }

    /// <summary>Docker's meaning of an empty list, below 1.53.</summary>
    private static readonly PortBinding[] _anywhere = [new PortBinding()];

    private static PortWish One(ContainerPort port, PortBinding binding)
        => binding.HostPort.Length == 0 ? new PortWish(port, PortGrammar.ParseHostAddress(binding.HostIp), 0, 0)
            : PortGrammar.TryParseRange(binding.HostPort, out ushort first, out ushort last)
                ? new PortWish(port, PortGrammar.ParseHostAddress(binding.HostIp), first, last)
                : throw PortGrammar.Invalid(binding.HostPort);
}
