using Coracle.Wire;

namespace Coracle.Core;

/// <summary>The containers of this engine as members of networks.</summary>
public sealed class ContainerMembers(ContainerStore containers) : INetworkMembers
{
    public NetworkMember Find(string idOrName)
    {
        Container container = containers.Get(idOrName);
        ContainerRecord record = container.Record;
        return new NetworkMember(
            container.Id,
            container.Name,
            NetworkChoice.NameOf(record.HostConfig.NetworkMode),
            [.. record.Networks.Select(membership => membership.Network)],
            record.Sandbox is not null)
        {
            IsLeaving = container.State.Phase is ContainerPhase.Removing or ContainerPhase.Removed,
        };
    }

    public Task ConnectAsync(string container, NetworkRecord network, EndpointSettings settings, CancellationToken cancellationToken)
        => containers.Get(container).ConnectAsync(network, settings, cancellationToken);

    public Task DisconnectAsync(string container, NetworkRecord network, CancellationToken cancellationToken)
        => containers.Get(container).DisconnectAsync(network, cancellationToken);
}
