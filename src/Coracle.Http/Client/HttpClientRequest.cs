namespace Coracle.Http;

/// <summary>One request to send.</summary>
/// <param name="Method"><c>GET</c>, <c>POST</c> …</param>
/// <param name="Target">Path and query, percent-encoded: <c>/v1.51/containers/json?all=1</c>.</param>
/// <param name="Host">The <c>Host</c> header: host, or host:port where the port is not the scheme's own.</param>
public sealed record HttpClientRequest(string Method, string Target, string Host)
{
    public HttpHeaders Headers { get; } = [];

    /// <summary>The body, read once and not disposed. Null: none.</summary>
    public Stream? Body { get; init; }

    /// <summary>Of the body; null sends it in chunks as it comes.</summary>
    public long? ContentLength { get; init; }

    /// <summary>Sends the body only once the server has said that it wants it, or after a second.</summary>
    public bool ExpectContinue { get; init; }
}
