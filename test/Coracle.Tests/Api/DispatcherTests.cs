using System.Text;
using System.Text.Json;
using Coracle.Api;
using Coracle.Core;
using Coracle.Http;
using Coracle.Tests.Http;
using Microsoft.Extensions.Logging.Abstractions;

namespace Coracle.Tests.Api;

/// <summary>The endpoints about the engine itself, the refusals and the errors, over a real connection.</summary>
public sealed class DispatcherTests
{
    private static readonly ApiIdentity _identity = new("28.5.2", "0.1.0", CalledAsBalena: false);

    private static readonly HostServices _host = new()
    {
        Identity = _identity,
        Facts = new()
        {
            Id = "i\"d\\",
            HostName = "device",
            KernelVersion = "6.1.0",
            OperatingSystem = "Linux",
            OperatingSystemVersion = "1",
            Machine = "x86_64",
            Architecture = "amd64",
            Processors = 2,
            MemoryBytes = 1 << 30,
            Cgroups = new(2, "cgroupfs"),
            DataRoot = "/data",
            BackingFilesystem = "extfs",
        },
        Settings = new() { InsecureRegistries = ["reg:5000", "10.0.0.0/8"], AddressPools = [new("10.0.0.0/8", 24)] },
        Time = TimeProvider.System,
        CountContainers = () => new(1, 2, 3),
        CountImages = () => 4,
        CountListeners = () => 5,
        Deltas = CountedDeltas(),
        CheckLoginAsync = (login, _) => login.Password == "right"
            ? Task.FromResult("identity")
            : throw new EngineException(Refusal.Unauthorized, "unauthorized: incorrect username or password"),
    };

    private static DeltaCounters CountedDeltas()
    {
        DeltaCounters deltas = new();
        deltas.Fetched(40);
        deltas.HasApplied(100);
        deltas.FellBack(FallbackReason.BaseDamaged);
        deltas.FellBack(FallbackReason.BaseDamaged);
        return deltas;
    }

    private static TestServer Serve(params Route[] more)
    {
        List<Route> routes = [.. HostRoutes.All(new ApiServices(_host, null!, null!, null!)), .. RefusedRoutes.All(), .. more];
        return new TestServer(new ApiDispatcher(routes, _identity, NullLogger.Instance).HandleAsync);
    }

    private static async Task<(int Status, HttpHeaders Headers, string Body)> AskAsync(
        TestServer server, string method, string target, string? json = null, string? type = "application/json")
    {
        await using HttpClientConnection client = await server.ConnectClientAsync();
        HttpClientRequest request = new(method, target, "x") { Body = json is null ? null : new MemoryStream(Encoding.UTF8.GetBytes(json)) };
        request.Headers["Content-Type"] = json is null ? null : type;
        await using HttpClientResponse response = await client.SendAsync(request, CancellationToken.None);
        return (response.Status, response.Headers, Encoding.UTF8.GetString(await response.ReadAllAsync(1 << 20, CancellationToken.None)));
    }

    [Theory]
    [InlineData("GET", "/_ping", "OK")]
    [InlineData("HEAD", "/v1.24/_ping", "")]
    public async Task Ping_says_in_its_headers_what_clients_negotiate_by(string method, string target, string body)
    {
        await using TestServer server = Serve();
        var answer = await AskAsync(server, method, target);
        Assert.Equal((200, body), (answer.Status, answer.Body));
        Assert.Equal("1.51", answer.Headers["Api-Version"]);
        Assert.Equal("linux", answer.Headers["Ostype"]);
        Assert.Equal("inactive", answer.Headers["Swarm"]);
        Assert.Equal("false", answer.Headers["Docker-Experimental"]);
        Assert.Equal("Docker/28.5.2 (linux)", answer.Headers["Server"]);
        Assert.Equal("text/plain; charset=utf-8", answer.Headers["Content-Type"]);
        Assert.Equal("no-cache, no-store, must-revalidate", answer.Headers["Cache-Control"]);
    }

    [Theory]
    [InlineData("GET", "/v1.23/info", 400, "client version 1.23 is too old. Minimum supported API version is 1.24, please upgrade your client to a newer version")]
    [InlineData("GET", "/nothing", 404, "page not found")]
    [InlineData("POST", "/v1.41/info", 404, "page not found")]
    [InlineData("GET", "/plugins", 404, "page not found")]
    [InlineData("POST", "/swarm/init", 404, "page not found")]
    [InlineData("GET", "/v1.51/nodes", 503, "This node is not a swarm manager. Use \"docker swarm init\" or \"docker swarm join\" to connect this node to swarm and try again.")]
    [InlineData("GET", "/boom", 500, "a bug")]
    [InlineData("GET", "/later", 409, "cannot")]
    public async Task A_refusal_has_Dockers_status_and_words(string method, string target, int status, string message)
    {
        await using TestServer server = Serve(
            new("GET", "/boom", _ => throw new InvalidOperationException("a bug")),
            new("GET", "/later", _ => Task.FromResult(ApiResponse.Stream(
                "application/json", (_, _) => throw new EngineException(Refusal.Conflict, "cannot"), HeadFlush.WithFirstByte))));
        var answer = await AskAsync(server, method, target);
        Assert.Equal(status, answer.Status);
        Assert.Equal("application/json", answer.Headers["Content-Type"]);
        using JsonDocument body = JsonDocument.Parse(answer.Body);
        Assert.Equal(message, body.RootElement.GetProperty("message").GetString());
    }

    [Fact]
    public async Task Version_and_info_have_what_clients_decide_by()
    {
        await using TestServer server = Serve();
        using JsonDocument version = JsonDocument.Parse((await AskAsync(server, "GET", "/version")).Body);
        Assert.Equal("1.24", version.RootElement.GetProperty("MinAPIVersion").GetString());
        Assert.Equal("Coracle", version.RootElement.GetProperty("Platform").GetProperty("Name").GetString());
        using JsonDocument document = JsonDocument.Parse((await AskAsync(server, "GET", "/v1.51/info")).Body);
        JsonElement info = document.RootElement;
        Assert.Equal(6, info.GetProperty("Containers").GetInt32());
        Assert.Equal("overlay2", info.GetProperty("Driver").GetString());
        Assert.Equal("""[{"Base":"10.0.0.0/8","Size":24}]""", info.GetProperty("DefaultAddressPools").GetRawText());
        Assert.Equal("inactive", info.GetProperty("Swarm").GetProperty("LocalNodeState").GetString());
        Assert.Equal("2", info.GetProperty("CgroupVersion").GetString());
        Assert.False(info.GetProperty("RegistryConfig").GetProperty("IndexConfigs").GetProperty("reg:5000").GetProperty("Secure").GetBoolean());
        Assert.False(info.TryGetProperty("BridgeNfIptables", out _));
        Assert.Equal("""{"Applied":1,"BytesFetched":40,"BytesSaved":100,"FallBacks":2}""", info.GetProperty("Deltas").GetRawText());
    }

    [Theory]
    [InlineData("/metrics")]
    [InlineData("/v1.51/metrics")]
    public async Task Metrics_are_what_Prometheus_reads(string target)
    {
        await using TestServer server = Serve();
        var answer = await AskAsync(server, "GET", target);

        Assert.Equal("text/plain; version=0.0.4; charset=utf-8", answer.Headers["Content-Type"]);
        string[] lines = answer.Body.Split('\n');
        Assert.Contains("engine_daemon_container_states_containers{state=\"running\"} 1", lines);
        Assert.Contains("engine_daemon_container_states_containers{state=\"stopped\"} 3", lines);
        Assert.Contains("""engine_daemon_engine_info{version="0.1.0",kernel="6.1.0",architecture="x86_64",daemon_id="i\"d\\"} 1""", lines);
        Assert.Contains("coracle_images 4", lines);
        Assert.Contains("coracle_delta_layers_total 1", lines);
        Assert.Contains("coracle_delta_fetched_bytes_total 40", lines);
        Assert.Contains("coracle_delta_saved_bytes_total 100", lines);
        Assert.Contains("coracle_delta_fallbacks_total{reason=\"base-missing\"} 0", lines);
        Assert.Contains("coracle_delta_fallbacks_total{reason=\"base-damaged\"} 2", lines);
        Assert.All(lines[..^1], line => Assert.Matches("^(# (HELP|TYPE) [a-z_]+ .+|[a-z_]+({.*})? [0-9]+)$", line));
        Assert.Equal("", lines[^1]);
        string[] named = [.. lines.Where(line => line.StartsWith("# TYPE ", StringComparison.Ordinal))];
        Assert.Equal(named.Distinct(), named);
    }

    [Theory]
    [InlineData("{\"username\":\"u\",\"password\":\"right\"}", "application/json; charset=utf-8", 200)]
    [InlineData("{\"username\":\"u\",\"password\":\"wrong\"}", "application/json", 401)]
    [InlineData("{", "application/json", 400)]
    [InlineData("[]", "application/json", 400)]
    [InlineData("{}", "text/plain", 400)]
    [InlineData("{}", null, 400)]
    public async Task A_body_must_be_JSON_and_say_so(string body, string? type, int status)
    {
        await using TestServer server = Serve();
        Assert.Equal(status, (await AskAsync(server, "POST", "/auth", body, type)).Status);
    }

    [Fact]
    public async Task A_body_over_its_bound_is_refused_whether_announced_or_not()
    {
        await using TestServer server = Serve();
        var answer = await AskAsync(server, "POST", "/auth", $"{{\"username\":\"{new string('x', 100_000)}\"}}");
        Assert.Equal(400, answer.Status);
        Assert.Contains("too large", answer.Body);
    }
}
