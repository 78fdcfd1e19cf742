using System.Text.Json;

namespace Coracle.E2E;

/// <summary>What a build server does once a new version is in the registry: an engine that has all versions publishes what differs between them.</summary>
internal sealed class BuildServer : IAsyncDisposable
{
    private BuildServer(Engine engine) => Engine = engine;

    public Engine Engine { get; }

    public static async Task<BuildServer> StartAsync(params string[] images)
    {
        BuildServer server = new(await Engine.StartAsync(new EngineSetting("", "--delta", "off")));
        foreach (string image in images)
        {
            await new DockerCli(DockerCli.Newest, server.Engine).SayAsync("pull", "-q", image);
        }

        return server;
    }

    /// <summary>Our own command line.</summary>
    public static Task<CommandResult> RunAsync(Engine engine, params string[] arguments)
        => Command.RunAsync(Engine.Program, ["-H", $"unix://{engine.SocketPath}", .. arguments], Machine.Environment(engine.Root));

    /// <returns>The digest of the artifact.</returns>
    public async Task<string> PublishAsync(string image, string from)
    {
        CommandResult push = (await RunAsync(Engine, "delta", "push", image, "--from", from)).Succeeds();
        Assert.StartsWith("Published: ", push.Lines[^1], StringComparison.Ordinal);
        return push.Lines[^1][(push.Lines[^1].IndexOf('@', StringComparison.Ordinal) + 1)..];
    }

    public ValueTask DisposeAsync() => Engine.DisposeAsync();
}

/// <summary>A delta as it stands in an artifact.</summary>
/// <param name="Digest">Of its blob.</param>
/// <param name="Target">DiffID of the layer that it makes.</param>
internal sealed record PublishedDelta(string Digest, long Size, string Target)
{
    /// <summary>The deltas of an artifact, in its order.</summary>
    public static PublishedDelta[] Of(byte[] artifact)
    {
        using JsonDocument document = JsonDocument.Parse(artifact);
        return [.. document.RootElement.GetProperty("layers").EnumerateArray().Select(Read)];
    }

    private static PublishedDelta Read(JsonElement layer)
    {
        Assert.Equal("application/vnd.coracle.layer.delta.v1", layer.GetProperty("mediaType").GetString());
        return new PublishedDelta(
            layer.GetProperty("digest").GetString()!, layer.GetProperty("size").GetInt64(), layer.GetProperty("annotations").GetProperty("coracle.delta.to").GetString()!);
    }
}
