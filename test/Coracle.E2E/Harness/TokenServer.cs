using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Coracle.E2E;

/// <summary>A token server as Docker's token specification has it, for one user; what it gives docker-registry believes by its certificate.</summary>
internal sealed class TokenServer : IAsyncDisposable
{
    public const string Service = "registry.test";

    public const string RefreshToken = "refresh-me";

    private readonly HttpListener _listener = new();
    private readonly X509Certificate2 _certificate;
    private readonly string _directory = Machine.NewDirectory();
    private readonly Task _loop;

    /// <param name="certificate">With its key; signs the tokens.</param>
    public TokenServer(X509Certificate2 certificate, string authorityPem)
    {
        _certificate = certificate;
        File.WriteAllText(Path.Combine(_directory, "roots.pem"), authorityPem);
        Realm = $"http://127.0.0.1:{Machine.FreeLoopbackPort()}/token";
        _listener.Prefixes.Add(Realm + "/");
        _listener.Start();
        _loop = ServeAsync();
    }

    public string Realm { get; }

    /// <summary>Lines of docker-registry's configuration.</summary>
    public string RegistryConfiguration => $"auth: {{token: {{realm: \"{Realm}\", service: {Service}, issuer: test, rootcertbundle: {_directory}/roots.pem}}}}";

    /// <summary>How each token was asked for: <c>anonymous</c>, <c>basic</c>, <c>refresh</c>.</summary>
    public ConcurrentQueue<string> Asked { get; } = new();

    public async ValueTask DisposeAsync()
    {
        _listener.Stop();
        await _loop;
        _listener.Close();
        Directory.Delete(_directory, recursive: true);
    }

    private async Task ServeAsync()
    {
        try
        {
            while (true)
            {
                HttpListenerContext context = await _listener.GetContextAsync();
                await AnswerAsync(context.Request, context.Response);
                context.Response.Close();
            }
        }
        catch (Exception stopped) when (stopped is HttpListenerException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    private async Task AnswerAsync(HttpListenerRequest request, HttpListenerResponse response)
    {
        string body = await new StreamReader(request.InputStream).ReadToEndAsync();
        string? basic = request.Headers["Authorization"];
        bool refreshes = request.HttpMethod == "POST", isUser = refreshes
            ? body.Contains("refresh_token=" + RefreshToken, StringComparison.Ordinal)
            : basic == "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes($"{TlsRegistry.User}:{TlsRegistry.Password}"));
        Asked.Enqueue(refreshes ? "refresh" : basic is null ? "anonymous" : "basic");
        if (!isUser && (refreshes || basic is not null))
        {
            response.StatusCode = 401;
            await response.OutputStream.WriteAsync("""{"details":"incorrect username or password"}"""u8.ToArray());
            return;
        }

        string token = Sign(isUser ? """[{"type":"repository","name":"app","actions":["pull"]}]""" : "[]");
        string refresh = request.QueryString["offline_token"] == "true" ? $",\"refresh_token\":\"{RefreshToken}\"" : "";
        await response.OutputStream.WriteAsync(Encoding.UTF8.GetBytes($$"""{"token":"{{token}}","access_token":"{{token}}"{{refresh}}}"""));
    }

    private string Sign(string access)
    {
        long now = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
        string header = $$"""{"typ":"JWT","alg":"ES256","x5c":["{{Convert.ToBase64String(_certificate.RawData)}}"]}""";
        string claims = $$"""{"iss":"test","sub":"","aud":"{{Service}}","exp":{{now + 300}},"nbf":{{now - 10}},"iat":{{now}},"jti":"1","access":{{access}}}""";
        string signed = $"{Encode(Encoding.UTF8.GetBytes(header))}.{Encode(Encoding.UTF8.GetBytes(claims))}";
        using ECDsa key = _certificate.GetECDsaPrivateKey()!;
        return $"{signed}.{Encode(key.SignData(Encoding.ASCII.GetBytes(signed), HashAlgorithmName.SHA256))}";
    }

    private static string Encode(byte[] bytes) => System.Buffers.Text.Base64Url.EncodeToString(bytes);
}
