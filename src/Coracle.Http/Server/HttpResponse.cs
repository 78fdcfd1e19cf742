namespace Coracle.Http;

/// <summary>
/// The answer to one request. Set <see cref="Status"/> and <see cref="Headers"/>, then write the <see cref="Body"/>; the head
/// goes out with the first bytes, and every write is on the wire when it returns.
/// </summary>
public sealed class HttpResponse
{
    /// <summary>More of a body unread than this when a connection is hijacked is no body that a client of ours sends.</summary>
    private const int MaxDrainBeforeHijack = 64 * 1024;

    private readonly ServerConnection _connection;
    private readonly HttpRequest _request;

    internal HttpResponse(ServerConnection connection, HttpRequest request)
    {
        _connection = connection;
        _request = request;
        WritableBody = new ResponseBody(connection, request, this);
    }

    public int Status { get; set; } = 200;

    public HttpHeaders Headers { get; } = [];

    /// <summary>Null: the body goes out in chunks (or up to the close for HTTP/1.0).</summary>
    public long? ContentLength { get; set; }

    /// <summary>From here on the status and the headers cannot be changed any more.</summary>
    public bool HasStarted => WritableBody.HasStarted || IsHijacked;

    public bool IsHijacked { get; private set; }

    /// <exception cref="ConnectionLostException">Of its writes: the client is gone.</exception>
    public Stream Body => WritableBody;

    internal ResponseBody WritableBody { get; }

    /// <summary>Sends the head now, before there is a body: a client may wait for it before it goes on.</summary>
    public ValueTask StartAsync(CancellationToken cancellationToken) => WritableBody.StartAsync(cancellationToken);

    /// <summary>
    /// Leaves HTTP: sends Docker's answer (101 where the client asked for an upgrade, 200 where it did not) and hands out the
    /// bare connection, which the caller disposes.
    /// </summary>
    /// <param name="contentType">Of the 101 answer; the plain one always says raw-stream, as Docker's does.</param>
    public Task<HijackedStream> HijackAsync(string contentType, CancellationToken cancellationToken)
    {
        bool upgraded = _request.AsksForUpgrade;

        // Without an upgrade a chunked body that is still coming is the client's input; with one, HTTP's own rule holds:
        // the request ends first. dockerode sends its options as a body that no daemon reads.
        bool bodyIsInput = !upgraded && !_request.MessageBody.IsComplete && _request.ContentLength is null;
        string answer = upgraded
            ? $"HTTP/1.1 101 UPGRADED\r\nContent-Type: {contentType}\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n"
            : "HTTP/1.1 200 OK\r\nContent-Type: application/vnd.docker.raw-stream\r\n\r\n";
        return LeaveAsync(answer, bodyIsInput, cancellationToken);
    }

    /// <summary>Leaves HTTP for the protocol that the client's Upgrade field names.</summary>
    /// <param name="fields">Lines of the 101 answer beside Upgrade and Connection, each with its CRLF.</param>
    public Task<HijackedStream> UpgradeAsync(string protocol, string fields, CancellationToken cancellationToken)
        => LeaveAsync(
            $"HTTP/1.1 101 Switching Protocols\r\nUpgrade: {protocol}\r\nConnection: Upgrade\r\n{fields}\r\n", bodyIsInput: false, cancellationToken);

    private async Task<HijackedStream> LeaveAsync(string answer, bool bodyIsInput, CancellationToken cancellationToken)
    {
        if (HasStarted)
        {
            throw new InvalidOperationException("the answer has been started");
        }

        MessageBody body = _request.MessageBody;
        if (!bodyIsInput && !body.IsComplete && await _request.ReadAllAsync(MaxDrainBeforeHijack) is null)
        {
            throw new HttpFormatException(413, "request body too large");
        }

        IsHijacked = true;
        await _connection.WriteAsync(System.Text.Encoding.ASCII.GetBytes(answer), cancellationToken);
        return _connection.Hijack(bodyIsInput ? body : null);
    }
}
