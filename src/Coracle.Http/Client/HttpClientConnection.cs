namespace Coracle.Http;

/// <summary>
/// HTTP/1.1 from the client's side over a stream that the caller has connected (unix socket, TCP, TLS) and that belongs to
/// this from here on. One exchange at a time: send, read the body, dispose the response, then send again if
/// <see cref="IsReusable"/>.
/// </summary>
public sealed class HttpClientConnection : IAsyncDisposable
{
    private readonly Stream _stream;
    private readonly HttpClientLimits _limits;
    private readonly BufferedInput _input;
    private RequestSender? _sender;
    private bool _handedOver;

    public HttpClientConnection(Stream stream, HttpClientLimits? limits = null)
    {
        _stream = stream;
        _limits = limits ?? new HttpClientLimits();
        _input = new BufferedInput(stream);
        IsReusable = true;
    }

    /// <summary>Whether another request may be sent. A server may still hang up at any moment: then sending throws.</summary>
    public bool IsReusable { get; private set; }

    /// <summary>
    /// Sends the request and returns when the head of the answer is there. A server that answers before it has read the whole
    /// body is heard: a refusal ends the sending, anything else lets it go on beside the answer.
    /// </summary>
    /// <exception cref="ConnectionLostException">The server hung up without an answer.</exception>
    /// <exception cref="HttpFormatException">The answer is not HTTP/1.1 as we accept it.</exception>
    public async Task<HttpClientResponse> SendAsync(HttpClientRequest request, CancellationToken cancellationToken)
    {
        MessageHead head = await ExchangeHeadsAsync(request, upgrade: false, cancellationToken);
        return ResponseOf(head, request);
    }

    /// <summary>The same with <c>Upgrade: tcp</c>. Agreed by 101 or, as old daemons do, by 200 with a raw stream.</summary>
    /// <inheritdoc cref="SendAsync"/>
    public async Task<HijackResult> HijackAsync(HttpClientRequest request, CancellationToken cancellationToken)
    {
        MessageHead head = await ExchangeHeadsAsync(request, upgrade: true, cancellationToken);
        string? type = head.Headers["Content-Type"];
        bool isRaw = head.Status == 200 && type is not null
            && type.StartsWith("application/vnd.docker.", StringComparison.OrdinalIgnoreCase);
        if (head.Status != 101 && !isRaw)
        {
            return new(null, null, ResponseOf(head, request));
        }

        await _sender!.FinishAsync();
        _handedOver = true;
        IsReusable = false;
        return new(new HijackedStream(_stream, _input), type, null);
    }

    public async ValueTask DisposeAsync()
    {
        IsReusable = false;
        if (_sender is not null)
        {
            await _sender.DisposeAsync();
        }

        if (!_handedOver)
        {
            _input.Dispose();
            await _stream.DisposeAsync();
        }
    }

    internal async ValueTask EndExchangeAsync(MessageHead head, MessageBody body)
    {
        bool keep = IsReusable && KeepsAlive(head);
        try
        {
            keep = keep && await body.DrainAsync(_limits.MaxDrainBytes, CancellationToken.None) && _input.IsEmpty
                && await _sender!.IsDoneSoonAsync();
        }
        catch (IOException)
        {
            keep = false;
        }

        if (!keep)
        {
            await DisposeAsync();
        }
        else
        {
            await _sender!.DisposeAsync();
        }
    }

    private HttpClientResponse ResponseOf(MessageHead head, HttpClientRequest request)
        => new(this, head, new MessageBody(_input, BodyLength.OfResponse(head, request.Method == "HEAD")));

    private async Task<MessageHead> ExchangeHeadsAsync(HttpClientRequest request, bool upgrade, CancellationToken cancellationToken)
    {
        if (!IsReusable)
        {
            throw new InvalidOperationException("this connection takes no further request");
        }

        _sender = new RequestSender(_stream, request, upgrade, _limits);
        try
        {
            await _sender.SendHeadAsync(cancellationToken);
            _sender.BeginBody();
            MessageHead head = await ReadFinalHeadAsync(cancellationToken);
            await _sender.HeardAsync(head.Status);
            return head;
        }
        catch (Exception e)
        {
            await DisposeAsync();
            throw e is IOException and not (HttpFormatException or ConnectionLostException)
                ? new ConnectionLostException(_sender.Failure?.Message ?? e.Message, e)
                : e;
        }
    }

    private async Task<MessageHead> ReadFinalHeadAsync(CancellationToken cancellationToken)
    {
        for (int interim = 0; interim <= _limits.MaxInterim; interim++)
        {
            MessageHead head = await ReadHeadAsync(cancellationToken);
            if (head.Status is 101 or >= 200)
            {
                return head;
            }

            _sender!.HeardInterim(head.Status);
        }

        throw new HttpFormatException(502, $"more than {_limits.MaxInterim} interim answers");
    }

    private async Task<MessageHead> ReadHeadAsync(CancellationToken cancellationToken)
    {
        int searched = 0;
        while (true)
        {
            int end = MessageHead.FindEnd(_input.Unread, searched);
            if (end >= 0)
            {
                MessageHead head = MessageHead.ParseResponse(_input.Unread[..end], _limits.MaxHeaders);
                _input.Consume(end);
                return head;
            }

            searched = _input.Unread.Length;
            if (!await _input.FillAsync(_limits.MaxHeadBytes, cancellationToken))
            {
                throw searched == 0
                    ? new ConnectionLostException("the server closed the connection without an answer", _sender!.Failure)
                    : new HttpFormatException(502, "the connection ended inside the head of the answer");
            }
        }
    }

    private static bool KeepsAlive(MessageHead head)
    {
        // Both framings at once: whoever sent that may mean something else than we understood. Not to be trusted with more.
        bool ambiguous = head.Headers.Contains("Transfer-Encoding") && head.Headers.Contains("Content-Length");
        bool wanted = head.MinorVersion == 1
            ? !head.Headers.HasWord("Connection", "close")
            : head.Headers.HasWord("Connection", "keep-alive");
        return wanted && !ambiguous && BodyLength.OfResponse(head, isHead: false).Kind != BodyKind.UntilClose;
    }
}
