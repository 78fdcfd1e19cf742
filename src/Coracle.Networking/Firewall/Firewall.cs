namespace Coracle.Networking;

/// <summary>The one that this kernel has.</summary>
public static class Firewall
{
    /// <summary>In the network namespace of the calling thread, which the firewall keeps to.</summary>
    /// <returns>nf_tables, or the iptables program where the kernel has none (or lacks fib, nat, masquerade).</returns>
    /// <exception cref="Linux.LinuxException">ENOENT: neither.</exception>
    public static IFirewall Open(FirewallOptions options)
        => (options.WantsIptables ? null : NftFirewall.TryOpen(options)) ?? (IFirewall)IptablesFirewall.Open(options);
}
