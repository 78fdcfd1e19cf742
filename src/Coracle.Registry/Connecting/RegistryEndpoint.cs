using System.Globalization;

namespace Coracle.Registry;

/// <summary>A scheme, a host and a port: what a connection is made to and what credentials belong to.</summary>
/// <param name="Host">A name or an address, IPv6 without brackets.</param>
/// <param name="VerifyCertificate">False only for registries that are insecure by configuration.</param>
public sealed record RegistryEndpoint(bool IsTls, string Host, int Port, bool VerifyCertificate = true)
{
    private const int HttpPort = 80;

    private const int HttpsPort = 443;

    /// <summary>The registry that sent us here, whose authorities count here too; null for a registry itself.</summary>
    public string? OnBehalfOf { get; init; }

    public string Scheme => IsTls ? "https" : "http";

    /// <summary>As it stands in a URL and in the Host header: the default port is left out.</summary>
    public string Authority
    {
        get
        {
            string host = Host.Contains(':', StringComparison.Ordinal) ? $"[{Host}]" : Host;
            return Port == (IsTls ? HttpsPort : HttpPort) ? host : host + ":" + Port.ToString(CultureInfo.InvariantCulture);
        }
    }

    /// <summary>Whether the address is of this very endpoint: only then may what belongs to it be shown there.</summary>
    public bool IsAt(Uri address)
        => address.Port == Port && (address.Scheme == Uri.UriSchemeHttps) == IsTls
            && string.Equals(address.Host.Trim('[', ']'), Host, StringComparison.OrdinalIgnoreCase);

    /// <summary>Where the registry of a reference's domain may be, the preferred first: TLS, then plain HTTP where that is allowed.</summary>
    public static IReadOnlyList<RegistryEndpoint> Candidates(string domain, RegistryOptions options)
    {
        const string HubDomain = "docker.io", HubHost = "registry-1.docker.io";
        (string host, int? port) = SplitPort(domain == HubDomain ? HubHost : domain);
        bool insecure = options.IsInsecure(host, port);
        RegistryEndpoint secure = new(true, host.Trim('[', ']'), port ?? HttpsPort, !insecure);
        return insecure ? [secure, secure with { IsTls = false, Port = port ?? HttpPort }] : [secure];
    }

    /// <summary>A mirror is spoken to as its address says: an administrator who writes http means it.</summary>
    public static RegistryEndpoint OfMirror(Uri mirror, RegistryOptions options)
    {
        bool isTls = mirror.Scheme == Uri.UriSchemeHttps;
        return new RegistryEndpoint(isTls, mirror.Host.Trim('[', ']'), mirror.Port, isTls && !options.IsInsecure(mirror.Host, mirror.Port));
    }

    /// <param name="registry">Whose challenge or redirect led there.</param>
    public static RegistryEndpoint Of(Uri address, RegistryEndpoint registry, RegistryOptions options)
    {
        bool insecure = options.IsInsecure(address.Host, address.Port);
        return new RegistryEndpoint(address.Scheme == Uri.UriSchemeHttps, address.Host.Trim('[', ']'), address.Port, !insecure)
        {
            OnBehalfOf = registry.OnBehalfOf ?? registry.Authority,
        };
    }

    private static (string Host, int? Port) SplitPort(string domain)
    {
        int colon = domain.LastIndexOf(':');
        bool hasPort = colon >= 0 && colon > domain.LastIndexOf(']');
        return hasPort && int.TryParse(domain.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out int port)
            ? (domain[..colon], port)
            : (domain, null);
    }
}
