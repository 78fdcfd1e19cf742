using Coracle.Runtime;
using Microsoft.Extensions.Logging;

namespace Coracle.Core;

/// <summary>What the keeper does for sandboxes: it holds their ports of the host and answers their questions for names, with an engine or without.</summary>
/// <param name="find">A container's record as it is now, by its id; null when it is gone.</param>
public sealed class SandboxKeeper(
    IKeeper keeper, NetworkStore networks, NetworkOptions options, Func<string, ContainerRecord?> find, ILogger logger)
    : ISandboxKeeper
{
    private readonly SandboxNames _names = new(keeper, networks, options, find, logger);

    public IHostPorts PortsOf(string container) => PortsAt(container);

    /// <summary>From here on what is held for it goes with this process.</summary>
    public Task AttendAsync(string container, int pid, CancellationToken cancellationToken) => ExplainAsync(PortsAt(container).AttendAsync(pid, cancellationToken));

    /// <inheritdoc cref="SandboxNames.ServeAsync"/>
    /// <exception cref="EngineException">It cannot be done.</exception>
    public Task ServeAsync(ContainerRecord record, int pid, CancellationToken cancellationToken) => ExplainAsync(_names.ServeAsync(record, pid, cancellationToken));

    /// <inheritdoc cref="SandboxNames.ChangeAsync"/>
    /// <exception cref="EngineException">It cannot be done.</exception>
    public Task ChangeAsync(ContainerRecord record, int pid, CancellationToken cancellationToken) => ExplainAsync(_names.ChangeAsync(record, pid, cancellationToken));

    /// <inheritdoc cref="SandboxNames.NetworkChangedAsync"/>
    public Task NetworkChangedAsync(NetworkId network) => _names.NetworkChangedAsync(network);

    /// <inheritdoc cref="SandboxNames.ForgetAsync"/>
    public Task ForgetAsync(NetworkId network) => _names.ForgetAsync(network);

    /// <summary>
    /// Its process has ended, or its start has failed: nothing is held for it any more. Never throws. The keeper lets go by itself, too, but
    /// this engine has duplicates of the sockets inside of its sandbox, and with them its network namespace.
    /// </summary>
    public async Task ReleaseAsync(string container)
    {
        try
        {
            await keeper.ReleaseAsync(container, CancellationToken.None);
        }
        catch (Exception failure) when (KeeperFailure.Is(failure))
        {
            Log.NotReleased(logger, container, failure);
        }
    }

    /// <inheritdoc cref="SandboxNames.RecoverAsync"/>
    public Task RecoverAsync(IReadOnlyList<(ContainerRecord Record, int Pid)> running, CancellationToken cancellationToken)
        => _names.RecoverAsync(running, cancellationToken);

    /// <summary>Start-up: these containers run and have these ports. Never throws: one that another program has taken meanwhile is in the log.</summary>
    public async Task RecoverPortsAsync(IReadOnlyList<(string Container, int Pid, IReadOnlyList<PortMapping> Ports)> running, CancellationToken cancellationToken)
    {
        try
        {
            KeeperHoldings? held = await keeper.FindAsync(cancellationToken);
            Dictionary<string, IReadOnlyList<PortHold>> ports = held?.Tenants.ToDictionary(tenant => tenant.Id, tenant => tenant.Ports) ?? [];
            foreach ((string container, int pid, IReadOnlyList<PortMapping> mappings) in running)
            {
                foreach (HostPortRefusal refusal in await PortsAt(container).RecoverAsync(mappings, ports.GetValueOrDefault(container, []), pid, cancellationToken))
                {
                    Log.PortNotHeld(logger, container, refusal.Port.ToString(), refusal.Error);
                }
            }
        }
        catch (Exception failure) when (KeeperFailure.Is(failure))
        {
            Log.KeeperNotAsked(logger, failure);
        }
    }

    private KeeperPorts PortsAt(string container) => new(keeper, container, options);

    private static async Task ExplainAsync(Task work)
    {
        try
        {
            await work;
        }
        catch (Exception failure) when (KeeperFailure.Is(failure))
        {
            throw new EngineException(Refusal.Failed, "failed to set up the keeper for the container: " + failure.Message, failure);
        }
    }
}
