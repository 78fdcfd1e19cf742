using Coracle.Wire;

namespace Coracle.Core;

/// <summary>What networks ask of containers: to be found, and to remember which networks they are on.</summary>
public interface INetworkMembers
{
    /// <exception cref="EngineException">404: no such container.</exception>
    NetworkMember Find(string idOrName);

    /// <summary>The container is on that network from here on, also at its next start; if it runs, at once. As durable as the container when it returns.</summary>
    /// <exception cref="EngineException">Nothing has changed then.</exception>
    Task ConnectAsync(string container, NetworkRecord network, EndpointSettings settings, CancellationToken cancellationToken);

    /// <summary>The container is not on that network any more.</summary>
    Task DisconnectAsync(string container, NetworkRecord network, CancellationToken cancellationToken);
}

/// <summary>A container as its networks see it.</summary>
/// <param name="Mode">HostConfig.NetworkMode.</param>
/// <param name="Networks">Names of the networks that its record has.</param>
public sealed record NetworkMember(string Id, string Name, string Mode, IReadOnlyList<string> Networks, bool IsRunning)
{
    /// <summary>It is on its way out.</summary>
    public bool IsLeaving { get; init; }
}
