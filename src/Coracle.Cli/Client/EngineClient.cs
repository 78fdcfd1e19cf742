using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Coracle.Http;
using Coracle.Oci;

namespace Coracle.Cli;

/// <summary>The engine behind its socket: one connection per request, since a command makes a handful and some never end.</summary>
internal sealed class EngineClient(EngineHost host, ClientConfig config)
{
    /// <summary>The newest shape this command line reads.</summary>
    public const string NewestVersion = "1.51";

    /// <summary>An answer that is read whole: an inspect of a large container, a list of some thousand.</summary>
    private const int MaxAnswerBytes = 64 << 20;

    private string? _prefix;

    /// <summary>The connection that the ping came by: free for the request that the ping was for.</summary>
    private HttpClientConnection? _pinged;

    /// <summary>Sends, and returns when the head is there; an error's text is already thrown.</summary>
    /// <param name="target">Path and query without version.</param>
    /// <exception cref="CliException">No engine.</exception>
    /// <exception cref="EngineRefusedException">It refused.</exception>
    public Task<EngineAnswer> SendAsync(string method, string target, byte[]? json, CancellationToken cancellationToken)
        => SendAsync(method, target, json is null ? null : new MemoryStream(json), json?.Length, [], cancellationToken);

    /// <summary>The same with a body that is no JSON, or with headers of one's own.</summary>
    /// <param name="length">Of the body; null sends it in chunks as it comes.</param>
    public async Task<EngineAnswer> SendAsync(
        string method, string target, Stream? body, long? length, IReadOnlyList<(string Name, string Value)> headers, CancellationToken cancellationToken)
    {
        string path = await PrefixAsync(cancellationToken) + target;
        EngineAnswer answer = await ExchangeAsync(method, path, body, length, headers, cancellationToken);
        if (answer.Response.Status < 400)
        {
            return answer;
        }

        await using (answer)
        {
            throw new EngineRefusedException(answer.Response.Status, await MessageAsync(answer.Response, cancellationToken));
        }
    }

    /// <summary>The version of the API that is spoken: the older of the engine's newest and ours.</summary>
    public async Task<string> ApiVersionAsync(CancellationToken cancellationToken) => (await PrefixAsync(cancellationToken))["/v".Length..];

    /// <summary>GET and parse.</summary>
    public async Task<JsonElement> GetAsync(string target, CancellationToken cancellationToken)
    {
        await using EngineAnswer answer = await SendAsync("GET", target, null, cancellationToken);
        return await ReadJsonAsync(answer, cancellationToken);
    }

    /// <summary>POST and parse.</summary>
    public async Task<JsonElement> PostAsync(string target, byte[]? json, CancellationToken cancellationToken)
    {
        await using EngineAnswer answer = await SendAsync("POST", target, json, cancellationToken);
        return await ReadJsonAsync(answer, cancellationToken);
    }

    /// <summary>A request whose answer's body says nothing.</summary>
    /// <returns>The status: 304 is none of an error.</returns>
    public async Task<int> DoAsync(string method, string target, CancellationToken cancellationToken, byte[]? json = null)
    {
        await using EngineAnswer answer = await SendAsync(method, target, json, cancellationToken);
        return answer.Response.Status;
    }

    public static async Task<JsonElement> ReadJsonAsync(EngineAnswer answer, CancellationToken cancellationToken)
    {
        byte[] body = await answer.Response.ReadAllAsync(MaxAnswerBytes, cancellationToken);
        using JsonDocument document = GoJson.Parse(body.Length == 0 ? "{}"u8.ToArray() : body);
        return document.RootElement.Clone();
    }

    /// <summary>Leaves HTTP: the streams of a container or of a program in it.</summary>
    public async Task<HijackedStream> HijackAsync(string target, byte[]? json, CancellationToken cancellationToken)
    {
        string prefix = await PrefixAsync(cancellationToken);
        HttpClientConnection connection = await ConnectAsync(cancellationToken);
        HttpClientRequest request = Request("POST", prefix + target, json is null ? null : new MemoryStream(json), json?.Length ?? 0, []);
        HijackResult result = await connection.HijackAsync(request, cancellationToken);
        if (result.Stream is HijackedStream stream)
        {
            return stream;
        }

        await using (result.Refusal!)
        {
            throw new EngineRefusedException(result.Refusal!.Status, await MessageAsync(result.Refusal, cancellationToken));
        }
    }

    private async Task<EngineAnswer> ExchangeAsync(
        string method, string path, Stream? body, long? length, IReadOnlyList<(string Name, string Value)> headers, CancellationToken cancellationToken)
    {
        HttpClientConnection connection = await ConnectAsync(cancellationToken);
        return new EngineAnswer(connection, await connection.SendAsync(Request(method, path, body, length, headers), cancellationToken));
    }

    private HttpClientRequest Request(string method, string path, Stream? body, long? length, IReadOnlyList<(string Name, string Value)> headers)
    {
        HttpClientRequest request = new(method, path, "api.moby.localhost") { Body = body, ContentLength = length };
        foreach ((string name, string value) in config.HttpHeaders().Concat(headers))
        {
            request.Headers[name] = value;
        }

        if (body is not null && request.Headers["Content-Type"] is null)
        {
            request.Headers.Add("Content-Type", "application/json");
        }

        return request;
    }

    /// <summary>The older of the engine's newest version and ours, asked once.</summary>
    private async Task<string> PrefixAsync(CancellationToken cancellationToken)
    {
        if (_prefix is null)
        {
            HttpClientConnection connection = await ConnectAsync(cancellationToken);
            await using (HttpClientResponse ping = await connection.SendAsync(Request("HEAD", "/_ping", null, 0, []), cancellationToken))
            {
                string theirs = ping.Headers["Api-Version"] ?? NewestVersion;
                _prefix = "/v" + (Version.TryParse(theirs, out Version? version) && version < Version.Parse(NewestVersion) ? theirs : NewestVersion);
            }

            _pinged = connection;
        }

        return _prefix;
    }

    private async Task<HttpClientConnection> ConnectAsync(CancellationToken cancellationToken)
    {
        HttpClientConnection? pinged = Interlocked.Exchange(ref _pinged, null);
        return pinged is { IsReusable: true } ? pinged : new HttpClientConnection(await OpenAsync(cancellationToken));
    }

    private async Task<Stream> OpenAsync(CancellationToken cancellationToken)
    {
        Socket? socket = null;
        try
        {
            if (host.Path is string path)
            {
                socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancellationToken);
            }
            else
            {
                socket = await TcpSocket.ConnectAsync(host.Name, host.Port, cancellationToken);
            }

            return new NetworkStream(socket, ownsSocket: true);
        }
        catch (Exception failure) when (failure is SocketException or ArgumentException)
        {
            socket?.Dispose();
            throw new CliException(failure is SocketException { SocketErrorCode: SocketError.AccessDenied }
                ? $"permission denied while trying to connect to the Docker daemon socket at {host.Text}"
                : $"Cannot connect to the Docker daemon at {host.Text}. Is the docker daemon running?");
        }
    }

    private static async Task<string> MessageAsync(HttpClientResponse response, CancellationToken cancellationToken)
    {
        byte[] body = await response.ReadAllAsync(MaxAnswerBytes, cancellationToken);
        try
        {
            using JsonDocument document = GoJson.Parse(body);
            return document.RootElement.GetProperty("message").GetString() ?? "";
        }
        catch (Exception other) when (other is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            return Encoding.UTF8.GetString(body);
        }
    }
}
