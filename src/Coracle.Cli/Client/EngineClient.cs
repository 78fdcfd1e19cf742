using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Coracle.Http;

namespace Coracle.Cli;

/// <summary>The engine behind its socket: one connection per request, since a command makes a handful and some never end.</summary>
internal sealed class EngineClient(string host)
{
    /// <summary>The newest shape this command line reads.</summary>
    private const string NewestVersion = "1.51";

    /// <summary>An answer that is read whole: an inspect of a large container, a list of some thousand.</summary>
    private const int MaxAnswerBytes = 64 << 20;

    private const string UnixScheme = "unix://";

    private string? _prefix;

    /// <summary>Sends, and returns when the head is there; an error's text is already thrown.</summary>
    /// <param name="target">Path and query without version.</param>
    /// <exception cref="CliException">No engine, or it refused.</exception>
    public async Task<EngineAnswer> SendAsync(string method, string target, byte[]? json, CancellationToken cancellationToken)
    {
        EngineAnswer answer = await OpenAsync(method, target, json, cancellationToken);
        if (answer.Response.Status < 400)
        {
            return answer;
        }

        await using (answer)
        {
            throw new EngineRefusedException(answer.Response.Status, await MessageAsync(answer.Response, cancellationToken));
        }
    }

    /// <summary>GET and parse.</summary>
    public async Task<JsonElement> GetAsync(string target, CancellationToken cancellationToken)
    {
        await using EngineAnswer answer = await SendAsync("GET", target, null, cancellationToken);
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
        using JsonDocument document = JsonDocument.Parse(body.Length == 0 ? "{}"u8.ToArray() : body);
        return document.RootElement.Clone();
    }

    /// <summary>Leaves HTTP: the container's streams.</summary>
    public async Task<HijackedStream> HijackAsync(string target, CancellationToken cancellationToken)
    {
        string prefix = await PrefixAsync(cancellationToken);
        HttpClientConnection connection = new(await ConnectAsync(cancellationToken));
        HijackResult result = await connection.HijackAsync(new HttpClientRequest("POST", prefix + target, "coracle") { ContentLength = 0 }, cancellationToken);
        if (result.Stream is HijackedStream stream)
        {
            return stream;
        }

        await using (result.Refusal!)
        {
            throw new EngineRefusedException(result.Refusal!.Status, await MessageAsync(result.Refusal, cancellationToken));
        }
    }

    private async Task<EngineAnswer> OpenAsync(string method, string target, byte[]? json, CancellationToken cancellationToken)
        => await ExchangeAsync(method, await PrefixAsync(cancellationToken) + target, json, cancellationToken);

    private async Task<EngineAnswer> ExchangeAsync(string method, string path, byte[]? json, CancellationToken cancellationToken)
    {
        HttpClientConnection connection = new(await ConnectAsync(cancellationToken));
        HttpClientRequest request = new(method, path, "coracle") { Body = json is null ? null : new MemoryStream(json), ContentLength = json?.Length ?? 0 };
        if (json is not null)
        {
            request.Headers.Add("Content-Type", "application/json");
        }

        return new EngineAnswer(connection, await connection.SendAsync(request, cancellationToken));
    }

    /// <summary>The older of the engine's newest version and ours, asked once.</summary>
    private async Task<string> PrefixAsync(CancellationToken cancellationToken)
    {
        if (_prefix is null)
        {
            await using EngineAnswer ping = await ExchangeAsync("GET", "/_ping", null, cancellationToken);
            string theirs = ping.Response.Headers["Api-Version"] ?? NewestVersion;
            _prefix = "/v" + (Version.TryParse(theirs, out Version? version) && version < Version.Parse(NewestVersion) ? theirs : NewestVersion);
        }

        return _prefix;
    }

    private async Task<Stream> ConnectAsync(CancellationToken cancellationToken)
    {
        if (!host.StartsWith(UnixScheme, StringComparison.Ordinal))
        {
            throw new CliException($"unable to parse docker host `{host}`: only unix:// is spoken");
        }

        Socket socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(host[UnixScheme.Length..]), cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch (Exception failure) when (failure is SocketException or ArgumentException)
        {
            socket.Dispose();
            throw new CliException(failure is SocketException { SocketErrorCode: SocketError.AccessDenied }
                ? $"permission denied while trying to connect to the Docker daemon socket at {host}"
                : $"Cannot connect to the Docker daemon at {host}. Is the docker daemon running?");
        }
    }

    private static async Task<string> MessageAsync(HttpClientResponse response, CancellationToken cancellationToken)
    {
        byte[] body = await response.ReadAllAsync(MaxAnswerBytes, cancellationToken);
        try
        {
            using JsonDocument document = JsonDocument.Parse(body);
            return document.RootElement.GetProperty("message").GetString() ?? "";
        }
        catch (Exception other) when (other is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            return Encoding.UTF8.GetString(body);
        }
    }
}
