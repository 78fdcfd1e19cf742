using System.Net;

namespace Coracle.Registry;

/// <summary>How registries are spoken to.</summary>
/// <param name="InsecureRegistries"><c>host</c>, <c>host:port</c> or a CIDR range, as <c>--insecure-registry</c> takes them.</param>
public sealed record RegistryOptions(IReadOnlyList<string> InsecureRegistries)
{
    public static RegistryOptions Default { get; } = new([]);

    public HostFiles Files { get; init; } = HostFiles.None;

    public TrustPlaces Trust { get; init; } = TrustPlaces.Usual;

    /// <summary>Asked before the default registry for its images, in order, as nobody in particular; a scheme, a host and a port each.</summary>
    public IReadOnlyList<Uri> Mirrors { get; init; } = [];

    public ProxyRules Proxies { get; init; } = ProxyRules.None;

    /// <summary>From dial to connected, name resolution included.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Without a single byte for so long a connection is dead: a thin link is slow but not silent.</summary>
    public TimeSpan SilenceTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Tries of one blob in a row that bring no byte; one that brings some starts the count anew.</summary>
    public int MaxAttempts { get; init; } = 5;

    /// <summary>The unit of the waiting between tries: once, twice, three times … as Docker.</summary>
    public TimeSpan RetryDelay { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// Bytes of one request of a large upload. Reverse proxies bound a request's body (Cloudflare: 100 MB), and some of them pass a part on
    /// only when they have all of it: the bytes of a part that breaks are lost there. A quarter of it goes in one request altogether.
    /// </summary>
    public int UploadPartBytes { get; init; } = 16 * 1024 * 1024;

    /// <summary>
    /// Whether plain HTTP and unverified TLS will do for this host: loopback, as Docker has it, and what the administrator listed.
    /// </summary>
    public bool IsInsecure(string host, int? port)
    {
        if (host == "localhost" || (IPAddress.TryParse(host.AsSpan().Trim("[]"), out IPAddress? address) && IsInsecureAddress(address)))
        {
            return true;
        }

        string authority = port is null ? host : $"{host}:{port}";
        return InsecureRegistries.Any(entry =>
            string.Equals(entry, authority, StringComparison.OrdinalIgnoreCase) || string.Equals(entry, host, StringComparison.OrdinalIgnoreCase));
    }

    private bool IsInsecureAddress(IPAddress address)
        => IPAddress.IsLoopback(address) || InsecureRegistries.Any(entry => IPNetwork.TryParse(entry, out IPNetwork network) && network.Contains(address));
}
