namespace Coracle.E2E;

/// <summary>A host whose default network has IPv6, for all tests of a class; what a test makes there is taken away after it.</summary>
public class PortHost : IAsyncLifetime
{
    internal NetworkHost Host { get; private set; } = null!;

    internal Wire Wire { get; private set; } = null!;

    /// <summary>Flags with which the default bridge has IPv6 and rules for it: with dockerd 20.10 those are an experiment.</summary>
    internal static string[] IPv6Options { get; } =
        ["--ipv6", "--fixed-cidr-v6", "fd00:77::/64", "--ip6tables", .. Engine.Kind == EngineKind.Docker ? (string[])["--experimental"] : []];

    /// <summary>
    /// Forwarding is off until the engine switches it on: where it was on before, dockerd leaves FORWARD open (docs/differences.md). It makes
    /// a mangle table for its first SCTP port, and keeps it.
    /// </summary>
    private static string Prepare { get; } = "echo 0 > /proc/sys/net/ipv4/ip_forward\n" + (Engine.Kind == EngineKind.Docker
        ? "iptables -t mangle -A POSTROUTING -j RETURN; iptables -t mangle -D POSTROUTING -j RETURN"
        : "");

    public async ValueTask InitializeAsync()
    {
        Host = await StartAsync();
        Wire = await Wire.OnAsync(Host);
    }

    public async ValueTask DisposeAsync()
    {
        await (Host?.DisposeAsync() ?? ValueTask.CompletedTask);
        GC.SuppressFinalize(this);
    }

    private protected virtual Task<NetworkHost> StartAsync() => StartAsync([]);

    private protected static Task<NetworkHost> StartAsync(params string[] options) => NetworkHost.StartPreparedAsync(Prepare, [.. IPv6Options, .. options]);
}
