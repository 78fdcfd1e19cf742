using Coracle.Wire;

namespace Coracle.Core;

// Its networks: all that happens to them waits for the one before it, a start and an end included.
public sealed partial class Container
{
    private readonly SemaphoreSlim _networking = new(1);

    /// <summary>POST /networks/{id}/connect, after the network had nothing against it. The token ends the waiting, not the connecting.</summary>
    internal Task ConnectAsync(NetworkRecord network, EndpointSettings wish, CancellationToken cancellationToken)
        => _pending.Keep(Id, ConnectToTheEndAsync(network, wish)).Work.WaitAsync(cancellationToken);

    /// <summary>POST /networks/{id}/disconnect</summary>
    internal Task DisconnectAsync(NetworkRecord network, CancellationToken cancellationToken)
        => _pending.Keep(Id, DisconnectToTheEndAsync(network)).Work.WaitAsync(cancellationToken);

    private async Task ConnectToTheEndAsync(NetworkRecord network, EndpointSettings wish)
    {
        await _networking.WaitAsync(_lifetime.Token);
        try
        {
            ContainerRecord record = _record;
            NetworkMembership membership = new() { Network = network.Name, NetworkId = network.Id.Text, Wish = wish };
            ContainerRecord changed = Joined is { } task && _services.Networks is { } networks
                ? await networks.ConnectAsync(record, task.Pid, network, wish, _lifetime.Token)
                : record with { Networks = [.. record.Networks.Where(other => !IsOf(other, network)), membership] };
            await KeepNetworksAsync(changed);
            await AnnounceAsync(changed);
        }
        finally
        {
            _networking.Release();
        }
    }

    private async Task DisconnectToTheEndAsync(NetworkRecord network)
    {
        await _networking.WaitAsync(_lifetime.Token);
        try
        {
            ContainerRecord before = _record;
            SandboxState? sandbox = before.Sandbox?.Copy();
            if (sandbox is not null)
            {
                sandbox.Endpoints = [.. sandbox.Endpoints.Where(endpoint => endpoint.NetworkId != network.Id.Text)];
            }

            ContainerRecord after = before with { Networks = [.. before.Networks.Where(other => !IsOf(other, network))], Sandbox = sandbox };

            // First: cut here, the container is off the network at its next start, and the engine's next start finds a link too many.
            await KeepNetworksAsync(after);
            if (Joined is { } task && _services.Networks is { } networks)
            {
                ContainerRecord left = await networks.DisconnectAsync(before, after, task.Pid, network);
                if (left != after)
                {
                    await KeepNetworksAsync(left);
                }
            }
        }
        finally
        {
            _networking.Release();
        }
    }

    /// <summary>Its process, while it is on its networks.</summary>
    private IContainerTask? Joined => _record.Sandbox is null ? null : _task;

    private static bool IsOf(NetworkMembership membership, NetworkRecord network)
        => membership.NetworkId == network.Id.Text || membership.Network == network.Name;

    /// <returns>As durable as the container when it completes.</returns>
    /// <exception cref="EngineException">It is being removed.</exception>
    private async Task KeepNetworksAsync(ContainerRecord changed)
    {
        ContainerAnswer answer = await AskAsync(
            new ContainerMessage(ContainerEvent.NetworksChanged) { Networked = changed, Answer = NewAnswer() }, _lifetime.Token);
        if (!answer.Accepted)
        {
            throw new EngineException(
                Refusal.Conflict, $"container {Id} is marked for removal and cannot be connected or disconnected to the network");
        }

        await answer.Order.Work;
    }

    /// <summary>While the process waits. The note is there before it runs: an engine that is killed then leaves a container with its networks.</summary>
    private async Task<ContainerRecord> JoinNetworksAsync(ContainerRecord allocated, int pid)
    {
        if (_services.Networks is not { } networks)
        {
            return allocated;
        }

        ContainerRecord joined = await networks.JoinAsync(allocated, pid, _lifetime.Token);
        ContainerMessage message = new(ContainerEvent.NetworksJoined) { Networked = joined, Answer = NewAnswer() };
        ContainerAnswer answer = await AskAsync(message, _lifetime.Token);
        await answer.Order.Work;
        await networks.AnnounceAsync(joined);
        await Task.Run(() => _services.TellLinked(Id));
        return joined;
    }

    private async Task LeaveNetworksAsync(ContainerRecord? record)
    {
        if (record is not null && _services.Networks is { } networks)
        {
            await networks.EndAsync(record);
        }
    }

    private Task AnnounceAsync(ContainerRecord record) => _services.Networks?.AnnounceAsync(record) ?? Task.CompletedTask;

    /// <summary>What the loop does with <see cref="ContainerEvent.NetworksJoined"/>: what was before this start is found beside it until it runs.</summary>
    private Order NoteNetworks(ContainerRecord joined)
    {
        _record = Named(_record with { Networks = joined.Networks, Sandbox = joined.Sandbox });
        ContainerRecord note = _record.HostConfig.AutoRemove ? _record : _beforeStart with { Sandbox = _record.Sandbox };
        return joined.Sandbox is null ? Order.None : _pending.Keep(Id, _writer.NoteAsync(note));
    }

    /// <summary>What the loop does with <see cref="ContainerEvent.NetworksChanged"/>.</summary>
    private Order SaveNetworks(ContainerRecord changed)
    {
        ContainerRecord record = Named(_record with { Networks = changed.Networks, Sandbox = changed.Sandbox });
        if (_task is not null)
        {
            NoteIfKept(record);
        }

        return Save(record);
    }

    /// <summary>The names by which others find it follow its own.</summary>
    private ContainerRecord Renamed(string name)
    {
        ContainerRecord record = Named(_record with { Name = name });
        if (_services.Networks is { } networks)
        {
            _pending.Keep(Id, networks.RenameAsync(record));
        }

        return record;
    }

    private static ContainerRecord Named(ContainerRecord record)
    {
        if (record.Sandbox is not { } sandbox)
        {
            return record;
        }

        SandboxState named = sandbox.Copy();
        foreach (GivenEndpoint endpoint in named.Endpoints)
        {
            if (record.Networks.FirstOrDefault(membership => membership.NetworkId == endpoint.NetworkId) is { } membership)
            {
                endpoint.DnsNames = DnsNames.Of(record, membership);
            }
        }

        return record with { Sandbox = named };
    }
}
