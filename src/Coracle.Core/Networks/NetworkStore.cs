using System.Diagnostics.CodeAnalysis;
using Coracle.Networking;
using Microsoft.Extensions.Logging;

namespace Coracle.Core;

/// <summary>
/// The networks of this engine, their addresses, and who is on them. A network exists from its durable record on; the host's side of it is made
/// after that and made anew at every start, so a cut leaves nothing that is not found again. Who is on a network is known in memory alone:
/// the containers' records and their processes say it at a start.
/// </summary>
/// <remarks>
/// Thread-safe. Two locks: one makes and removes networks, and is held while the kernel and the disk are waited for; the other is the table's.
/// Lock order: as named. Verbs that change the list of networks block.
/// </remarks>
public sealed class NetworkStore
{
    private readonly Lock _changes = new();
    private readonly NetworkTable _table = new();
    private readonly NetworkRecords _records;
    private readonly INetworkDriver _driver;
    private readonly NetworkOptions _options;
    private readonly EventStream _events;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;

    // Guarded by _changes.
    private readonly SubnetSpace _space;

    /// <param name="deviceId">What local IPv6 addresses are derived from where no pool of them is configured.</param>
    public NetworkStore(
        NetworkRecords records, INetworkDriver driver, NetworkOptions options, string deviceId, EventStream events, TimeProvider time, ILogger logger)
    {
        (_records, _driver, _options, _events, _time, _logger) = (records, driver, options, events, time, logger);
        bool hasIPv6 = options.AddressPools.Any(pool => pool.Block.IsIPv6);
        _space = new SubnetSpace(hasIPv6 ? options.AddressPools : [.. options.AddressPools, SubnetBase.LocalTo(deviceId)]);
    }

    /// <summary>Start-up, before anything else here: every network of an earlier engine, and the three that are always there.</summary>
    /// <exception cref="EngineException">The default network cannot be as it is configured.</exception>
    public void Recover()
    {
        lock (_changes)
        {
            IReadOnlyList<NetworkRecord> found = _records.Load();
            AddPredefined(found);
            foreach (NetworkRecord record in found.Where(record => !record.IsPredefined))
            {
                Subnet? lost = SubnetAllocation.TakeAgain(record, _space);
                if (lost is { } subnet)
                {
                    Log.NetworkOverlaps(_logger, record.Name, subnet.ToString());
                }

                _table.Add(record, holdsSubnets: lost is null);
            }

            if (_options.HasBridge)
            {
                AddBridge(found.FirstOrDefault(record => record.Name == NetworkNames.Bridge));
            }
        }
    }

    /// <summary>Start-up, when it is known who runs: the host's side of every network, whatever is there of it.</summary>
    public void MakeAll()
    {
        lock (_changes)
        {
            foreach (Network network in List())
            {
                MakeFound(network.Record);
            }
        }
    }

    /// <summary>Told the network that was removed.</summary>
    public Action<NetworkId> Removed { get; set; } = static _ => { };

    /// <inheritdoc cref="NetworkTable.List"/>
    public IReadOnlyList<Network> List() => _table.List();

    /// <inheritdoc cref="NetworkTable.Get"/>
    public Network Get(string term) => _table.Get(term);

    /// <inheritdoc cref="NetworkTable.TryGet"/>
    public bool TryGet(string term, [NotNullWhen(true)] out Network? network) => _table.TryGet(term, out network);

    /// <summary>POST /networks/create</summary>
    /// <exception cref="EngineException">What is wrong with the wish; nothing was made then.</exception>
    public Network Create(NetworkWish wish)
    {
        Network network;
        lock (_changes)
        {
            IReadOnlyList<NetworkRecord> others = [.. List().Select(other => other.Record)];
            NetworkRecord draft = NetworkDraft.Of(wish, _options, others, _time.GetUtcNow());
            NetworkRecord record = SubnetAllocation.Allocate(draft, _space, draft.ConfigOnly ? [] : _driver.HostRoutes());
            Make(record);
            network = _table.Add(record);
        }

        Publish(network.Record, "create");
        return network;
    }

    /// <summary>DELETE /networks/{id}</summary>
    /// <exception cref="EngineException">404; 403: one of the three, or somebody is on it.</exception>
    public void Remove(string term)
    {
        NetworkRecord record;
        lock (_changes)
        {
            LiveNetwork leaving = _table.TakeOut(term);
            record = leaving.Record;
            try
            {
                if (HasHostSide(record))
                {
                    _driver.Remove(record);
                }

                _records.Remove(record.Id);
            }
            catch
            {
                _table.PutBack(leaving);
                throw;
            }

            if (leaving.HoldsSubnets)
            {
                SubnetAllocation.Release(record, _space);
            }
        }

        Removed(record.Id);
        if (!record.ConfigOnly)
        {
            Publish(record, "destroy");
        }
    }

    /// <inheritdoc cref="NetworkTable.Allocate"/>
    public NetworkEndpoint Allocate(NetworkId id, EndpointWish wish) => _table.Allocate(id, wish);

    /// <inheritdoc cref="NetworkTable.Release"/>
    public NetworkEndpoint? Release(NetworkId id, string container) => _table.Release(id, container);

    /// <inheritdoc cref="NetworkTable.Restore"/>
    public Network? Found(NetworkEndpoint endpoint)
    {
        Network? network = _table.Restore(endpoint, out bool isWhole);
        if (!isWhole)
        {
            Log.AddressNotKept(_logger, network!.Record.Name, $"{endpoint.IPv4} {endpoint.IPv6}", endpoint.Container);
        }

        return network;
    }

    /// <inheritdoc cref="NetworkTable.Rename"/>
    public void Rename(string container, string name) => _table.Rename(container, name);

    /// <summary>An event of a network; every one has its name and driver.</summary>
    public void Publish(NetworkRecord network, string action, params ReadOnlySpan<(string Name, string Value)> more)
    {
        Dictionary<string, string> attributes = new() { ["name"] = network.Name, ["type"] = network.Driver };
        foreach ((string name, string value) in more)
        {
            attributes[name] = value;
        }

        _events.Publish("network", action, network.Id.Text, attributes);
    }

    /// <summary>The one event that is about no network in particular.</summary>
    internal void PublishPrune() => _events.Publish("network", "prune", "", new Dictionary<string, string> { ["reclaimed"] = "0" });

    internal static bool HasHostSide(NetworkRecord record) => !record.ConfigOnly && !NetworkNames.IsSpecial(record.Driver);

    private void AddPredefined(IReadOnlyList<NetworkRecord> found)
    {
        foreach ((string name, string driver) in (ReadOnlySpan<(string, string)>)[(NetworkNames.Host, NetworkNames.Host), (NetworkNames.None, NetworkNames.NullDriver)])
        {
            NetworkRecord? before = found.FirstOrDefault(record => record.Name == name);
            NetworkRecord record = PredefinedNetworks.Special(name, driver, before, _time.GetUtcNow());
            if (before is null)
            {
                _records.Save(record);
            }

            _table.Add(record);
        }

        if (_options.HasBridge)
        {
            ReserveBridge(found.FirstOrDefault(record => record.Name == NetworkNames.Bridge));
        }
    }

    /// <summary>What is asked for the default network, or what it had, comes before the networks of users: it is taken for a moment, and given back.</summary>
    private void ReserveBridge(NetworkRecord? before)
    {
        foreach (NetworkSubnet subnet in PredefinedNetworks.Bridge(WithOwnersAddress(), before, _time.GetUtcNow()).Subnets)
        {
            _space.TryTake(subnet.Subnet);
        }
    }

    /// <summary>A bridge that the owner made and named has the subnet that its own address says, unless <c>--bip</c> says otherwise.</summary>
    private NetworkOptions WithOwnersAddress()
    {
        if (_options.Bridge.Length == 0 || _options.Bip is not null)
        {
            return _options;
        }

        IReadOnlyList<BridgeAddress> own = _driver.AddressesOf(_options.Bridge);
        return _options with
        {
            Bip = own.FirstOrDefault(address => !address.Subnet.IsIPv6),
            Bip6 = _options.Bip6 ?? (_options.IPv6 ? own.FirstOrDefault(address => address.Subnet.IsIPv6) : null),
        };
    }

    private void AddBridge(NetworkRecord? before)
    {
        NetworkRecord draft = PredefinedNetworks.Bridge(WithOwnersAddress(), before, _time.GetUtcNow());
        SubnetAllocation.Release(draft, _space);
        NetworkRecord bridge = SubnetAllocation.Allocate(draft, _space, _driver.HostRoutes());
        _records.Save(bridge);
        _table.Add(bridge);
    }

    /// <summary>The record first: a bridge without a record would be nobody's.</summary>
    private void Make(NetworkRecord record)
    {
        try
        {
            _records.Save(record);
            if (HasHostSide(record))
            {
                _driver.Make(record);
            }
        }
        catch
        {
            Undo(record);
            throw;
        }
    }

    private void Undo(NetworkRecord record)
    {
        SubnetAllocation.Release(record, _space);
        try
        {
            if (HasHostSide(record))
            {
                _driver.Remove(record);
            }

            _records.Remove(record.Id);
        }
        catch (Exception e) when (e is IOException or EngineException)
        {
            Log.NetworkUndoFailed(_logger, record.Name, e);
        }
    }

    /// <summary>The engine starts whatever the host says: what is wrong with one network is heard by the containers on it.</summary>
    private void MakeFound(NetworkRecord record)
    {
        if (!HasHostSide(record))
        {
            return;
        }

        try
        {
            _driver.Make(record);
        }
        catch (Exception e) when (e is IOException or EngineException)
        {
            Log.NetworkNotMade(_logger, record.Name, e);
        }
    }
}
