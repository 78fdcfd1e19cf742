using System.Globalization;
using System.Text;

namespace Coracle.Registry;

/// <summary>Asks a proxy for a connection to a registry, through which TLS then speaks to the registry itself.</summary>
/// <remarks>RFC 9110 section 9.3.6.</remarks>
internal static class ProxyTunnel
{
    /// <summary>Of the proxy's answer.</summary>
    private const int MaxHeadBytes = 8 * 1024;

    /// <summary>The header by which the proxy knows us, or null where its address names nobody.</summary>
    public static string? AuthorizationFor(Uri proxy)
        => proxy.UserInfo.Length == 0 ? null : "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes(Uri.UnescapeDataString(proxy.UserInfo)));

    /// <exception cref="RegistryException">The proxy does not let us through.</exception>
    public static async Task OpenAsync(Stream stream, RegistryEndpoint endpoint, Uri proxy, CancellationToken cancellationToken)
    {
        string host = endpoint.Host.Contains(':', StringComparison.Ordinal) ? $"[{endpoint.Host}]" : endpoint.Host;
        string target = string.Create(CultureInfo.InvariantCulture, $"{host}:{endpoint.Port}");
        string identity = AuthorizationFor(proxy) is { } value ? $"Proxy-Authorization: {value}\r\n" : "";
        string request = $"CONNECT {target} HTTP/1.1\r\nHost: {target}\r\nUser-Agent: coracle\r\n{identity}\r\n";
        await stream.WriteAsync(Encoding.UTF8.GetBytes(request), cancellationToken);
        string status = await ReadStatusAsync(stream, cancellationToken);
        if (!status.StartsWith('2'))
        {
            throw new RegistryException(RegistryProblem.Unreachable, $"proxyconnect tcp: {proxy.Host}:{proxy.Port}: {status}");
        }
    }

    /// <summary>Byte by byte: what follows the head is the registry's and not ours to read.</summary>
    /// <returns>The number and its words: <c>407 Proxy Authentication Required</c>.</returns>
    private static async Task<string> ReadStatusAsync(Stream stream, CancellationToken cancellationToken)
    {
        byte[] head = new byte[MaxHeadBytes];
        int length = 0;
        while (length < head.Length && !head.AsSpan(0, length).EndsWith("\r\n\r\n"u8))
        {
            if (await stream.ReadAsync(head.AsMemory(length, 1), cancellationToken) == 0)
            {
                throw new RegistryException(RegistryProblem.Unreachable, "proxyconnect tcp: EOF");
            }

            length++;
        }

        string line = Encoding.Latin1.GetString(head, 0, Math.Max(0, head.AsSpan(0, length).IndexOf("\r\n"u8)));
        return line.StartsWith("HTTP/1.", StringComparison.Ordinal) && line.Length > "HTTP/1.1 ".Length
            ? line["HTTP/1.1 ".Length..]
            : throw new RegistryException(RegistryProblem.Unreachable, "proxyconnect tcp: malformed HTTP response");
    }
}
