using System.Text;
using Coracle.Linux;

namespace Coracle.Networking;

/// <summary>By nf_tables: the tables of <see cref="Ruleset"/>, changed in transactions.</summary>
internal sealed class NftFirewall : IFirewall
{
    private readonly Lock _lock = new();
    private readonly TableSession _session;
    private readonly RulesetFamily[] _families;
    private readonly OwnersFirewall _owners;
    private readonly FirewallLedger _ledger = new();
    private IReadOnlyList<string> _warnings = [];
    private uint _generation;
    private string _shape = "";

    private NftFirewall(TableSession session, RulesetFamily[] families, FirewallOptions options)
        => (_session, _families, _owners) = (session, families, new OwnersFirewall(session, options.Owners));

    public IReadOnlyList<string> Warnings => _warnings;

    /// <summary>For the test that says it does not grow with what is there.</summary>
    internal (int Messages, int Bytes) LastTransaction { get; private set; }

    /// <summary>In the network namespace of the calling thread.</summary>
    /// <returns>Null where the kernel lacks what our rules are made of, for IPv4 at least.</returns>
    internal static NftFirewall? TryOpen(FirewallOptions options)
    {
        TableSession session;
        try
        {
            session = TableSession.Open();
        }
        catch (LinuxException missing) when (missing.Errno is Errno.EPROTONOSUPPORT or Errno.EAFNOSUPPORT)
        {
            return null;
        }

        List<RulesetFamily> families = [];
        foreach (RulesetFamily family in new[] { RulesetFamily.IPv4, RulesetFamily.IPv6 })
        {
            var trial = new TableBatch();
            Ruleset.Make(trial, family);
            TableResult result = session.Check(trial);
            if (result.Succeeded)
            {
                families.Add(family);
            }
            else if (result.Errno == Errno.EPERM)
            {
                session.Dispose();
                result.ThrowIfFailed("nf_tables", "");
            }
        }

        if (families.Count > 0 && !families[0].IsIPv6)
        {
            return new NftFirewall(session, [.. families], options);
        }

        session.Dispose();
        return null;
    }

    public void AddNetwork(NetworkRules rules)
    {
        lock (_lock)
        {
            NetworkRules? old = _ledger.Networks.GetValueOrDefault(rules.Id);
            if (old == rules)
            {
                return;
            }

            _ledger.Networks[rules.Id] = rules;
            try
            {
                if (old is not null || _ledger.Networks.Count == 1 || !TryCommit(batch => Add(batch, rules)))
                {
                    RemakeAll();
                }
            }
            catch (LinuxException)
            {
                Restore(rules.Id, old);
                throw;
            }

            Settle();
        }
    }

    public void RemoveNetwork(string id)
    {
        lock (_lock)
        {
            if (!_ledger.Networks.Remove(id, out NetworkRules? rules))
            {
                return;
            }

            try
            {
                if (_ledger.Networks.Count == 0 || !TryCommit(batch => Remove(batch, rules)))
                {
                    RemakeAll();
                }
            }
            catch (LinuxException)
            {
                Restore(id, rules);
                throw;
            }

            Settle();
        }
    }

    public void Publish(IReadOnlyList<PublishedPort> ports)
    {
        lock (_lock)
        {
            HashSet<PublishedPort> fresh = _ledger.Among(ports, known: false);
            if (fresh.Count == 0)
            {
                return;
            }

            if (_ledger.Networks.Count > 0 && TryCommit(batch => AddPorts(batch, fresh)))
            {
                _ledger.Ports.UnionWith(fresh);
                Follow();
                return;
            }

            _ledger.Ports.UnionWith(fresh);
            try
            {
                RemakeAll();
            }
            catch (LinuxException)
            {
                _ledger.Ports.ExceptWith(fresh);
                throw;
            }

            Settle();
        }
    }

    public void Withdraw(IReadOnlyList<PublishedPort> ports)
    {
        lock (_lock)
        {
            HashSet<PublishedPort> gone = _ledger.Among(ports, known: true);
            if (gone.Count == 0)
            {
                return;
            }

            _ledger.Ports.ExceptWith(gone);
            if (TryCommit(batch => RemovePorts(batch, gone)))
            {
                Follow();
                return;
            }

            RemakeAll();
            Settle();
        }
    }

    public void Reconcile(FirewallState desired)
    {
        lock (_lock)
        {
            FirewallState before = _ledger.Snapshot();
            _ledger.Become(desired);
            try
            {
                RemakeAll();
            }
            catch (LinuxException)
            {
                _ledger.Become(before);
                throw;
            }

            Settle();
        }
    }

    public bool IsIntact()
    {
        lock (_lock)
        {
            uint generation = _session.Generation();
            if (generation == _generation)
            {
                return true;
            }

            if (ReadShape() != _shape || !_owners.IsIntact(Bridges()))
            {
                return false;
            }

            _generation = generation;
            return true;
        }
    }

    public bool Repair()
    {
        lock (_lock)
        {
            if (IsIntact())
            {
                return false;
            }

            RemakeAll();
            Settle();
            return true;
        }
    }

    public void Dispose() => _session.Dispose();

    private void Add(TableBatch batch, NetworkRules rules)
    {
        foreach (RulesetFamily family in _families)
        {
            RulesetChanges.AddNetwork(batch, family, rules);
        }
    }

    private void Remove(TableBatch batch, NetworkRules rules)
    {
        foreach (RulesetFamily family in _families)
        {
            if (family.SubnetOf(rules) is not null)
            {
                RulesetChanges.RemoveNetwork(batch, family, rules, _session.Rules(family.Family, Ruleset.Table));
            }
        }
    }

    private void AddPorts(TableBatch batch, IReadOnlyCollection<PublishedPort> ports)
    {
        foreach (RulesetFamily family in _families)
        {
            RulesetChanges.AddPorts(batch, family, ports);
        }
    }

    private void RemovePorts(TableBatch batch, IReadOnlyCollection<PublishedPort> ports)
    {
        foreach (RulesetFamily family in _families)
        {
            RulesetChanges.RemovePorts(batch, family, ports);
        }
    }

    /// <returns>False when the table is not what we think it is: ENOENT for what is gone, EEXIST for what nobody should have put there.</returns>
    private bool TryCommit(Action<TableBatch> change)
    {
        var batch = new TableBatch();
        change(batch);
        if (batch.IsEmpty)
        {
            return true; // a network without addresses of either family
        }

        TableResult result = _session.TryCommit(batch);
        LastTransaction = (batch.Messages, batch.Length);
        if (result.Errno is Errno.ENOENT or Errno.EEXIST or Errno.EBUSY)
        {
            return false;
        }

        result.ThrowIfFailed("nf_tables", "");
        return true;
    }

    private void RemakeAll()
    {
        var batch = new TableBatch();
        foreach (RulesetFamily family in _families)
        {
            if (_ledger.Networks.Count == 0)
            {
                Ruleset.Remove(batch, family);
                continue;
            }

            Ruleset.Make(batch, family);
            foreach (NetworkRules network in _ledger.Networks.Values)
            {
                RulesetChanges.AddNetwork(batch, family, network);
            }

            RulesetChanges.AddPorts(batch, family, _ledger.Ports);
        }

        _session.Commit(batch);
    }

    private void Restore(string id, NetworkRules? rules)
    {
        if (rules is null)
        {
            _ledger.Networks.Remove(id);
        }
        else
        {
            _ledger.Networks[id] = rules;
        }
    }

    private string[] Bridges() => [.. _ledger.Networks.Values.Select(network => network.Bridge)];

    /// <summary>After a change that made or removed rules.</summary>
    private void Settle()
    {
        _warnings = [.. _owners.Apply(Bridges()), .. _ledger.MissingFamilies(_families.Length > 1)];
        _shape = ReadShape();
        _generation = _session.Generation();
    }

    /// <summary>After a change of elements, which one transaction made. Were there others meanwhile, the next question will look closely.</summary>
    private void Follow()
    {
        uint generation = _session.Generation();
        _generation = generation == _generation + 1 ? generation : _generation;
    }

    /// <summary>Tables and chains with their handles, and how many rules and jumps each has: a table that was made again differs, an emptied one too.</summary>
    private string ReadShape()
    {
        var shape = new StringBuilder();
        foreach (TableFacts table in _session.Tables())
        {
            if (table.Name == Ruleset.Table)
            {
                shape.Append($"{table.Family} {table.Handle}\n");
            }
        }

        foreach (ChainFacts chain in _session.Chains())
        {
            if (chain.Table == Ruleset.Table)
            {
                shape.Append($"{chain.Family} {chain.Handle} {chain.Name} {chain.References}\n");
            }
        }

        return shape.ToString();
    }
}
