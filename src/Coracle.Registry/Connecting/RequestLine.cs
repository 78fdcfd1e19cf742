using Coracle.Http;

namespace Coracle.Registry;

/// <summary>One request as the session words it, independent of the connection it goes by.</summary>
internal sealed record RequestLine(string Method, Uri Address)
{
    public string? Accept { get; init; }

    public string? Authorization { get; init; }

    /// <summary>The first byte wanted.</summary>
    public long Offset { get; init; }

    /// <summary>The byte behind the last one wanted; 0 asks for all to the end.</summary>
    public long End { get; init; }

    public RequestContent? Content { get; init; }

    /// <summary>
    /// Whether it may be sent again without asking what became of it. A part of a blob is appended to what is there: twice would be once
    /// too often.
    /// </summary>
    public bool IsRepeatable => Content is not { IsPart: true };

    /// <param name="proxy">What the connection leads to; without TLS it is asked for the registry by its whole address.</param>
    /// <param name="silence">Told of every piece of the content that goes out.</param>
    public HttpClientRequest ToHttp(RegistryEndpoint endpoint, Uri? proxy, SilenceTimer silence)
    {
        bool isForwarded = proxy is not null && !endpoint.IsTls;
        HttpClientRequest request = new(Method, isForwarded ? Address.AbsoluteUri : Address.PathAndQuery, endpoint.Authority)
        {
            Body = Content?.Open(silence),
            ContentLength = Content?.Length,
        };
        request.Headers.Add("User-Agent", "coracle");
        Add(request, "Proxy-Authorization", isForwarded ? ProxyTunnel.AuthorizationFor(proxy!) : null);
        Add(request, "Accept", Accept);
        Add(request, "Authorization", Authorization);
        Add(request, "Content-Type", Content?.MediaType);
        Add(request, "Content-Range", Content?.Range);
        Add(request, "Range", End > 0 ? $"bytes={Offset}-{End - 1}" : Offset > 0 ? $"bytes={Offset}-" : null);
        return request;
    }

    /// <summary>As Go words what failed: <c>Get "http://host/v2/": …</c></summary>
    public string Describe(string failure) => $"{char.ToUpperInvariant(Method[0])}{Method[1..].ToLowerInvariant()} \"{Address}\": {failure}";

    private static void Add(HttpClientRequest request, string name, string? value)
    {
        if (value is not null)
        {
            request.Headers.Add(name, value);
        }
    }
}
