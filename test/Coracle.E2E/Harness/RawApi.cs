using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;

namespace Coracle.E2E;

/// <summary>An answer of the engine, read to its end.</summary>
internal sealed record ApiAnswer(int Status, string ContentType, string Body)
{
    public JsonElement Json => JsonDocument.Parse(Body).RootElement;

    /// <summary>The text of an error body.</summary>
    public string Message => Json.GetProperty("message").GetString()!;

    public ApiAnswer Has(int status)
    {
        Assert.True(Status == status, $"HTTP {Status} instead of {status}: {Body}");
        return this;
    }
}

/// <summary>The Engine API as bytes, for what no docker command says.</summary>
internal sealed class RawApi : IDisposable
{
    /// <summary>Both engines under test speak it.</summary>
    public const string Version = "/v1.41";

    private readonly string _socketPath;
    private readonly HttpClient _client;

    public RawApi(string socketPath)
    {
        _socketPath = socketPath;
        _client = new HttpClient(new SocketsHttpHandler
        {
            ConnectCallback = async (_, cancellationToken) => new NetworkStream(await ConnectAsync(cancellationToken), ownsSocket: true),
            PooledConnectionLifetime = TimeSpan.Zero,
        })
        {
            BaseAddress = new Uri("http://engine"),
            Timeout = Patience.For(TimeSpan.FromSeconds(60)),
        };
    }

    public async Task<Socket> ConnectAsync(CancellationToken cancellationToken = default)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(_socketPath), cancellationToken);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    public async Task<bool> PingAsync()
    {
        try
        {
            using HttpResponseMessage answer = await _client.GetAsync("/_ping");
            return answer.StatusCode == HttpStatusCode.OK;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    public Task<ApiAnswer> GetAsync(string path) => SendAsync(HttpMethod.Get, path);

    public Task<ApiAnswer> PostAsync(string path, string? json = null) => SendAsync(HttpMethod.Post, path, json);

    public async Task<ApiAnswer> SendAsync(HttpMethod method, string path, string? json = null)
    {
        using HttpResponseMessage answer = await OpenAsync(method, path, json);
        return new ApiAnswer((int)answer.StatusCode, answer.Content.Headers.ContentType?.ToString() ?? "", await answer.Content.ReadAsStringAsync());
    }

    /// <summary>Returns as soon as the header is here; the body is the caller's to read.</summary>
    public async Task<HttpResponseMessage> OpenAsync(HttpMethod method, string path, string? json = null)
    {
        using var request = new HttpRequestMessage(method, path.StartsWith("/_", StringComparison.Ordinal) ? path : Version + path);
        if (json is not null)
        {
            request.Content = new StringContent(json, Encoding.UTF8, "application/json");
        }

        return await _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
    }

    /// <summary>Any request, with whatever body.</summary>
    public Task<HttpResponseMessage> SendAsync(HttpRequestMessage request) => _client.SendAsync(request);

    public void Dispose() => _client.Dispose();
}
