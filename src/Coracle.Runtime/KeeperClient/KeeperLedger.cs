using Coracle.Linux;
using Microsoft.Win32.SafeHandles;

namespace Coracle.Runtime;

/// <summary>What the keeper holds for this engine: enough to give it all to another keeper when this one is lost.</summary>
internal sealed class KeeperLedger : IDisposable
{
    public Dictionary<string, LedgerTenant> Tenants { get; } = [];

    /// <summary>Records by key. Null: an earlier engine pushed it, and this one has not yet.</summary>
    public Dictionary<string, byte[]?> Tables { get; } = [];

    public KeptHandles Kept { get; } = new();

    public bool IsEmpty => Tenants.Count == 0 && Kept.Count == 0;

    public LedgerTenant Of(string id)
    {
        if (!Tenants.TryGetValue(id, out LedgerTenant? tenant))
        {
            Tenants[id] = tenant = new LedgerTenant();
        }

        return tenant;
    }

    public void RemoveTenant(string id)
    {
        if (Tenants.Remove(id, out LedgerTenant? tenant))
        {
            tenant.Dispose();
        }
    }

    /// <summary>Forgets the tenants whose process has ended: the keeper has let go of them by itself.</summary>
    public void Sweep()
    {
        foreach ((string id, LedgerTenant tenant) in Tenants.ToArray())
        {
            if (tenant.Process is { } process && PidFd.HasEnded(process))
            {
                RemoveTenant(id);
            }
        }
    }

    public void Dispose()
    {
        foreach (string id in Tenants.Keys.ToArray())
        {
            RemoveTenant(id);
        }

        Kept.Dispose();
    }
}

/// <summary>Descriptors in it are duplicates of its own.</summary>
internal sealed class LedgerTenant : IDisposable
{
    public SafeFileHandle? Process { get; set; }

    /// <summary>With the ports that they got.</summary>
    public List<PortHold> Ports { get; } = [];

    public ResolverSettings? Settings { get; set; }

    public SafeFileHandle? Datagrams { get; set; }

    public SafeFileHandle? Streams { get; set; }

    public void StopServing()
    {
        Datagrams?.Dispose();
        Streams?.Dispose();
        (Settings, Datagrams, Streams) = (null, null, null);
    }

    public void Dispose()
    {
        StopServing();
        Process?.Dispose();
    }
}
