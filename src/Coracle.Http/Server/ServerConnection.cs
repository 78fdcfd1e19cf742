using System.Buffers;
using System.Net.Sockets;
using System.Text;

namespace Coracle.Http;

/// <summary>
/// One client. Its loop reads a head, lets the handler answer, and begins again; between requests it holds no buffer, only
/// one pending read of nothing. The same read, left pending while an answer is being made, tells that the client has gone.
/// </summary>
internal sealed class ServerConnection : IDisposable
{
    private readonly Socket _socket;
    private readonly HttpServer _server;
    private readonly NetworkStream _stream;
    private readonly BufferedInput _input;
    private readonly Lock _lock = new(); // guards what is below: the watch, the server's stop and the loop meet here

    private CancellationTokenSource? _request;
    private Task? _readable;
    private bool _hijacked;
    private bool _closing;
    private bool _inputEnded;
    private long _waitingSince = Environment.TickCount64;

    public ServerConnection(Socket socket, HttpServer server)
    {
        _socket = socket;
        _server = server;
        _stream = new NetworkStream(socket, ownsSocket: true);
        _input = new BufferedInput(_stream);
    }

    public async Task RunAsync()
    {
        try
        {
            while (await ReadHeadAsync() is { } head && await ServeAsync(head))
            {
            }
        }
        catch (HttpFormatException e)
        {
            await RefuseAsync(e);
        }
        catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException or OperationCanceledException)
        {
            // The client is gone, or we are stopping: nobody is left to tell.
        }
        finally
        {
            Dispose();
            await (_readable ?? Task.CompletedTask);
        }
    }

    /// <summary>No further request on this connection; at once if there is none under way.</summary>
    public void CloseWhenIdle()
    {
        bool idle;
        lock (_lock)
        {
            _closing = true;
            idle = _request is null;
        }

        if (idle)
        {
            _socket.Dispose();
        }
    }

    /// <summary>Ends the request under way: its handler sees <see cref="HttpRequest.Aborted"/>, and its writes fail.</summary>
    public void Abort()
    {
        CancelRequest(evenIfHijacked: true);
        _socket.Dispose();
    }

    /// <summary>When it began to wait for a request, by <see cref="Environment.TickCount64"/>; never while there is one under way.</summary>
    public long WaitingSince
    {
        get
        {
            lock (_lock)
            {
                return _request is null && !_closing ? _waitingSince : long.MaxValue;
            }
        }
    }

    public string Date() => _server.Date();

    public bool MayKeep(HttpRequest request)
    {
        // Who waits for 100 Continue and gets an answer instead may send the body or not: the next byte has two meanings.
        bool bodyMayFollow = request.Headers.Contains("Expect") && !request.MessageBody.IsComplete && !request.MessageBody.HasBegun;
        bool bodyTooLong = !request.MessageBody.IsComplete && request.ContentLength > _server.Options.MaxDrainBytes;
        return request.KeepsAlive && !_closing && !bodyMayFollow && !bodyTooLong;
    }

    public async ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        try
        {
            await _stream.WriteAsync(bytes, cancellationToken);
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            CancelRequest(evenIfHijacked: false);
            throw new ConnectionLostException("the client is gone", e);
        }
    }

    public HijackedStream Hijack(MessageBody? body)
    {
        lock (_lock)
        {
            _hijacked = true;
        }

        return new HijackedStream(_stream, _input, body);
    }

    public void Dispose()
    {
        _input.Dispose();
        _stream.Dispose();
    }

    private async Task<MessageHead?> ReadHeadAsync()
    {
        if (_input.IsEmpty)
        {
            if (_inputEnded)
            {
                return null;
            }

            await BecomeReadableAsync();
            _readable = null;
        }

        CancellationTokenSource? deadline = null;
        try
        {
            int searched = 0;
            while (true)
            {
                if (TakeHead(searched) is { } head)
                {
                    return head;
                }

                searched = _input.Unread.Length;
                deadline ??= searched > 0 ? new(_server.Options.HeadTimeout, _server.Options.Time) : null;
                if (!await _input.FillAsync(_server.Options.MaxHeadBytes, deadline?.Token ?? default))
                {
                    return _input.IsEmpty || _input.Unread.SequenceEqual("\r\n"u8)
                        ? null
                        : throw new HttpFormatException(400, "the connection ended inside a request head"); // it may still read
                }
            }
        }
        catch (OperationCanceledException) when (deadline is { IsCancellationRequested: true })
        {
            throw new HttpFormatException(408, "the request head took too long");
        }
        finally
        {
            deadline?.Dispose();
        }
    }

    private MessageHead? TakeHead(int searched)
    {
        // One empty line before a request: some old clients send it after a body (RFC 9112 §2.2).
        int skip = _input.Unread.StartsWith("\r\n"u8) ? 2 : 0;
        int end = MessageHead.FindEnd(_input.Unread[skip..], Math.Max(0, searched - skip));
        if (end < 0)
        {
            return null;
        }

        MessageHead head = MessageHead.ParseRequest(_input.Unread.Slice(skip, end), _server.Options.MaxHeaders);
        _input.Consume(skip + end);
        return head;
    }

    /// <returns>Whether the connection is at the beginning of another request.</returns>
    private async Task<bool> ServeAsync(MessageHead head)
    {
        using CancellationTokenSource aborted = new();
        HttpResponse? response = null;
        MessageBody body = new(_input, BodyLength.OfRequest(head))
        {
            BeforeFirstRead = cancellationToken => ContinueAsync(head, response!, cancellationToken),
            WhenComplete = () => _ = BecomeReadableAsync(),
        };
        HttpRequest request = new(head, body, LengthOf(head, body), aborted.Token) { Limits = _server.Options };
        RequireHostAndExpectation(head);
        response = new HttpResponse(this, request);
        lock (_lock)
        {
            _request = aborted;
        }

        if (body.IsComplete)
        {
            _ = BecomeReadableAsync();
        }

        bool keep = false;
        try
        {
            keep = await HandleAsync(request, response);
        }
        finally
        {
            lock (_lock)
            {
                _request = null;
                _waitingSince = Environment.TickCount64;
                keep &= !_closing; // a stop that came after the answer was written saw a request still, and left the closing to us
            }

            if (_inputEnded)
            {
                await aborted.CancelAsync(); // ends the looking for the client
                await (_readable ?? Task.CompletedTask);
                _readable = null; // a request that is in the buffer already has a watch of its own
            }
        }

        return keep;
    }

    private async Task<bool> HandleAsync(HttpRequest request, HttpResponse response)
    {
        await _server.HandleAsync(request, response);
        if (response.IsHijacked)
        {
            await LingerAsync();
            return false;
        }

        bool keep = MayKeep(request);
        await response.WritableBody.CompleteAsync(CancellationToken.None);
        if (!response.WritableBody.EndedWell)
        {
            return false; // cut short on purpose: the client must not take what it has for the whole
        }

        if (keep && await DrainAsync(request.MessageBody))
        {
            return true;
        }

        await LingerAsync();
        return false;
    }

    private async Task<bool> DrainAsync(MessageBody body)
    {
        using CancellationTokenSource silence = new(_server.Options.BodyTimeout, _server.Options.Time);
        try
        {
            return await body.DrainAsync(_server.Options.MaxDrainBytes, silence.Token);
        }
        catch (Exception e) when (e is HttpFormatException or OperationCanceledException)
        {
            return false; // malformed, or never sent; the answer is out already, and there is one answer per request
        }
    }

    private static long? LengthOf(MessageHead head, MessageBody body)
        => body.IsComplete ? 0 : BodyLength.OfRequest(head) is { Kind: BodyKind.Length, Bytes: var bytes } ? bytes : null;

    private static void RequireHostAndExpectation(MessageHead head)
    {
        int hosts = head.Headers.CountOf("Host");
        if (hosts > 1 || (hosts == 0 && head.MinorVersion == 1))
        {
            throw new HttpFormatException(400, "missing or repeated Host header");
        }

        if (hosts == 1 && !FieldText.IsHost(head.Headers["Host"]))
        {
            throw new HttpFormatException(400, "malformed Host header");
        }

        if (head.Headers["Expect"] is { } expectation && !expectation.Equals("100-continue", StringComparison.OrdinalIgnoreCase))
        {
            throw new HttpFormatException(417, "unknown expectation");
        }
    }

    private ValueTask ContinueAsync(MessageHead head, HttpResponse response, CancellationToken cancellationToken)
        => head.MinorVersion == 1 && head.Headers.Contains("Expect") && !response.HasStarted
            ? WriteAsync("HTTP/1.1 100 Continue\r\n\r\n"u8.ToArray(), cancellationToken)
            : ValueTask.CompletedTask;

    /// <summary>Completes when there is something to read or the client has closed; at most one such read is pending.</summary>
    private Task BecomeReadableAsync() => _readable ??= WatchAsync();

    private async Task WatchAsync()
    {
        try
        {
            // An event that was on its way before we asked completes such a read, too (seen in a trace): then ask again.
            int nothing = 0;
            while (!_socket.Poll(0, SelectMode.SelectRead))
            {
                nothing = await _stream.ReadAsync(Memory<byte>.Empty);
            }

            if (_socket.Available > nothing)
            {
                return; // the next request: nothing can be known of the client behind it
            }

            _inputEnded = true;
            if (!await IsGoneAsync())
            {
                return; // the request has ended: what is under way by now is the next one
            }
        }
        catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException)
        {
            // Reset or closed: gone as well.
        }

        CancelRequest(evenIfHijacked: false);
    }

    /// <summary>
    /// A client may end its sending and still read (nc does). On a unix socket the two can be told apart, but nothing wakes us
    /// when the second happens: so we look from time to time, while there is a request. Over TCP the end of the input is taken
    /// for the client's, as Docker does.
    /// </summary>
    /// <returns>False when the request ended first.</returns>
    private async Task<bool> IsGoneAsync()
    {
        if (_socket.AddressFamily != AddressFamily.Unix)
        {
            return true;
        }

        while (TokenOfRequest() is { IsCancellationRequested: false } ended)
        {
            // A write of nothing: EPIPE, an exception, once the other end has closed for good.
            _socket.Send(ReadOnlySpan<byte>.Empty);
            await Task.Delay(_server.Options.HalfClosedPoll, _server.Options.Time, ended).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        return false;
    }

    private CancellationToken? TokenOfRequest()
    {
        lock (_lock)
        {
            return _hijacked ? null : _request?.Token;
        }
    }

    private void CancelRequest(bool evenIfHijacked)
    {
        CancellationTokenSource? request;
        lock (_lock)
        {
            request = _hijacked && !evenIfHijacked ? null : _request;
        }

        try
        {
            request?.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // The request has just ended by itself.
        }
    }

    /// <summary>
    /// Closing a socket with unread input resets the connection, and a reset can destroy an answer on its way. So: end our
    /// direction, then read and drop until the client has closed, or too long.
    /// </summary>
    private async Task LingerAsync()
    {
        using CancellationTokenSource deadline = new(_server.Options.LingerTimeout, _server.Options.Time);
        byte[] waste = ArrayPool<byte>.Shared.Rent(4096);
        try
        {
            await HalfClose.WritesAsync(_stream);
            while (await _input.ReadAsync(waste, deadline.Token) > 0)
            {
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(waste);
        }
    }

    private async Task RefuseAsync(HttpFormatException e)
    {
        string text = $"{e.Status} {ReasonPhrase.Of(e.Status)}: {e.Message}";
        try
        {
            await _stream.WriteAsync(Encoding.Latin1.GetBytes(
                $"HTTP/1.1 {e.Status} {ReasonPhrase.Of(e.Status)}\r\nContent-Type: text/plain; charset=utf-8\r\n"
                + $"Connection: close\r\nContent-Length: {text.Length}\r\n\r\n{text}"));
            await LingerAsync();
        }
        catch (Exception gone) when (gone is IOException or SocketException or ObjectDisposedException or OperationCanceledException)
        {
            // It did not wait for the answer.
        }
    }
}
