using System.Net;
using System.Net.Sockets;
using System.Text;
using Coracle.Dns;
using Coracle.Oci;
using Coracle.Registry;

namespace Coracle.Tests.Registry;

public sealed class RegistrySessionTests : IDisposable
{
    private const string ManifestJson = """{"schemaVersion":2,"layers":[]}""";

    private readonly FakeRegistry _registry = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _registry.Dispose();

    [Fact]
    public async Task A_manifest_comes_with_its_digest_and_type()
    {
        Digest digest = _registry.AddManifest("a/b", "v1", ManifestJson);
        await using RegistrySession session = await OpenAsync("a/b:v1");

        FetchedManifest manifest = await session.GetManifestAsync("v1", Cancel);

        Assert.Equal(digest, manifest.Digest);
        Assert.Equal(MediaTypes.OciManifest, manifest.ContentType);
        Assert.Equal(ManifestJson, Encoding.UTF8.GetString(manifest.Bytes));
    }

    [Fact]
    public async Task Nobody_there_is_said_as_Docker_says_it()
    {
        RegistryException error = await Assert.ThrowsAsync<RegistryException>(
            () => Client().OpenAsync(ImageReference.Parse("127.0.0.1:1/x"), RegistryCredentials.None, Cancel));

        Assert.Equal("Get \"http://127.0.0.1:1/v2/\": dial tcp 127.0.0.1:1: connect: connection refused", error.Message);
    }

    [Fact]
    public async Task A_host_that_is_not_insecure_is_never_spoken_to_in_clear()
    {
        RegistryOptions options = Options with { };
        Assert.Equal(["https"], RegistryEndpoint.Candidates("registry.example:5000", options).Select(e => e.Scheme));
        Assert.Equal(["https", "http"], RegistryEndpoint.Candidates("localhost:5000", options).Select(e => e.Scheme));
        Assert.Equal(["https", "http"], RegistryEndpoint.Candidates("127.9.9.9", options).Select(e => e.Scheme));
        RegistryOptions listed = new(["registry.example:5000", "10.0.0.0/8"]);
        Assert.Equal(["https", "http"], RegistryEndpoint.Candidates("registry.example:5000", listed).Select(e => e.Scheme));
        Assert.Equal(["https", "http"], RegistryEndpoint.Candidates("10.1.2.3:5000", listed).Select(e => e.Scheme));
        Assert.Equal(["https"], RegistryEndpoint.Candidates("registry.example:5001", listed).Select(e => e.Scheme));
        Assert.Equal("registry-1.docker.io", RegistryEndpoint.Candidates("docker.io", options)[0].Authority);
        await Task.CompletedTask;
    }

    [Theory]
    [InlineData(404, """{"errors":[{"code":"MANIFEST_UNKNOWN","message":"manifest unknown"}]}""", "manifest for HOST/a/b:v1 not found: manifest unknown: manifest unknown")]
    [InlineData(404, """{"errors":[{"code":"NAME_UNKNOWN","message":"repository name not known to registry"}]}""", "repository HOST/a/b not found: name unknown: repository name not known to registry")]
    [InlineData(403, """{"errors":[{"code":"DENIED","message":"requested access to the resource is denied"}]}""", "pull access denied for HOST/a/b, repository does not exist or may require 'docker login': denied: requested access to the resource is denied")]
    [InlineData(429, """{"errors":[{"code":"TOOMANYREQUESTS","message":"slow down"}]}""", "toomanyrequests: slow down")]
    [InlineData(404, "<html>not here</html>", "error parsing HTTP 404 response body: invalid character '<' looking for beginning of value: \"<html>not here</html>\"")]
    [InlineData(404, "", "error parsing HTTP 404 response body: unexpected end of JSON input: \"\"")]
    [InlineData(404, "{}", "error parsing HTTP 404 response body: no error details found in HTTP response body: \"{}\"")]
    [InlineData(401, "", "unauthorized: authentication required")]
    [InlineData(500, "oops", "received unexpected HTTP status: 500 Internal Server Error")]
    [InlineData(400, """{"errors":[7]}""", "error parsing HTTP 400 response body: no error details found in HTTP response body: \"{\\\"errors\\\":[7]}\"")]
    public async Task Refusals_are_told_in_Dockers_words(int status, string body, string message)
    {
        _registry.Intercept = request => request.Path == "/v2/" ? null : FakeAnswer.Text(status, body);
        await using RegistrySession session = await OpenAsync("a/b:v1");

        RegistryException error = await Assert.ThrowsAsync<RegistryException>(() => session.GetManifestAsync("v1", Cancel));

        Assert.Equal(message.Replace("HOST", _registry.Authority), error.Message);
    }

    [Fact]
    public async Task A_manifest_longer_than_four_MiB_is_not_read_to_its_end()
    {
        _registry.Intercept = request => request.Path == "/v2/" ? null : new FakeAnswer(200, new byte[ManifestDocument.MaxBytes + 1], MediaTypes.OciManifest);
        await using RegistrySession session = await OpenAsync("a/b:v1");

        await Assert.ThrowsAsync<RegistryException>(() => session.GetManifestAsync("v1", Cancel));
    }

    [Fact]
    public async Task A_manifest_by_digest_must_have_that_digest()
    {
        Digest digest = _registry.AddManifest("a/b", "v1", ManifestJson);
        _registry.Intercept = request => request.Path == "/v2/" ? null : FakeAnswer.Text(200, ManifestJson + " ", MediaTypes.OciManifest);
        await using RegistrySession session = await OpenAsync("a/b:v1");

        RegistryException error = await Assert.ThrowsAsync<RegistryException>(() => session.GetManifestAsync(digest.ToString(), Cancel));

        Assert.Equal($"manifest verification failed for digest {digest}", error.Message);
    }

    [Fact]
    public async Task Basic_credentials_are_sent_only_when_asked_for()
    {
        _registry.AddManifest("a/b", "v1", ManifestJson);
        _registry.Intercept = request => request["Authorization"] == "Basic bWU6cHc=" ? null : Challenge("Basic realm=\"x\"");
        await using RegistrySession session = await OpenAsync("a/b:v1", new RegistryCredentials { Username = "me", Password = "pw" });

        await session.GetManifestAsync("v1", Cancel);

        Assert.Null(_registry.Requests.First()["Authorization"]);
        Assert.Equal(2, _registry.Requests.Count);
    }

    [Fact]
    public async Task Basic_without_credentials_and_with_wrong_ones_is_refused()
    {
        _registry.Intercept = _ => Challenge("Basic realm=\"x\"");
        await using RegistrySession nobody = await OpenAsync("a/b:v1");
        await using RegistrySession wrong = await OpenAsync("a/b:v1", new RegistryCredentials { Username = "me", Password = "no" });

        RegistryException first = await Assert.ThrowsAsync<RegistryException>(() => nobody.GetManifestAsync("v1", Cancel));
        RegistryException second = await Assert.ThrowsAsync<RegistryException>(() => wrong.GetManifestAsync("v1", Cancel));

        Assert.Equal($"Get \"http://{_registry.Authority}/v2/a/b/manifests/v1\": no basic auth credentials", first.Message);
        Assert.Equal("unauthorized: authentication required", second.Message);
    }

    [Fact]
    public async Task A_token_is_fetched_once_for_the_scope_and_again_when_it_has_ended()
    {
        _registry.AddManifest("a/b", "v1", ManifestJson);
        int tokens = 0;
        string good = "Bearer t1";
        _registry.Intercept = request => request.Path.StartsWith("/token", StringComparison.Ordinal)
            ? FakeAnswer.Text(200, $$"""{"token":"t{{++tokens}}"}""")
            : request["Authorization"] == good ? null : Challenge($"Bearer realm=\"http://{_registry.Authority}/token\",service=\"s v\",scope=\"x\"");
        await using RegistrySession session = await OpenAsync("a/b:v1", new RegistryCredentials { Username = "me", Password = "pw" });

        await session.GetManifestAsync("v1", Cancel);
        await session.GetManifestAsync("v1", Cancel);
        good = "Bearer t2";
        await session.GetManifestAsync("v1", Cancel);

        FakeRequest asked = _registry.Requests.First(request => request.Path.StartsWith("/token", StringComparison.Ordinal));
        Assert.Equal("/token?account=me&scope=repository%3Aa%2Fb%3Apull&service=s%20v", asked.Path);
        Assert.Equal("Basic bWU6cHc=", asked["Authorization"]);
        Assert.Equal(2, tokens);
    }

    [Fact]
    public async Task An_identity_token_is_exchanged_and_a_registry_token_is_sent_as_it_is()
    {
        _registry.AddManifest("a/b", "v1", ManifestJson);
        _registry.Intercept = request => request.Path == "/token"
            ? FakeAnswer.Text(200, """{"access_token":"exchanged"}""")
            : request["Authorization"] is "Bearer exchanged" or "Bearer mine" ? null : Challenge($"Bearer realm=\"http://{_registry.Authority}/token\"");

        await using RegistrySession identity = await OpenAsync("a/b:v1", new RegistryCredentials { IdentityToken = "refresh&me" });
        await identity.GetManifestAsync("v1", Cancel);
        await using RegistrySession direct = await OpenAsync("a/b:v1", new RegistryCredentials { RegistryToken = "mine" });
        await direct.GetManifestAsync("v1", Cancel);

        FakeRequest asked = Assert.Single(_registry.Requests, request => request.Path == "/token");
        Assert.Contains("refresh_token=refresh%26me", asked["(body)"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_token_server_that_refuses_or_talks_nonsense_is_told()
    {
        string answer = """{"details":"incorrect username or password"}""";
        int status = 401;
        _registry.Intercept = request => request.Path.StartsWith("/token", StringComparison.Ordinal)
            ? FakeAnswer.Text(status, answer)
            : Challenge($"Bearer realm=\"http://{_registry.Authority}/token\"");
        await using RegistrySession session = await OpenAsync("a/b:v1");

        RegistryException refused = await Assert.ThrowsAsync<RegistryException>(() => session.GetManifestAsync("v1", Cancel));
        (status, answer) = (200, "<html>");
        RegistryException nonsense = await Assert.ThrowsAsync<RegistryException>(() => session.GetManifestAsync("v1", Cancel));
        answer = "{}";
        RegistryException empty = await Assert.ThrowsAsync<RegistryException>(() => session.GetManifestAsync("v1", Cancel));

        Assert.Equal("unauthorized: incorrect username or password", refused.Message);
        Assert.Contains("unable to decode token response", nonsense.Message, StringComparison.Ordinal);
        Assert.Contains("authorization server did not include a token in the response", empty.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_login_is_checked_and_a_wrong_one_is_told()
    {
        _registry.Intercept = request => request["Authorization"] == "Basic bWU6cHc=" ? null : Challenge("Basic realm=\"x\"");
        RegistryCredentials good = new() { Username = "me", Password = "pw" }, wrong = new() { Username = "me", Password = "no" };

        await Client().LoginAsync($"http://{_registry.Authority}/v2/", good, Cancel);
        RegistryException error = await Assert.ThrowsAsync<RegistryException>(() => Client().LoginAsync(_registry.Authority, wrong, Cancel));

        Assert.Equal($"login attempt to http://{_registry.Authority}/v2/ failed with status: 401 Unauthorized", error.Message);
    }

    [Fact]
    public async Task A_login_brings_a_token_to_come_back_with_where_the_token_server_gives_one()
    {
        using FakeRegistry tokens = new() { Intercept = _ => FakeAnswer.Text(200, """{"token":"t","refresh_token":"later"}""") };
        _registry.Intercept = request => request["Authorization"] == "Bearer t" ? null : Challenge($"Bearer realm=\"http://{tokens.Authority}/token\",service=\"s\"");

        string identity = await Client().LoginAsync(_registry.Authority, new RegistryCredentials { Username = "me", Password = "pw" }, Cancel);

        Assert.Equal("later", identity);
        Assert.Equal("/token?account=me&service=s&client_id=docker&offline_token=true", Assert.Single(tokens.Requests).Path);
    }

    [Theory]
    [InlineData("eyJ1c2VybmFtZSI6Im1lIiwicGFzc3dvcmQiOiJwPz4ifQ==", "me", "p?>", "")]
    [InlineData("eyJhdXRoIjoiYldVNmNIYz0ifQ", "me", "pw", "")]
    [InlineData("eyJyZWdpc3RyeXRva2VuIjoidCJ9", "", "", "t")]
    [InlineData("eyJyZWdpc3RyeVRva2VuIjoidCJ9", "", "", "t")]
    [InlineData("e30=", "", "", "")]
    [InlineData("", "", "", "")]
    [InlineData("%%%", "", "", "")]
    [InlineData("W10=", "", "", "")]
    [InlineData("eyJhdXRoIjoiISJ9", "", "", "")]
    public void The_clients_header_names_somebody_or_nobody(string header, string username, string password, string token)
    {
        RegistryCredentials credentials = RegistryCredentials.Parse(header);

        Assert.Equal((username, password, token), (credentials.Username, credentials.Password, credentials.RegistryToken));
    }

    [Fact]
    public async Task Credentials_stay_with_their_host_when_a_blob_is_elsewhere()
    {
        using FakeRegistry elsewhere = new();
        byte[] content = "hello"u8.ToArray();
        Descriptor blob = _registry.AddBlob("a/b", content);
        elsewhere.AddBlob("a/b", content);
        _registry.Intercept = request =>
        {
            if (request["Authorization"] is null)
            {
                return Challenge("Basic realm=\"x\"");
            }

            FakeAnswer moved = FakeAnswer.Text(307, "");
            moved.Headers["Location"] = $"http://{elsewhere.Authority}{request.Path}";
            return request.Path == "/v2/" ? null : moved;
        };
        await using RegistrySession session = await OpenAsync("a/b:v1", new RegistryCredentials { Username = "me", Password = "pw" });

        Assert.Equal(content, await session.GetBlobAsync(blob, 100, Cancel));
        Assert.Null(Assert.Single(elsewhere.Requests)["Authorization"]);
    }

    [Fact]
    public async Task Redirects_in_a_circle_end()
    {
        Descriptor blob = _registry.AddBlob("a/b", [1]);
        FakeAnswer moved = FakeAnswer.Text(302, "");
        moved.Headers["Location"] = "/round";
        _registry.Intercept = request => request.Path == "/v2/" ? null : moved;
        await using RegistrySession session = await OpenAsync("a/b:v1");

        RegistryException error = await Assert.ThrowsAsync<RegistryException>(() => session.GetBlobAsync(blob, 100, Cancel));

        Assert.EndsWith("stopped after 10 redirects", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_small_blob_is_verified_and_bounded()
    {
        Descriptor blob = _registry.AddBlob("a/b", "hello"u8.ToArray());
        await using RegistrySession session = await OpenAsync("a/b:v1");

        _registry.Intercept = request => request.Path == "/v2/" ? null : FakeAnswer.Text(200, "hellO");
        await Assert.ThrowsAsync<RegistryException>(() => session.GetBlobAsync(blob, 100, Cancel));
        _registry.Intercept = request => request.Path == "/v2/" ? null : FakeAnswer.Text(200, "hello!");
        await Assert.ThrowsAsync<ContentMismatchException>(() => session.GetBlobAsync(blob, 100, Cancel));
        _registry.Intercept = request => request.Path == "/v2/" ? null : FakeAnswer.Text(200, "hell");
        await Assert.ThrowsAsync<ContentMismatchException>(() => session.GetBlobAsync(blob, 100, Cancel));
        await Assert.ThrowsAsync<RegistryException>(() => session.GetBlobAsync(blob, 4, Cancel));
    }

    [Fact]
    public async Task Silence_is_not_waited_for_for_ever()
    {
        using Socket mute = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        mute.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        mute.Listen();
        string authority = $"127.0.0.1:{((IPEndPoint)mute.LocalEndPoint!).Port}";
        RegistryOptions hasty = Options with { SilenceTimeout = TimeSpan.FromMilliseconds(100), ConnectTimeout = TimeSpan.FromMilliseconds(100) };

        RegistryException error = await Assert.ThrowsAsync<RegistryException>(
            () => Client(hasty).OpenAsync(ImageReference.Parse(authority + "/x"), RegistryCredentials.None, Cancel));

        Assert.Equal($"Get \"http://{authority}/v2/\": net/http: timeout awaiting response headers", error.Message);
    }

    internal static RegistryOptions Options { get; } = RegistryOptions.Default with { RetryDelay = TimeSpan.Zero };

    internal static RegistryClient Client(RegistryOptions? options = null)
        => new(new SocketTransport(new StubResolver(_ => null, TimeProvider.System), options ?? Options, TimeProvider.System), options ?? Options, TimeProvider.System);

    private Task<RegistrySession> OpenAsync(string name, RegistryCredentials? credentials = null)
        => Client().OpenAsync(ImageReference.Parse($"{_registry.Authority}/{name}"), credentials ?? RegistryCredentials.None, Cancel);

    private static FakeAnswer Challenge(string challenge)
    {
        FakeAnswer answer = FakeAnswer.Text(401, """{"errors":[{"code":"UNAUTHORIZED","message":"authentication required"}]}""");
        answer.Headers["WWW-Authenticate"] = challenge;
        return answer;
    }
}
