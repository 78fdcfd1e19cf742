namespace Coracle.Http;

/// <summary>One request as its client sent it. Belongs to the handler until its task ends.</summary>
public sealed class HttpRequest
{
    /// <summary>What a length that was only promised is believed.</summary>
    private const int FirstBodyBytes = 4 * 1024;

    private QueryParameters? _query;

    internal HttpRequest(MessageHead head, MessageBody body, long? contentLength, CancellationToken aborted)
    {
        Head = head;
        MessageBody = body;
        ContentLength = contentLength;
        Aborted = aborted;
        RawTarget = WithoutAuthority(head.Second);
        int question = RawTarget.IndexOf('?', StringComparison.Ordinal);
        RawPath = question < 0 ? RawTarget : RawTarget[..question];
        Path = DecodePath(RawPath);
    }

    public string Method => Head.First;

    /// <summary>Path and query as sent.</summary>
    public string RawTarget { get; }

    /// <summary>The path as sent, still encoded.</summary>
    public string RawPath { get; }

    /// <summary>The path, decoded: <c>%2F</c> is a slash here, as in Docker's router.</summary>
    public string Path { get; }

    /// <exception cref="HttpFormatException">400: malformed.</exception>
    public QueryParameters Query => _query ??= QueryParameters.Parse(
        RawTarget.Length > RawPath.Length ? RawTarget.AsSpan(RawPath.Length + 1) : default);

    public HttpHeaders Headers => Head.Headers;

    /// <summary>Null when the body comes in chunks; 0 when there is none.</summary>
    public long? ContentLength { get; }

    /// <summary>Straight from the connection. A client that waits for <c>100 Continue</c> gets it at the first read.</summary>
    public Stream Body => MessageBody;

    /// <summary>Fires when the client has closed its connection, or when the server stops.</summary>
    public CancellationToken Aborted { get; }

    /// <summary>Whether the client asks to leave HTTP on this connection.</summary>
    public bool AsksForUpgrade => Headers.HasWord("Connection", "Upgrade") && Headers.Contains("Upgrade");

    /// <summary>Reads the whole body, which takes memory only as it comes.</summary>
    /// <returns>Null when it is longer than <paramref name="maxBytes"/>.</returns>
    /// <exception cref="HttpFormatException">408: nothing of it came for <see cref="HttpServerOptions.BodyTimeout"/>.</exception>
    public async Task<ReadOnlyMemory<byte>?> ReadAllAsync(int maxBytes)
    {
        if (ContentLength > maxBytes)
        {
            return null;
        }

        byte[] bytes = new byte[Math.Min(ContentLength ?? FirstBodyBytes, FirstBodyBytes)];
        int count = 0;
        while (true)
        {
            if (count == bytes.Length)
            {
                // One byte more than allowed proves that it is too long; an exact fit needs the read that says "end".
                Array.Resize(ref bytes, (int)Math.Min(maxBytes + 1L, Math.Max(16, bytes.Length * 2L)));
            }

            int read = await ReadSomeAsync(bytes.AsMemory(count));
            count += read;
            if (count > maxBytes)
            {
                return null;
            }

            if (read == 0)
            {
                return bytes.AsMemory(0, count);
            }
        }
    }

    internal HttpServerOptions Limits { get; init; } = new();

    internal MessageHead Head { get; }

    internal MessageBody MessageBody { get; }

    internal bool IsHead => Method == "HEAD";

    internal bool KeepsAlive => Head.MinorVersion == 1
        ? !Headers.HasWord("Connection", "close")
        : Headers.HasWord("Connection", "keep-alive");

    private async Task<int> ReadSomeAsync(Memory<byte> buffer)
    {
        using CancellationTokenSource deadline = new(Limits.BodyTimeout, Limits.Time);
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, Aborted);
        try
        {
            return await MessageBody.ReadAsync(buffer, either.Token);
        }
        catch (OperationCanceledException) when (deadline.IsCancellationRequested && !Aborted.IsCancellationRequested)
        {
            throw new HttpFormatException(408, "the request body took too long");
        }
    }

    /// <summary>The absolute form, which only proxies are sent: what follows the host counts (RFC 9112 §3.2.2).</summary>
    private static string WithoutAuthority(string target)
    {
        if (target[0] == '/' || target == "*")
        {
            return target;
        }

        const string Scheme = "http://";
        if (!target.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase))
        {
            throw new HttpFormatException(400, "malformed request target");
        }

        int slash = target.IndexOf('/', Scheme.Length);
        return slash < 0 ? "/" : target[slash..];
    }

    private static string DecodePath(string raw)
    {
        string path = QueryParameters.Decode(raw, plusIsSpace: false);
        return path.Contains('\0', StringComparison.Ordinal)
            ? throw new HttpFormatException(400, "malformed request path")
            : path;
    }
}
