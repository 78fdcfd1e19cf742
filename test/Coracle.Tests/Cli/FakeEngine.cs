using System.Net.Sockets;
using System.Text;
using Coracle.Cli;
using Coracle.Http;
using Microsoft.Extensions.Logging.Abstractions;

namespace Coracle.Tests.Cli;

/// <summary>An engine that says what the test wants, on a socket in a directory of its own.</summary>
internal sealed class FakeEngine : IAsyncDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("cli-").FullName;
    private readonly HttpServer _server;
    private readonly Task _accepting;

    /// <param name="answer">Method and path without version; status and body.</param>
    public FakeEngine(Func<string, (int Status, string Body)> answer)
    {
        Socket listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(Path.Combine(_directory, "s")));
        listener.Listen();
        _server = new HttpServer(new HttpServerOptions(), (request, response) => AnswerAsync(request, response, answer), NullLogger.Instance);
        _accepting = _server.AcceptAsync(listener);
    }

    public List<string> Asked { get; } = [];

    public string LastBody { get; private set; } = "";

    /// <summary>Told of every request and its body.</summary>
    public Action<string, string> Seen { get; init; } = (_, _) => { };

    /// <summary>What the command line is called as.</summary>
    public string Program { get; init; } = "coracle";

    /// <summary>The newest version it speaks.</summary>
    public string ApiVersion { get; init; } = "1.51";

    /// <summary>What its clients' clock says; null for the real time.</summary>
    public DateTimeOffset? Now { get; init; }

    /// <summary>What is typed or piped into it.</summary>
    public string Input { get; init; } = "";

    /// <summary>Runs one command line against it.</summary>
    public async Task<(int ExitCode, string Output, string Errors)> RunAsync(params string[] arguments)
    {
        MemoryStream output = new(), errors = new();
        CliProcess process = new(
            new MemoryStream(Encoding.UTF8.GetBytes(Input)), output, errors, false, false, Environment(), Program, Now is DateTimeOffset now ? new FixedTime(now) : TimeProvider.System);
        int exitCode = await CommandLine.RunAsync(arguments, process, TestContext.Current.CancellationToken);
        return (exitCode, Encoding.UTF8.GetString(output.ToArray()), Encoding.UTF8.GetString(errors.ToArray()));
    }

    private Dictionary<string, string> Environment()
        => new() { ["DOCKER_HOST"] = $"unix://{_directory}/s", ["DOCKER_CONFIG"] = _directory, ["SEEN"] = "yes" };

    /// <summary>The person's config.json.</summary>
    public string Config
    {
        init => File.WriteAllText(Path.Combine(_directory, "config.json"), value);
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        await _accepting;
        Directory.Delete(_directory, recursive: true);
    }

    private async Task AnswerAsync(HttpRequest request, HttpResponse response, Func<string, (int Status, string Body)> answer)
    {
        response.Headers.Add("Api-Version", ApiVersion);
        if (request.Path == "/_ping")
        {
            await response.StartAsync(request.Aborted);
            return;
        }

        string asked = $"{request.Method} {request.RawTarget.Replace("/v" + ApiVersion, "", StringComparison.Ordinal)}";
        Asked.Add(asked);
        using StreamReader reader = new(request.Body);
        LastBody = await reader.ReadToEndAsync(request.Aborted);
        Seen(asked, LastBody);
        (int status, string body) = answer(asked);
        byte[] bytes = Encoding.UTF8.GetBytes(body);
        response.Status = status;
        response.ContentLength = bytes.Length;
        response.Headers.Add("Content-Type", "application/json");
        await response.Body.WriteAsync(bytes, request.Aborted);
    }

    private sealed class FixedTime(DateTimeOffset now) : TimeProvider
    {
        public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

        public override DateTimeOffset GetUtcNow() => now;
    }
}
