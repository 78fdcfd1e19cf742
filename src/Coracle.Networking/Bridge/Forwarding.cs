using Coracle.Linux;

namespace Coracle.Networking;

/// <summary>The host's routing between its interfaces, which no container reaches the outside without.</summary>
/// <param name="IsAllowed">Whether the engine switches it on (<c>ip-forward</c>); if not, it only says that it is off.</param>
public sealed record Forwarding(bool IsAllowed = true)
{
    private static readonly NetworkSysctl
        _ipv4 = NetworkSysctl.Of("ipv4", "ip_forward"),
        _ipv6 = NetworkSysctl.OfLink("ipv6", "all", "forwarding"),
        _ipv6Default = NetworkSysctl.OfLink("ipv6", "default", "forwarding");

    /// <summary>Of the calling thread's network namespace. It stays on when the network goes: by then others may count on it.</summary>
    internal void SwitchOn(BridgeNetwork network, Action<string> warn)
    {
        if (network.IsInternal)
        {
            return;
        }

        if (network.IPv4 is not null && IsOff(_ipv4))
        {
            SwitchOn([_ipv4], "IPv4", "the host now routes between all of its interfaces, unless its firewall says otherwise", warn);
        }

        if (network.IPv6 is not null && IsOff(_ipv6))
        {
            SwitchOn(
                [_ipv6Default, _ipv6],
                "IPv6",
                "the host now routes between all of its interfaces, and interfaces with accept_ra=1 no longer take their routes from router advertisements",
                warn);
        }
    }

    private void SwitchOn(NetworkSysctl[] settings, string family, string consequence, Action<string> warn)
    {
        if (!IsAllowed)
        {
            warn($"{family} forwarding is disabled. Networking will not work."); // Docker's words
            return;
        }

        foreach (NetworkSysctl setting in settings)
        {
            NetworkingException.Step($"failed to enable {family} forwarding", () => setting.Write(null, "1"));
        }

        warn($"{family} forwarding was off and has been switched on: {consequence}");
    }

    private static bool IsOff(NetworkSysctl setting) => setting.TryRead(null, out string? value) && value == "0";
}
