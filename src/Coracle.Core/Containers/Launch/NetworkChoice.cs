using Coracle.Runtime;
using Coracle.Wire;

namespace Coracle.Core;

/// <summary>Which network a container gets; until the networks room there is the host's, or one of its own with loopback only.</summary>
internal static class NetworkChoice
{
    public const string LoopbackOnlyWarning = "networks are not built yet: the container gets only a loopback interface";

    public static bool IsHost(HostConfig host) => host.NetworkMode == "host";

    public static bool IsDefault(HostConfig host) => host.NetworkMode is "" or "default" or "bridge";

    /// <exception cref="EngineException">A network that does not exist (no user's network does yet), or of a kind that is not built yet.</exception>
    public static NamespaceChoice Choose(HostConfig host) => host.NetworkMode switch
    {
        "host" => new NamespaceChoice(NamespaceMode.Host),
        "" or "default" or "bridge" or "none" => new NamespaceChoice(NamespaceMode.Private),
        { } name when !name.Contains(':', StringComparison.Ordinal) => throw new EngineException(Refusal.NotFound, $"network {name} not found"),
        _ => throw NotBuilt.Option("HostConfig.NetworkMode " + host.NetworkMode),
    };
}
