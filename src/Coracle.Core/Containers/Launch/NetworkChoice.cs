using Coracle.Runtime;
using Coracle.Wire;

namespace Coracle.Core;

/// <summary>Which network a container gets; until the networks room there is the host's, or one of its own with loopback only.</summary>
internal static class NetworkChoice
{
    public const string LoopbackOnlyWarning = "networks are not built yet: the container gets only a loopback interface";

    public static bool IsHost(HostConfig host) => host.NetworkMode == "host";

    public static bool IsDefault(HostConfig host) => host.NetworkMode is "" or "default" or "bridge";

    /// <summary>At creation any name will do: Docker looks for the network at start, and its CLI takes a 404 of create for a missing image and pulls.</summary>
    /// <exception cref="EngineException">Of a kind that is not built yet.</exception>
    public static void CheckKind(HostConfig host)
    {
        if (host.NetworkMode.Contains(':', StringComparison.Ordinal))
        {
            throw NotBuilt.Option("HostConfig.NetworkMode " + host.NetworkMode);
        }
    }

    /// <exception cref="EngineException">A network that does not exist: no user's network does yet.</exception>
    public static NamespaceChoice Choose(HostConfig host) => host.NetworkMode switch
    {
        "host" => new NamespaceChoice(NamespaceMode.Host),
        "" or "default" or "bridge" or "none" => new NamespaceChoice(NamespaceMode.Private),
        _ => throw new EngineException(Refusal.NotFound, $"network {host.NetworkMode} not found"),
    };
}
