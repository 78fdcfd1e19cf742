using Coracle.Runtime;
using Coracle.Wire;

namespace Coracle.Core;

/// <summary>What a network mode means: the host's network, another container's, or networks of its own.</summary>
internal static class NetworkChoice
{
    private const string Bridge = "bridge";

    public static bool IsHost(HostConfig host) => host.NetworkMode == "host";

    public static bool IsDefault(string mode) => mode is "" or "default" or Bridge;

    /// <summary>A network that somebody made, which has a name server: not one of the engine's own, nor another container's.</summary>
    public static bool IsUserDefined(string mode) => !IsDefault(mode) && mode is not ("host" or "none") && JoinedNamespaces.TargetOf(mode) is null;

    /// <summary>The network's own name: clients call the default one in three ways.</summary>
    public static string NameOf(string mode) => IsDefault(mode) ? Bridge : mode;

    public static NamespaceChoice Choose(HostConfig host)
        => JoinedNamespaces.TargetOf(host.NetworkMode) is not null ? new NamespaceChoice(NamespaceMode.Join) // which one, is known at the start
            : IsHost(host) ? new NamespaceChoice(NamespaceMode.Host)
            : new NamespaceChoice(NamespaceMode.Private);
}
