using System.Buffers;
using System.Text.Json;
using Coracle.Http;

namespace Coracle.Api;

/// <summary>When the head of a streamed answer goes out.</summary>
public enum HeadFlush
{
    /// <summary>Before the first byte of the body exists: clients wait for it (logs, events, wait).</summary>
    AtOnce,

    /// <summary>With the first byte: until then an error still becomes a status (pull, build).</summary>
    WithFirstByte,
}

/// <summary>What an endpoint answers. Made by the factories below, written by the dispatcher.</summary>
public abstract class ApiResponse
{
    internal const string JsonType = "application/json";
    public const string RawStreamType = "application/vnd.docker.raw-stream";
    public const string MultiplexedStreamType = "application/vnd.docker.multiplexed-stream";

    private List<KeyValuePair<string, string>>? _headers;

    /// <summary>200 without a body.</summary>
    public static ApiResponse Ok { get; } = new Empty(200);

    /// <summary>201 without a body.</summary>
    public static ApiResponse Created { get; } = new Empty(201);

    public static ApiResponse NoContent { get; } = new Empty(204);

    public static ApiResponse NotModified { get; } = new Empty(304);

    /// <summary>A JSON value, whole in memory before the first byte goes out, so that a failure while writing it is still a 500.</summary>
    public static ApiResponse Json(int status, Action<Utf8JsonWriter> write) => new JsonBody(status, write);

    public static ApiResponse Json(Action<Utf8JsonWriter> write) => Json(200, write);

    public static ApiResponse Bytes(int status, string contentType, ReadOnlyMemory<byte> body) => new BytesBody(status, contentType, body);

    /// <param name="write">Gets the client's side of the answer, every write of which is on the wire when it returns, and the Aborted token.</param>
    public static ApiResponse Stream(
        string contentType, Func<Stream, CancellationToken, Task> write, HeadFlush flush = HeadFlush.AtOnce)
        => new StreamBody(contentType, write, flush);

    /// <param name="contentType"><see cref="MultiplexedStreamType"/>, or <see cref="RawStreamType"/> for a terminal or an API before 1.42.</param>
    /// <param name="talk">Owns the connection until its task ends; it need not dispose it.</param>
    public static ApiResponse Hijack(string contentType, Func<HijackedStream, CancellationToken, Task> talk) => new HijackBody(contentType, talk);

    /// <param name="accept">The handshake's proof: Sec-WebSocket-Accept.</param>
    /// <inheritdoc cref="Hijack"/>
    public static ApiResponse WebSocket(string accept, Func<HijackedStream, CancellationToken, Task> talk) => new WebSocketBody(accept, talk);

    /// <summary>Adds a header field. Not for the shared answers without a body.</summary>
    public ApiResponse With(string name, string value)
    {
        (_headers ??= []).Add(new(name, value));
        return this;
    }

    internal async Task SendAsync(ApiRequest request, HttpResponse response)
    {
        foreach ((string name, string value) in _headers ?? [])
        {
            response.Headers[name] = value;
        }

        await WriteAsync(request, response);
    }

    private protected abstract Task WriteAsync(ApiRequest request, HttpResponse response);

    private sealed class Empty(int status) : ApiResponse
    {
        private protected override Task WriteAsync(ApiRequest request, HttpResponse response)
        {
            response.Status = status;
            return Task.CompletedTask;
        }
    }

    private sealed class JsonBody(int status, Action<Utf8JsonWriter> write) : ApiResponse
    {
        private protected override async Task WriteAsync(ApiRequest request, HttpResponse response)
        {
            ArrayBufferWriter<byte> buffer = new();
            using (Utf8JsonWriter json = new(buffer, JsonShape.Options))
            {
                write(json);
            }

            // Docker's encoder ends each value with a line feed, and people's scripts read lines.
            buffer.Write("\n"u8);
            await WriteBytesAsync(request, response, status, JsonType, buffer.WrittenMemory);
        }
    }

    private sealed class BytesBody(int status, string contentType, ReadOnlyMemory<byte> body) : ApiResponse
    {
        private protected override Task WriteAsync(ApiRequest request, HttpResponse response)
            => WriteBytesAsync(request, response, status, contentType, body);
    }

    private sealed class StreamBody(string contentType, Func<Stream, CancellationToken, Task> write, HeadFlush flush) : ApiResponse
    {
        private protected override async Task WriteAsync(ApiRequest request, HttpResponse response)
        {
            response.Headers["Content-Type"] = contentType;
            if (flush == HeadFlush.AtOnce)
            {
                await response.StartAsync(request.Aborted);
            }

            await write(response.Body, request.Aborted);
        }
    }

    private sealed class HijackBody(string contentType, Func<HijackedStream, CancellationToken, Task> talk) : ApiResponse
    {
        private protected override async Task WriteAsync(ApiRequest request, HttpResponse response)
            => await talk(await response.HijackAsync(contentType, request.Aborted), request.Aborted);
    }

    private sealed class WebSocketBody(string accept, Func<HijackedStream, CancellationToken, Task> talk) : ApiResponse
    {
        private protected override async Task WriteAsync(ApiRequest request, HttpResponse response)
            => await talk(await response.UpgradeAsync("websocket", $"Sec-WebSocket-Accept: {accept}\r\n", request.Aborted), request.Aborted);
    }

    private static async Task WriteBytesAsync(
        ApiRequest request, HttpResponse response, int status, string contentType, ReadOnlyMemory<byte> body)
    {
        response.Status = status;
        response.Headers["Content-Type"] = contentType;
        response.ContentLength = body.Length;
        await response.Body.WriteAsync(body, request.Aborted);
    }
}
