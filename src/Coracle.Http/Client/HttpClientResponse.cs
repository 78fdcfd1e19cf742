namespace Coracle.Http;

/// <summary>The answer to one request. Dispose it when its body is no longer wanted; only then is the connection free again.</summary>
public sealed class HttpClientResponse : IAsyncDisposable
{
    private readonly HttpClientConnection _connection;
    private readonly MessageHead _head;
    private readonly MessageBody _body;

    internal HttpClientResponse(HttpClientConnection connection, MessageHead head, MessageBody body)
    {
        _connection = connection;
        _head = head;
        _body = body;
    }

    public int Status => _head.Status;

    public bool IsSuccess => Status is >= 200 and < 300;

    public HttpHeaders Headers => _head.Headers;

    /// <summary>Null when only its end tells how long the body is.</summary>
    public long? ContentLength => BodyLength.OfResponse(_head, isHead: false) switch
    {
        { Kind: BodyKind.Length, Bytes: var bytes } => bytes,
        { Kind: BodyKind.None } => 0,
        _ => null,
    };

    /// <summary>Straight from the connection.</summary>
    /// <exception cref="HttpFormatException">Of its reads: the connection ended before the body did, or the framing is wrong.</exception>
    public Stream Body => _body;

    /// <summary>Reads the whole body.</summary>
    /// <exception cref="HttpFormatException">It is longer than <paramref name="maxBytes"/>.</exception>
    public async Task<byte[]> ReadAllAsync(int maxBytes, CancellationToken cancellationToken)
    {
        byte[] bytes = new byte[Math.Min(maxBytes, ContentLength ?? 4096) + 1];
        int count = 0;
        while (true)
        {
            int read = await _body.ReadAsync(bytes.AsMemory(count), cancellationToken);
            count += read;
            if (count > maxBytes)
            {
                throw new HttpFormatException(502, $"the answer is longer than {maxBytes} bytes");
            }

            if (read == 0)
            {
                return bytes[..count];
            }

            if (count == bytes.Length)
            {
                Array.Resize(ref bytes, (int)Math.Min(maxBytes + 1L, bytes.Length * 2L));
            }
        }
    }

    /// <summary>Ends the exchange: the connection is kept where little or nothing was left unread, else closed.</summary>
    public ValueTask DisposeAsync() => _connection.EndExchangeAsync(_head, _body);
}
