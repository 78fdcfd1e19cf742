using System.Collections.Concurrent;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Text;
using Coracle.Oci;

namespace Coracle.Tests.Registry;

/// <summary>A request as the fake saw it.</summary>
internal sealed record FakeRequest(string Method, string Path, IReadOnlyDictionary<string, string> Headers)
{
    public string? this[string header] => Headers.GetValueOrDefault(header);
}

/// <summary>What the fake says, truth or lie.</summary>
/// <param name="CutAfter">Bytes of the body after which the connection is reset.</param>
/// <param name="ClaimedLength">The Content-Length, where it is not the body's own; -1 sends none and closes at the end.</param>
internal sealed record FakeAnswer(int Status, byte[] Body, string ContentType = "application/json", int? CutAfter = null, long? ClaimedLength = null)
{
    public Dictionary<string, string> Headers { get; } = [];

    /// <summary>Keeps the connection silent after the body until this completes.</summary>
    public Task Silence { get; init; } = Task.CompletedTask;

    public static FakeAnswer Text(int status, string body, string contentType = "application/json") => new(status, Encoding.UTF8.GetBytes(body), contentType);
}

/// <summary>A registry on a loopback port, of raw sockets so that it can misbehave in every way. Says what it holds unless told otherwise.</summary>
internal sealed class FakeRegistry : IDisposable
{
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly ConcurrentDictionary<string, (string Type, byte[] Bytes)> _content = new();

    private readonly SslServerAuthenticationOptions? _tls;

    /// <param name="tls">Speaks TLS this way; null speaks plain HTTP and answers a TLS greeting as Go's server does.</param>
    public FakeRegistry(SslServerAuthenticationOptions? tls = null)
    {
        _tls = tls;
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen();
        Port = ((IPEndPoint)_listener.LocalEndPoint!).Port;
        _ = Task.Run(AcceptAsync);
    }

    public int Port { get; }

    public string Authority => $"127.0.0.1:{Port}";

    /// <summary>Asked first; null lets the fake answer as a registry would.</summary>
    public Func<FakeRequest, FakeAnswer?> Intercept { get; set; } = _ => null;

    public ConcurrentQueue<FakeRequest> Requests { get; } = new();

    public Descriptor AddBlob(string repository, byte[] bytes, string mediaType = MediaTypes.OciLayer)
    {
        Digest digest = Digest.Of(bytes);
        _content[$"/v2/{repository}/blobs/{digest}"] = ("application/octet-stream", bytes);
        return new Descriptor(mediaType, digest, bytes.Length);
    }

    public Digest AddManifest(string repository, string tag, string json, string mediaType = MediaTypes.OciManifest)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(json);
        Digest digest = Digest.Of(bytes);
        _content[$"/v2/{repository}/manifests/{tag}"] = (mediaType, bytes);
        _content[$"/v2/{repository}/manifests/{digest}"] = (mediaType, bytes);
        return digest;
    }

    public void Dispose() => _listener.Dispose();

    private async Task AcceptAsync()
    {
        while (true)
        {
            Socket socket;
            try
            {
                socket = await _listener.AcceptAsync();
            }
            catch (Exception error) when (error is SocketException or ObjectDisposedException)
            {
                return;
            }

            _ = Task.Run(() => ServeAsync(socket));
        }
    }

    private async Task ServeAsync(Socket socket)
    {
        socket.NoDelay = true; // head and body are two writes
        using NetworkStream plain = new(socket, ownsSocket: true);
        try
        {
            await using Stream stream = await WrapAsync(plain);
            while (await ReadRequestAsync(stream) is { } request)
            {
                Requests.Enqueue(request);
                if (!await SendAsync(socket, stream, Intercept(request) ?? (request.Method == "HEAD" ? Honest(request) with { Body = [] } : Honest(request))))
                {
                    return;
                }
            }
        }
        catch (Exception error) when (error is IOException or SocketException or ObjectDisposedException or AuthenticationException)
        {
            // The client hung up, or did not like our certificate: that is its right.
        }
    }

    private async Task<Stream> WrapAsync(NetworkStream plain)
    {
        if (_tls is null)
        {
            return plain;
        }

        SslStream secure = new(plain);
        await secure.AuthenticateAsServerAsync(_tls);
        return secure;
    }

    private FakeAnswer Honest(FakeRequest request)
    {
        if (request.Path == "/v2/")
        {
            return FakeAnswer.Text(200, "{}");
        }

        if (!_content.TryGetValue(request.Path, out (string Type, byte[] Bytes) found))
        {
            string code = request.Path.Contains("/manifests/", StringComparison.Ordinal) ? "MANIFEST_UNKNOWN" : "BLOB_UNKNOWN";
            return FakeAnswer.Text(404, $$"""{"errors":[{"code":"{{code}}","message":"{{code.Replace('_', ' ').ToLowerInvariant()}}"}]}""");
        }

        if (request["range"] is not { } range)
        {
            return new FakeAnswer(200, found.Bytes, found.Type);
        }

        string[] bounds = range["bytes=".Length..].Split('-');
        int from = int.Parse(bounds[0]), end = bounds[1].Length > 0 ? Math.Min(found.Bytes.Length, int.Parse(bounds[1]) + 1) : found.Bytes.Length;
        FakeAnswer part = new(206, found.Bytes[from..end], found.Type);
        part.Headers["Content-Range"] = $"bytes {from}-{end - 1}/{found.Bytes.Length}";
        return part;
    }

    /// <returns>Null at the end of the connection, or when it speaks something else (a TLS hello).</returns>
    private static async Task<FakeRequest?> ReadRequestAsync(Stream stream)
    {
        StringBuilder head = new();
        byte[] one = new byte[1];
        while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
        {
            if (await stream.ReadAsync(one) == 0)
            {
                return null;
            }

            if (head.Length == 0 && one[0] == 0x16)
            {
                await stream.WriteAsync("HTTP/1.0 400 Bad Request\r\n\r\n"u8.ToArray());
                return null;
            }

            head.Append((char)one[0]);
        }

        string[] lines = head.ToString().Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        string[] words = lines[0].Split(' ');
        Dictionary<string, string> headers = new(StringComparer.OrdinalIgnoreCase);
        foreach (string line in lines[1..])
        {
            int colon = line.IndexOf(':');
            headers[line[..colon]] = line[(colon + 1)..].Trim();
        }

        if (headers.TryGetValue("Content-Length", out string? length))
        {
            byte[] body = new byte[int.Parse(length)];
            await stream.ReadExactlyAsync(body);
            headers["(body)"] = Encoding.UTF8.GetString(body);
        }

        return new FakeRequest(words[0], words[1], headers);
    }

    private static async Task<bool> SendAsync(Socket socket, Stream stream, FakeAnswer answer)
    {
        StringBuilder head = new($"HTTP/1.1 {answer.Status} X\r\nContent-Type: {answer.ContentType}\r\n");
        if (answer.ClaimedLength != -1)
        {
            head.Append($"Content-Length: {answer.ClaimedLength ?? answer.Body.Length}\r\n");
        }

        foreach ((string name, string value) in answer.Headers)
        {
            head.Append($"{name}: {value}\r\n");
        }

        await stream.WriteAsync(Encoding.ASCII.GetBytes(head.Append("\r\n").ToString()));
        await stream.WriteAsync(answer.Body.AsMemory(0, answer.CutAfter ?? answer.Body.Length));
        await answer.Silence;
        if (answer.CutAfter is not null)
        {
            // What was sent must arrive before the reset does, or the client sees less than the test says.
            socket.Shutdown(SocketShutdown.Send);
            return false;
        }

        return answer.ClaimedLength is null;
    }
}
