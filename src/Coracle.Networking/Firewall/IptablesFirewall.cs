using Coracle.Linux;

namespace Coracle.Networking;

/// <summary>
/// By the iptables programs, for kernels without nf_tables: chains of ours, named CORACLE-…, and one jump to each from the kernel's own.
/// Each change writes all of them again, in one transaction per table.
/// </summary>
internal sealed class IptablesFirewall : IFirewall
{
    private readonly Lock _lock = new();
    private readonly (RulesetFamily Family, IptablesTool Tool)[] _families;
    private readonly OwnersRules _owners;
    private readonly FirewallLedger _ledger = new();
    private string[] _left = [];

    private IptablesFirewall((RulesetFamily Family, IptablesTool Tool)[] families, OwnersRules owners) => (_families, _owners) = (families, owners);

    public IReadOnlyList<string> Warnings { get; private set; } = [];

    internal static IptablesFirewall Open(FirewallOptions options)
    {
        List<(RulesetFamily, IptablesTool)> families = [];
        foreach (RulesetFamily family in new[] { RulesetFamily.IPv4, RulesetFamily.IPv6 })
        {
            if (IptablesTool.FindWorking(family.IsIPv6) is { } tool)
            {
                families.Add((family, tool));
            }
        }

        return families.Count > 0
            ? new IptablesFirewall([.. families], options.Owners)
            : throw new LinuxException("iptables", "no nf_tables in this kernel, and no iptables program", Errno.ENOENT);
    }

    public void AddNetwork(NetworkRules rules)
    {
        lock (_lock)
        {
            if (_ledger.Networks.GetValueOrDefault(rules.Id) != rules)
            {
                Change(() => _ledger.Networks[rules.Id] = rules);
            }
        }
    }

    public void RemoveNetwork(string id)
    {
        lock (_lock)
        {
            if (_ledger.Networks.ContainsKey(id))
            {
                Change(() => _ledger.Networks.Remove(id));
            }
        }
    }

    public void Publish(IReadOnlyList<PublishedPort> ports)
    {
        lock (_lock)
        {
            HashSet<PublishedPort> fresh = _ledger.Among(ports, known: false);
            if (fresh.Count > 0)
            {
                Change(() => _ledger.Ports.UnionWith(fresh));
            }
        }
    }

    public void Withdraw(IReadOnlyList<PublishedPort> ports)
    {
        lock (_lock)
        {
            HashSet<PublishedPort> gone = _ledger.Among(ports, known: true);
            if (gone.Count > 0)
            {
                Change(() => _ledger.Ports.ExceptWith(gone));
            }
        }
    }

    public void Reconcile(FirewallState desired)
    {
        lock (_lock)
        {
            Change(() => _ledger.Become(desired));
        }
    }

    public bool IsIntact()
    {
        lock (_lock)
        {
            return _ledger.Networks.Count == 0 || _left.SequenceEqual(_families.SelectMany(family => Ours(family.Tool.Save())));
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

            WriteAll();
            return true;
        }
    }

    public void Dispose()
    {
    }

    private void Change(Action change)
    {
        FirewallState before = _ledger.Snapshot();
        change();
        try
        {
            WriteAll();
        }
        catch (LinuxException)
        {
            _ledger.Become(before);
            throw;
        }
    }

    private void WriteAll()
    {
        List<string> left = [], warnings = [];
        bool isWanted = _ledger.Networks.Count > 0, decides = _owners == OwnersRules.Integrate;
        foreach ((RulesetFamily family, IptablesTool tool) in _families)
        {
            string[] present = tool.Save();
            string[] filter = [.. IptablesText.Section(present, "filter")];
            var text = new IptablesText(family, _ledger, decides ? "ACCEPT" : "RETURN", decides && LegacyForward.HasUserChain(filter));
            string changes = isWanted ? text.Make(present) : text.Remove(present);
            if (changes.Length > 0)
            {
                tool.Restore(changes);
            }

            if (isWanted)
            {
                left.AddRange(Ours(tool.Save()));
                if (!decides && LegacyForward.Drops(filter))
                {
                    warnings.Add(new ForwardObstacle(family.Family, "filter", "FORWARD", "iptables", false).Warning(isIntegrated: false));
                }
            }
        }

        _left = [.. left];
        warnings.AddRange(_ledger.MissingFamilies(Array.Exists(_families, family => family.Family.IsIPv6)));
        Warnings = warnings;
    }

    private static IEnumerable<string> Ours(string[] saved)
        => saved.Where(line => line.StartsWith("-A ", StringComparison.Ordinal) && line.Contains(IptablesText.Prefix, StringComparison.Ordinal));
}
