using Coracle.Linux;

namespace Coracle.Networking;

/// <summary>
/// A firewall that is opened when it is first needed: an engine without bridge networks runs on a host that has none, and says what is
/// missing to whoever wants a network.
/// </summary>
/// <param name="open">In the network namespace of whichever thread it is called on.</param>
public sealed class LateFirewall(Func<IFirewall> open) : IFirewall
{
    private readonly Lock _lock = new();

    private volatile IFirewall? _opened;

    public IReadOnlyList<string> Warnings => _opened?.Warnings ?? [];

    public void AddNetwork(NetworkRules rules) => Open().AddNetwork(rules);

    public void RemoveNetwork(string id) => _opened?.RemoveNetwork(id);

    public void Publish(IReadOnlyList<PublishedPort> ports) => Open().Publish(ports);

    public void Withdraw(IReadOnlyList<PublishedPort> ports) => _opened?.Withdraw(ports);

    public void Reconcile(FirewallState desired)
    {
        IFirewall firewall;
        try
        {
            firewall = Open();
        }
        catch (LinuxException) when (desired.Networks.Count == 0 && desired.Ports.Count == 0)
        {
            return; // nothing can be left of ours where nothing can be made
        }

        firewall.Reconcile(desired);
    }

    public bool IsIntact() => _opened?.IsIntact() ?? true;

    public bool Repair() => _opened?.Repair() ?? false;

    public void Dispose() => _opened?.Dispose();

    private IFirewall Open()
    {
        lock (_lock)
        {
            return _opened ??= open();
        }
    }
}
