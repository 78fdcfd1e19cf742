using Coracle.Linux;
using Coracle.Runtime;
using Microsoft.Extensions.Logging;

namespace Coracle.Core;

/// <summary>
/// Names of user networks, answered inside of sandboxes at 127.0.0.11: by the keeper, with an engine or without. It has a table for each
/// network, and for each sandbox a list of the tables that it sees; here it is told both.
/// </summary>
/// <remarks>
/// Verbs for one container come one after the other, all others may meet. Networks without a name server (the engine's own) may be named
/// everywhere: nothing happens then.
/// </remarks>
/// <param name="find">A container's record as it is now, by its id; null when it is gone.</param>
public sealed class SandboxNames(IKeeper keeper, NetworkStore networks, NetworkOptions options, Func<string, ContainerRecord?> find, ILogger logger)
{
    private readonly ResolverChoice _choice = new(networks, options);
    private readonly Lock _lock = new(); // guards the table; held for no longer than a look-up
    private readonly Dictionary<NetworkId, NetworkTables> _tables = [];

    /// <summary>At a start, before the first process runs: its questions are answered from here on.</summary>
    /// <exception cref="Networking.NetworkingException">The process has ended, or the sockets cannot be opened there.</exception>
    /// <exception cref="IOException">The keeper does not do it.</exception>
    public async Task ServeAsync(ContainerRecord record, int pid, CancellationToken cancellationToken)
    {
        if (ResolverChoice.HasNames(record))
        {
            await PushMissingAsync(record);
            await keeper.ServeAsync(record.Id, pid, _choice.Of(record), cancellationToken);
        }
    }

    /// <summary>A running container came on a network or left one: it sees other names. With its first network that has any, serving begins.</summary>
    /// <remarks>After the last such network it goes on: the resolver that a process has read of is not to fall silent.</remarks>
    /// <inheritdoc cref="ServeAsync"/>
    public async Task ChangeAsync(ContainerRecord record, int pid, CancellationToken cancellationToken)
    {
        if (ResolverChoice.HasNames(record) || await IsServedAsync(record.Id, cancellationToken))
        {
            await PushMissingAsync(record);
            await ChangeOrServeAsync(record, pid, cancellationToken);
        }
    }

    /// <summary>Somebody came on this network, left it, or is called otherwise. Questions that come close together are one push.</summary>
    /// <returns>When the keeper has the names, or the log says why not.</returns>
    public Task NetworkChangedAsync(NetworkId network) => HasNames(network) ? TablesOf(network).PushAsync() : Task.CompletedTask;

    /// <summary>The network is gone.</summary>
    public async Task ForgetAsync(NetworkId network)
    {
        await TablesOf(network).PushAsync(); // of a network that is not there: nothing is left
        lock (_lock)
        {
            _ = _tables.Remove(network);
        }
    }

    /// <summary>Start-up, when it is known which containers run and what they have: the keeper goes on with what it holds, and gets what it lacks.</summary>
    /// <remarks>Never throws: what fails is in the log, and the containers run on.</remarks>
    public async Task RecoverAsync(IReadOnlyList<(ContainerRecord Record, int Pid)> running, CancellationToken cancellationToken)
    {
        KeeperHoldings? held;
        try
        {
            held = await keeper.FindAsync(cancellationToken);
        }
        catch (Exception failure) when (KeeperFailure.Is(failure))
        {
            Log.KeeperNotAsked(logger, failure);
            return;
        }

        await PushAllAsync(held?.Tables ?? []);
        HashSet<string> served = [.. held?.Tenants.Where(tenant => tenant.Serves).Select(tenant => tenant.Id) ?? []];
        foreach ((ContainerRecord record, int pid) in running)
        {
            if (ResolverChoice.HasNames(record) || served.Contains(record.Id))
            {
                await TryServeAgainAsync(record, pid, cancellationToken);
            }
        }
    }

    /// <param name="found">Keys of the tables that the keeper has from an earlier engine.</param>
    private async Task PushAllAsync(IReadOnlyList<string> found)
    {
        HashSet<string> current = [];
        foreach (Network network in networks.List().Where(network => network.Endpoints.Count > 0 && HasNames(network.Id)))
        {
            await NetworkChangedAsync(network.Id);
            current.UnionWith(TablesOf(network.Id).Keys);
        }

        foreach (string key in found.Where(key => !current.Contains(key)))
        {
            try
            {
                await keeper.ForgetTableAsync(key, CancellationToken.None);
            }
            catch (Exception failure) when (KeeperFailure.Is(failure))
            {
                Log.NamesNotPushed(logger, key, failure);
            }
        }
    }

    private async Task TryServeAgainAsync(ContainerRecord record, int pid, CancellationToken cancellationToken)
    {
        try
        {
            await ChangeOrServeAsync(record, pid, cancellationToken);
        }
        catch (Exception failure) when (KeeperFailure.Is(failure))
        {
            Log.NamesNotServed(logger, record.Id, failure);
        }
    }

    private async Task ChangeOrServeAsync(ContainerRecord record, int pid, CancellationToken cancellationToken)
    {
        ResolverSettings settings = _choice.Of(record);
        try
        {
            await keeper.ChangeAsync(record.Id, settings, cancellationToken);
        }
        catch (LinuxException unserved) when (unserved.Errno == Errno.ENOENT)
        {
            await keeper.ServeAsync(record.Id, pid, settings, cancellationToken);
        }
    }

    /// <summary>A container that asks for what no table has yet would be sent outside with it.</summary>
    private async Task PushMissingAsync(ContainerRecord record)
    {
        foreach ((NetworkId network, string key) in _choice.TablesOf(record))
        {
            NetworkTables tables = TablesOf(network);
            if (!tables.Keys.Contains(key))
            {
                await tables.PushAsync();
            }
        }
    }

    private async Task<bool> IsServedAsync(string container, CancellationToken cancellationToken)
        => await keeper.FindAsync(cancellationToken) is { } held && held.Tenants.Any(tenant => tenant.Serves && tenant.Id == container);

    private bool HasNames(NetworkId network) => !networks.TryGet(network.Text, out Network? found) || NetworkChoice.IsUserDefined(found.Name);

    private NetworkTables TablesOf(NetworkId network)
    {
        lock (_lock)
        {
            if (!_tables.TryGetValue(network, out NetworkTables? tables))
            {
                _tables[network] = tables = new NetworkTables(network, keeper, networks, find, logger);
            }

            return tables;
        }
    }
}
