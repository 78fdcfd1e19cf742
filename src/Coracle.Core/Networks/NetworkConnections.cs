using Coracle.Wire;

namespace Coracle.Core;

/// <summary>Connect and disconnect, with all that Docker has against them; what follows is the container's own business.</summary>
public sealed class NetworkConnections(NetworkStore networks, INetworkMembers members)
{
    private const string SharedNamespace = "container sharing network namespace with another container or host cannot be connected to any other network";

    private const string HostNetwork = "container cannot be disconnected from host network or connected to host network";

    private const string PrivateNetwork = "container cannot be connected to multiple networks with one of the networks in private (none) mode";

    /// <summary>POST /networks/{id}/connect</summary>
    /// <exception cref="EngineException">What Docker refuses; nothing has changed then.</exception>
    public async Task ConnectAsync(string network, string container, EndpointSettings? settings, CancellationToken cancellationToken)
    {
        NetworkMember member = members.Find(container);
        NetworkRecord record = networks.Get(network).Record;
        CheckConnect(member, record);
        NetworkEndpointRules.Check(settings, record, record.Name);
        await members.ConnectAsync(member.Id, record, settings ?? new EndpointSettings(), cancellationToken);
    }

    /// <summary>POST /networks/{id}/disconnect</summary>
    /// <param name="force">Also where the container is not known any more.</param>
    /// <exception cref="EngineException">404; 500: it is not on that network.</exception>
    public async Task DisconnectAsync(string network, string container, bool force, CancellationToken cancellationToken)
    {
        if (Find(container, network, force) is not { } member)
        {
            return;
        }

        NetworkRecord record = networks.Get(network).Record;
        if (member.Mode == NetworkNames.Host && record.Driver == NetworkNames.Host)
        {
            throw new EngineException(Refusal.InvalidArgument, HostNetwork);
        }

        if (member.IsLeaving)
        {
            throw Leaving(member);
        }

        if (!member.Networks.Contains(record.Name) && networks.Get(record.Id.Text).Of(member.Id) is null)
        {
            string article = member.IsRunning ? "" : "the ";
            throw new EngineException(Refusal.Failed, $"container {member.Id} is not connected to {article}network {record.Name}");
        }

        await members.DisconnectAsync(member.Id, record, cancellationToken);
    }

    private static void CheckConnect(NetworkMember member, NetworkRecord record)
    {
        if (member.IsLeaving)
        {
            throw Leaving(member);
        }

        bool isOnHost = member.Mode == NetworkNames.Host, isHost = record.Driver == NetworkNames.Host;
        if (member.Mode.StartsWith("container:", StringComparison.Ordinal) || (isOnHost && !isHost))
        {
            throw new EngineException(Refusal.InvalidArgument, SharedNamespace);
        }

        if (isHost)
        {
            throw new EngineException(Refusal.InvalidArgument, HostNetwork);
        }

        bool isOnNone = member.Networks.Contains(NetworkNames.None) || member.Mode == NetworkNames.None;
        if (record.Name == NetworkNames.None ? member.Networks.Any(name => name != NetworkNames.None) : isOnNone)
        {
            throw new EngineException(Refusal.InvalidArgument, PrivateNetwork);
        }
    }

    /// <returns>Null where nobody is left to be disconnected, by force.</returns>
    private NetworkMember? Find(string container, string network, bool force)
    {
        try
        {
            return members.Find(container);
        }
        catch (EngineException gone) when (force && gone.Refusal == Refusal.NotFound)
        {
            Network found = networks.Get(network);
            NetworkEndpoint endpoint = found.Endpoints.FirstOrDefault(one => one.ContainerName == container || one.Container == container)
                ?? throw new EngineException(Refusal.NotFound, $"endpoint {container} not found", gone);
            networks.Release(found.Id, endpoint.Container);
            networks.Publish(found.Record, "disconnect", ("container", endpoint.Container));
            return null;
        }
    }

    private static EngineException Leaving(NetworkMember member)
        => new(Refusal.Conflict, $"container {member.Id} is marked for removal and cannot be connected or disconnected to the network");
}
