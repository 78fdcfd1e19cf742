using System.Globalization;
using System.Net;

namespace Coracle.Registry;

/// <summary>Which registries are reached through which proxy: HTTP_PROXY, HTTPS_PROXY and NO_PROXY as Go reads them.</summary>
/// <param name="Http">For registries without TLS; null goes there directly.</param>
/// <param name="Https">For those with TLS.</param>
/// <param name="Except">Hosts, domains (<c>.example.com</c>), addresses and CIDR ranges that are reached directly; <c>*</c> is all.</param>
/// <remarks>golang.org/x/net/http/httpproxy.</remarks>
public sealed record ProxyRules(Uri? Http, Uri? Https, IReadOnlyList<string> Except)
{
    public static ProxyRules None { get; } = new(null, null, []);

    /// <exception cref="FormatException">Not the address of an HTTP proxy; the message names it.</exception>
    public static ProxyRules Parse(string? http, string? https, string? except)
        => new(ParseAddress(http), ParseAddress(https), except?.Split([',', ' '], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) ?? []);

    public Uri? For(RegistryEndpoint endpoint)
    {
        Uri? proxy = endpoint.IsTls ? Https : Http;
        return proxy is null || IsDirect(endpoint) ? null : proxy;
    }

    private static Uri? ParseAddress(string? text)
    {
        if (string.IsNullOrEmpty(text))
        {
            return null;
        }

        bool isAddress = Uri.TryCreate(text.Contains("://", StringComparison.Ordinal) ? text : "http://" + text, UriKind.Absolute, out Uri? address);
        return isAddress && address!.Scheme == Uri.UriSchemeHttp ? address : throw new FormatException($"not an HTTP proxy: '{text}' (http://HOST:PORT is)");
    }

    private bool IsDirect(RegistryEndpoint endpoint)
    {
        bool isAddress = IPAddress.TryParse(endpoint.Host, out IPAddress? address);
        if (endpoint.Host == "localhost" || (isAddress && IPAddress.IsLoopback(address!)))
        {
            return true;   // as Go: what is on this device no proxy can reach
        }

        foreach (string exception in Except)
        {
            if (exception == "*" || (isAddress ? IsAddress(exception, endpoint, address!) : IsDomain(exception, endpoint)))
            {
                return true;
            }
        }

        return false;
    }

    private static bool IsAddress(string exception, RegistryEndpoint endpoint, IPAddress address)
        => (IPNetwork.TryParse(exception, out IPNetwork network) && network.Contains(address))
            || exception == endpoint.Host || exception == endpoint.Host + ":" + Port(endpoint);

    private static bool IsDomain(string exception, RegistryEndpoint endpoint)
    {
        int colon = exception.LastIndexOf(':');
        string domain = (colon < 0 ? exception : exception[..colon]).TrimStart('*');
        bool isPort = colon < 0 || exception[(colon + 1)..] == Port(endpoint);
        return isPort && (string.Equals(endpoint.Host, domain, StringComparison.OrdinalIgnoreCase)
            || endpoint.Host.EndsWith(domain.StartsWith('.') ? domain : "." + domain, StringComparison.OrdinalIgnoreCase));
    }

    private static string Port(RegistryEndpoint endpoint) => endpoint.Port.ToString(CultureInfo.InvariantCulture);
}
