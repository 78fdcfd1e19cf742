using Coracle.Wire;
using Microsoft.Extensions.Logging;

namespace Coracle.Core;

/// <summary>Brings containers on their networks and off them: addresses of the store, links of the driver, ports and names of the keeper.</summary>
/// <param name="files">Writes a running container's hosts and resolv.conf after a change: before, after.</param>
public sealed class ContainerNetworks(
    NetworkStore networks, INetworkDriver driver, ISandboxKeeper keeper, PortAllocator ports, NetworkOptions options,
    Action<ContainerRecord, ContainerRecord> files, ILogger logger) : IContainerNetworks
{
    /// <summary>From here on what bringing them took is worth a collection: 7 KiB a port otherwise stay in the heap of an engine that has nothing else to do.</summary>
    private const int ManyPorts = 200;

    private const string Setup = "failed to set up container networking: ";

    private readonly EndpointPlans _plans = new(networks, options);

    public async Task<ContainerRecord> AllocateAsync(ContainerRecord record, CancellationToken cancellationToken)
    {
        if (record.Config.NetworkDisabled || JoinedNamespaces.TargetOf(record.HostConfig.NetworkMode) is not null)
        {
            return record with { Sandbox = null };
        }

        ContainerRecord given = _plans.Allocate(record);
        try
        {
            return await GivePortsAsync(given, cancellationToken);
        }
        catch
        {
            _plans.Release(given);
            throw;
        }
    }

    public async Task<ContainerRecord> JoinAsync(ContainerRecord record, int pid, CancellationToken cancellationToken)
    {
        if (record.Sandbox is not { } sandbox)
        {
            return record;
        }

        IReadOnlyList<EndpointPlan> plans = _plans.Of(record);
        List<EndpointPlan> hosted = [.. plans.Where(IsHosted)];
        IReadOnlyList<EndpointPlan> joined = hosted.Count == 0 ? [] : await ExplainAsync(() => driver.Join(new SandboxReference(record.Id, pid), hosted, []));
        IReadOnlyList<PortMapping> mappings = PortPlan.Mappings(sandbox.Ports, plans, record, options);
        await LeadPortsAsync(record, mappings, pid, cancellationToken);
        ContainerRecord ready = EndpointPlans.WithLinks(record, joined, pid);
        await keeper.ServeAsync(ready, pid, cancellationToken);
        foreach (EndpointPlan plan in plans)
        {
            networks.Publish(plan.Network, "connect", ("container", record.Id));
        }

        if (mappings.Count >= ManyPorts)
        {
            BulkGarbage.GiveBack();
        }

        return ready;
    }

    public async Task AnnounceAsync(ContainerRecord record)
    {
        foreach (GivenEndpoint endpoint in record.Sandbox?.Endpoints ?? [])
        {
            await ChangedAsync(endpoint);
        }
    }

    public async Task EndAsync(ContainerRecord record)
    {
        if (record.Sandbox is null)
        {
            return;
        }

        IReadOnlyList<EndpointPlan> plans = _plans.Of(record);
        IReadOnlyList<PortMapping> mappings = PortPlan.Mappings(record.Sandbox.Ports, plans, record, options);
        await TryAsync(record, () => Task.Run(() => driver.Withdraw(mappings)));
        await keeper.ReleaseAsync(record.Id);
        ports.Release(record.Id);
        foreach (EndpointPlan plan in plans)
        {
            await TryAsync(record, () => Task.Run(() => LeaveHost(plan, sandbox: null, remaining: [])));
            networks.Release(plan.Network.Id, record.Id); // only when the host has let go of them
        }

        await AnnounceAsync(record);
    }

    public void TellEnd(ContainerRecord record)
    {
        foreach (GivenEndpoint endpoint in record.Sandbox is { Key.Length: > 0 } sandbox ? sandbox.Endpoints : [])
        {
            if (networks.TryGet(endpoint.NetworkId, out Network? network))
            {
                networks.Publish(network.Record, "disconnect", ("container", record.Id));
            }
        }
    }

    public async Task<ContainerRecord> ConnectAsync(
        ContainerRecord record, int pid, NetworkRecord network, EndpointSettings wish, CancellationToken cancellationToken)
    {
        IReadOnlyList<EndpointPlan> present = _plans.Of(record);
        ContainerRecord given = _plans.Add(record, network, wish);
        try
        {
            EndpointPlan plan = _plans.Of(given)[^1];
            SandboxReference sandbox = new(record.Id, pid);
            IReadOnlyList<EndpointPlan> joined = IsHosted(plan) ? await ExplainAsync(() => driver.Join(sandbox, [plan], present)) : [];
            ContainerRecord after = EndpointPlans.WithLinks(given, joined, pid);
            try
            {
                after = await MovePortsAsync(record, after, pid, cancellationToken);
                await keeper.ChangeAsync(after, pid, cancellationToken);
            }
            catch
            {
                await Task.Run(() => LeaveHost(joined.Count > 0 ? joined[0] : plan, sandbox, present), CancellationToken.None);
                throw;
            }

            files(record, after);
            networks.Publish(network, "connect", ("container", record.Id));
            return after;
        }
        catch
        {
            networks.Release(network.Id, record.Id);
            throw;
        }
    }

    public async Task<ContainerRecord> DisconnectAsync(ContainerRecord before, ContainerRecord after, int pid, NetworkRecord network)
    {
        if (_plans.Of(before).FirstOrDefault(plan => plan.Network.Id == network.Id) is not { } leaving)
        {
            return after;
        }

        IReadOnlyList<EndpointPlan> remaining = _plans.Of(after);
        after = await MovePortsAsync(before, after, pid, CancellationToken.None);
        await ExplainAsync(() => LeaveHost(leaving, new SandboxReference(before.Id, pid), remaining));
        networks.Release(network.Id, before.Id);
        await keeper.ChangeAsync(after, pid, CancellationToken.None);
        files(before, after);
        networks.Publish(network, "disconnect", ("container", before.Id));
        await keeper.NetworkChangedAsync(network.Id);
        return after;
    }

    public async Task RenameAsync(ContainerRecord record)
    {
        networks.Rename(record.Id, record.Name);
        await AnnounceAsync(record);
    }

    public async Task RecoverAsync(IReadOnlyList<(ContainerRecord Record, int Pid)> running, CancellationToken cancellationToken)
    {
        List<SandboxPlan> sandboxes = [];
        List<PortMapping> mappings = [];
        List<(string Container, int Pid, IReadOnlyList<PortMapping> Ports)> held = [];
        foreach ((ContainerRecord record, int pid) in running)
        {
            _plans.Restore(record);
            ports.Restore(record.Id, record.Sandbox?.Ports ?? []);
            IReadOnlyList<EndpointPlan> plans = _plans.Of(record);
            sandboxes.Add(new SandboxPlan(new SandboxReference(record.Id, pid), [.. plans.Where(IsHosted)]));
            IReadOnlyList<PortMapping> own = PortPlan.Mappings(record.Sandbox?.Ports ?? [], plans, record, options);
            mappings.AddRange(own);
            if (pid > 0 && own.Count > 0)
            {
                held.Add((record.Id, pid, Held(own)));
            }
        }

        try
        {
            await Task.Run(() => driver.Recover([.. networks.List().Select(network => network.Record).Where(NetworkStore.HasHostSide)], sandboxes, mappings), cancellationToken);
        }
        catch (EngineException e)
        {
            Log.NetworksNotRecovered(logger, e); // the engine starts whatever the host says: its containers run
        }

        await Task.Run(networks.MakeAll, cancellationToken);
        await keeper.RecoverPortsAsync(held, cancellationToken);
        await keeper.RecoverAsync([.. running.Where(one => one.Pid > 0 && one.Record.Sandbox is not null)], cancellationToken);
    }

    private static bool IsHosted(EndpointPlan plan) => NetworkStore.HasHostSide(plan.Network);

    private async Task<ContainerRecord> GivePortsAsync(ContainerRecord record, CancellationToken cancellationToken)
    {
        IReadOnlyList<EndpointPlan> plans = _plans.Of(record);
        PortSurroundings? surroundings = PortPlan.Surroundings(plans, options);
        IReadOnlyList<PortWish> wishes = surroundings is null ? [] : PortWish.Of(record.Config, record.HostConfig);
        try
        {
            IReadOnlyList<PortMapping> mappings = wishes.Count == 0 ? []
                : await ports.PublishAsync(record.Id, wishes, surroundings!, keeper.PortsOf(record.Id), cancellationToken);
            return WithPorts(record, mappings);
        }
        catch (EngineException refused)
        {
            GivenEndpoint? endpoint = PortPlan.PublishingEndpoint(plans, isIPv6: false) is { } plan ? record.Sandbox!.On(plan.Network.Name) : null;
            throw PortWords.OfStart(record.Name, endpoint?.EndpointId ?? "", refused);
        }
    }

    /// <summary>The default route may go elsewhere now, and with it where the host's ports lead. Those that it has stay its own.</summary>
    private async Task<ContainerRecord> MovePortsAsync(ContainerRecord before, ContainerRecord after, int pid, CancellationToken cancellationToken)
    {
        IReadOnlyList<EndpointPlan> plans = _plans.Of(after);
        IReadOnlyList<PortMapping> old = PortPlan.Mappings(before.Sandbox!.Ports, _plans.Of(before), before, options);
        IReadOnlyList<PortMapping> same = PortPlan.Mappings(after.Sandbox!.Ports, plans, after, options);
        if (old.Count > 0 && same.Count == 0)
        {
            await WithdrawAsync(before, _plans.Of(before));
            return WithPorts(after, []);
        }

        if (old.Count == 0)
        {
            ContainerRecord given = await GivePortsAsync(after, cancellationToken);
            await LeadPortsAsync(given, PortPlan.Mappings(given.Sandbox!.Ports, plans, given, options), pid, cancellationToken);
            return given;
        }

        if (!old.SequenceEqual(same))
        {
            await Task.Run(() => driver.Withdraw(old), cancellationToken);
            IHostPorts held = keeper.PortsOf(after.Id);
            await held.LetGoAsync(Held(old), cancellationToken);
            if (await held.HoldAsync(Held(same), cancellationToken) is { } refusal)
            {
                throw PortWords.Refused(refusal);
            }

            await LeadPortsAsync(after, same, pid, cancellationToken);
        }

        return after;
    }

    private async Task LeadPortsAsync(ContainerRecord record, IReadOnlyList<PortMapping> mappings, int pid, CancellationToken cancellationToken)
    {
        if (mappings.Count > 0)
        {
            await ExplainAsync(() => driver.Publish(mappings));
            await keeper.AttendAsync(record.Id, pid, cancellationToken);
        }
    }

    private static ContainerRecord WithPorts(ContainerRecord record, IReadOnlyList<PortMapping> mappings)
    {
        SandboxState sandbox = record.Sandbox!.Copy();
        sandbox.Ports = PublishedPort.Of(PortWish.Exposed(record.Config), mappings);
        return record with { Sandbox = sandbox };
    }

    /// <summary>Without those that only open a container's own port.</summary>
    private static IReadOnlyList<PortMapping> Held(IReadOnlyList<PortMapping> mappings) => [.. mappings.Where(mapping => mapping.HostPort > 0)];

    private async Task WithdrawAsync(ContainerRecord record, IReadOnlyList<EndpointPlan> plans)
    {
        IReadOnlyList<PortMapping> mappings = PortPlan.Mappings(record.Sandbox!.Ports, plans, record, options);
        if (mappings.Count > 0)
        {
            await Task.Run(() => driver.Withdraw(mappings));
            await keeper.PortsOf(record.Id).LetGoAsync(Held(mappings), CancellationToken.None);
        }

        ports.Release(record.Id);
    }

    private void LeaveHost(EndpointPlan plan, SandboxReference? sandbox, IReadOnlyList<EndpointPlan> remaining)
    {
        if (IsHosted(plan))
        {
            driver.Leave(sandbox, plan, [.. remaining.Where(IsHosted)]);
        }
    }

    private async Task ChangedAsync(GivenEndpoint endpoint)
    {
        if (NetworkChoice.IsUserDefined(endpoint.Network) && NetworkId.TryParse(endpoint.NetworkId, out NetworkId? id))
        {
            await keeper.NetworkChangedAsync(id);
        }
    }

    private async Task TryAsync(ContainerRecord record, Func<Task> act)
    {
        try
        {
            await act();
        }
        catch (Exception e) when (e is EngineException or IOException or TimeoutException)
        {
            Log.NetworksNotLeft(logger, record.Id, e); // the next start of the engine finds what is left
        }
    }

    private static Task<bool> ExplainAsync(Action act) => ExplainAsync(() =>
    {
        act();
        return true;
    });

    private static async Task<T> ExplainAsync<T>(Func<T> act)
    {
        try
        {
            return await Task.Run(act);
        }
        catch (EngineException refused)
        {
            throw new EngineException(refused.Refusal, Setup + refused.Message, refused);
        }
    }
}
