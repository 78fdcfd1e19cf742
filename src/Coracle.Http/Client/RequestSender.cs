using System.Buffers;
using System.Globalization;

namespace Coracle.Http;

/// <summary>Sends one request: the head, then the body on its own so that an answer can be heard meanwhile.</summary>
internal sealed class RequestSender(Stream stream, HttpClientRequest request, bool upgrade, HttpClientLimits limits) : IAsyncDisposable
{
    /// <summary>One write: framing and this much body.</summary>
    private const int WriteBytes = 16 * 1024;

    private readonly CancellationTokenSource _stop = new();
    private readonly TaskCompletionSource _mayBegin = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Task _body = Task.CompletedTask;

    /// <summary>Why the body could not be sent; the server's answer, if any, says more.</summary>
    public Exception? Failure { get; private set; }

    /// <summary>
    /// Whether all of it has been sent, so that the server awaits nothing of this request. The answer to the last byte may be
    /// here before the write of that byte has said that it is done.
    /// </summary>
    public async ValueTask<bool> IsDoneSoonAsync()
    {
        if (!_body.IsCompleted)
        {
            await Task.WhenAny(_body, Task.Delay(limits.ContinueTimeout, limits.Time));
        }

        return _body.IsCompletedSuccessfully && Failure is null;
    }

    public async Task SendHeadAsync(CancellationToken cancellationToken)
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent(limits.MaxHeadBytes);
        try
        {
            await stream.WriteAsync(buffer.AsMemory(0, ComposeHead(buffer)), cancellationToken);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    public void BeginBody()
    {
        if (!request.ExpectContinue)
        {
            _mayBegin.TrySetResult();
        }

        _body = request.Body is null ? Task.CompletedTask : SendBodyAsync(request.Body);
    }

    public void HeardInterim(int status)
    {
        if (status == 100)
        {
            _mayBegin.TrySetResult();
        }
    }

    /// <summary>A final answer is here. After a refusal the rest of the body is not sent; a body not asked for neither.</summary>
    public async Task HeardAsync(int status)
    {
        if (status >= 300 || !_mayBegin.Task.IsCompleted)
        {
            await _stop.CancelAsync();
        }
    }

    public Task FinishAsync() => _body;

    /// <summary>Ends the sending. The request's body must heed the token of its reads, or this waits for them.</summary>
    public async ValueTask DisposeAsync()
    {
        if (!_body.IsCompleted)
        {
            await _stop.CancelAsync();
            await _body;
        }

        _stop.Dispose();
    }

    private int ComposeHead(byte[] buffer)
    {
        if (!FieldText.IsToken(request.Method) || request.Target.AsSpan().ContainsAnyExceptInRange('!', '~'))
        {
            throw new ArgumentException($"not a request line: '{request.Method} {request.Target}'");
        }

        HeadWriter head = new(buffer);
        head.Text($"{request.Method} {request.Target} HTTP/1.1\r\n");
        head.Field("Host", request.Host);
        head.Fields(request.Headers);
        if (upgrade)
        {
            head.Field("Connection", "Upgrade");
            head.Field("Upgrade", "tcp");
        }

        if (request.Body is not null && request.ContentLength is null)
        {
            head.Field("Transfer-Encoding", "chunked");
        }
        else if (request.Body is not null || request.Method is "POST" or "PUT" or "PATCH")
        {
            head.Field("Content-Length", request.Body is null ? 0 : request.ContentLength!.Value);
        }

        if (request.ExpectContinue && request.Body is not null)
        {
            head.Field("Expect", "100-continue");
        }

        head.End();
        return head.Length;
    }

    /// <summary>Never throws: what went wrong is <see cref="Failure"/>, since the answer may still be worth hearing.</summary>
    private async Task SendBodyAsync(Stream body)
    {
        try
        {
            await WaitForContinueAsync();
            await CopyAsync(body);
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or ObjectDisposedException)
        {
            Failure = e;
        }
    }

    private async Task WaitForContinueAsync()
    {
        if (!_mayBegin.Task.IsCompleted)
        {
            await Task.WhenAny(_mayBegin.Task, Task.Delay(limits.ContinueTimeout, limits.Time, _stop.Token));
            _stop.Token.ThrowIfCancellationRequested();
            _mayBegin.TrySetResult();
        }
    }

    private async Task CopyAsync(Stream body)
    {
        const int Frame = 16; // before the bytes: "4000" CRLF fits; behind them: CRLF and the last chunk
        bool chunked = request.ContentLength is null;
        byte[] buffer = ArrayPool<byte>.Shared.Rent(WriteBytes + (2 * Frame));
        try
        {
            long sent = 0;
            int read;
            while ((read = await body.ReadAsync(buffer.AsMemory(Frame, WriteBytes), _stop.Token)) > 0)
            {
                sent += read;
                int from = chunked ? ComposeChunk(buffer, Frame, read) : Frame;
                await stream.WriteAsync(buffer.AsMemory(from, read + Frame - from + (chunked ? 2 : 0)), _stop.Token);
            }

            if (chunked)
            {
                await stream.WriteAsync("0\r\n\r\n"u8.ToArray(), _stop.Token);
            }
            else if (sent != request.ContentLength)
            {
                throw new IOException($"the body had {sent} bytes instead of {request.ContentLength}");
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <returns>Where the chunk begins: its size line is written so that it ends at <paramref name="dataAt"/>.</returns>
    private static int ComposeChunk(byte[] buffer, int dataAt, int count)
    {
        Span<byte> size = stackalloc byte[8];
        count.TryFormat(size, out int digits, "x", CultureInfo.InvariantCulture);
        int from = dataAt - digits - 2;
        size[..digits].CopyTo(buffer.AsSpan(from));
        "\r\n"u8.CopyTo(buffer.AsSpan(dataAt - 2));
        "\r\n"u8.CopyTo(buffer.AsSpan(dataAt + count));
        return from;
    }
}
