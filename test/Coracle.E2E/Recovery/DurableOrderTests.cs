namespace Coracle.E2E;

/// <summary>
/// What a kill cannot show, since the page cache survives it, and a power cut would: each thing is flushed before it gets its name, and
/// the name before anything that counts on it. Read from the system calls of the published file.
/// </summary>
[Trait("Engine", "coracle")]
public sealed class DurableOrderTests(Stage stage) : IAsyncLifetime
{
    private Engine _engine = null!;
    private DockerCli _docker = null!;

    public async ValueTask InitializeAsync()
    {
        _engine = await Engine.StartAsync();
        _docker = new DockerCli(DockerCli.Newest, _engine);
    }

    public ValueTask DisposeAsync() => _engine.DisposeAsync();

    [Fact]
    public async Task A_pull_flushes_layers_before_their_names_and_names_before_the_image()
    {
        IReadOnlyList<TracedCall> calls = await TraceAsync(["pull", "-q", stage.Images.App.Reference]);
        Assert.Equal(3, calls.Count(IsCommit));
        Assert.True(calls.Count(IsReplacement) >= 2, "an image has at least a record and a name\n" + Show(calls));
        CheckOrder(calls);
        int layers = IndexOfLast(calls, IsCommit);
        int image = calls.ToList().FindIndex(call => IsRename(call) && call.Directories[^1] == Path.Combine(_engine.DataRoot, "images"));
        Assert.InRange(layers, 0, image);
    }

    [Fact]
    public async Task Containers_volumes_and_names_are_flushed_before_they_are_there()
    {
        await _docker.SayAsync("pull", "-q", stage.Images.App.Reference);
        await _docker.SayAsync("pull", "-q", stage.Images.Volumes.Reference);
        IReadOnlyList<TracedCall> calls = await TraceAsync(
            ["tag", stage.Images.App.Reference, "other:1"],
            ["volume", "create", "kept"],
            ["create", "--name", "durable", "--network", "none", "-v", "kept:/v", "-v", "/data", stage.Images.Volumes.Reference, "true"],
            ["rename", "durable", "renamed"]);
        Assert.True(calls.Count(IsReplacement) >= 3, Show(calls));
        CheckOrder(calls);
        await _docker.SayAsync("rm", "-v", "renamed");
        await _docker.SayAsync("volume", "rm", "kept");
    }

    private async Task<IReadOnlyList<TracedCall>> TraceAsync(params string[][] lines)
    {
        await using SystemCallTrace trace = await SystemCallTrace.OfAsync(_engine);
        foreach (string[] line in lines)
        {
            await _docker.SayAsync(line);
        }

        return [.. (await trace.EndAsync()).Where(call => call.Directories.Any(IsOurs))];
    }

    private void CheckOrder(IReadOnlyList<TracedCall> calls)
    {
        for (int i = 0; i < calls.Count; i++)
        {
            if (IsReplacement(calls[i]))
            {
                CheckReplacement(calls, i);
            }
            else if (IsCommit(calls[i]))
            {
                CheckCommit(calls, i);
            }
        }
    }

    /// <summary>Temporary file flushed, renamed, directory flushed before the next rename.</summary>
    private static void CheckReplacement(IReadOnlyList<TracedCall> calls, int rename)
    {
        string directory = calls[rename].Directories[^1];
        string temporary = Path.Combine(directory, calls[rename].Texts[0]);
        TracedCall? last = calls.Take(rename).LastOrDefault(call => call.Directories.Contains(temporary));
        Assert.True(last is { Name: "fsync" }, $"{temporary} was renamed before its content was flushed: {last}\n{Show(calls)}");
        Assert.True(FlushedBeforeTheNextName(calls, rename, directory), $"{directory} was not flushed after a rename in it\n{Show(calls)}");
    }

    /// <summary>Everything staged flushed, moved, both directories flushed before a name is given that counts on it.</summary>
    private static void CheckCommit(IReadOnlyList<TracedCall> calls, int rename)
    {
        string staged = Path.Combine(calls[rename].Directories[0], calls[rename].Texts[0]);
        int written = IndexOfLast([.. calls.Take(rename)], call => call.Name.Contains("write", StringComparison.Ordinal) && call.Directories[0].StartsWith(staged + "/", StringComparison.Ordinal));
        Assert.True(written >= 0, $"nothing was seen to be written in {staged}\n{Show(calls)}");
        // A volume's record is flushed by itself, with its directory; what has many files, all at once.
        bool isFlushed = calls.Take(rename).Skip(written).Any(call => call.Name == "syncfs" || (call.Name == "fsync" && call.Directories.Contains(staged)));
        Assert.True(isFlushed, $"{staged} was moved before it was flushed\n{Show(calls)}");
        foreach (string directory in calls[rename].Directories)
        {
            Assert.True(FlushedBeforeTheNextName(calls, rename, directory), $"{directory} was not flushed after a move\n{Show(calls)}");
        }
    }

    /// <summary>Layers that finish together are moved one after the other and flushed once: a further commit is no name that counts on it.</summary>
    private static bool FlushedBeforeTheNextName(IReadOnlyList<TracedCall> calls, int rename, string directory)
        => calls.Skip(rename + 1).TakeWhile(call => !IsReplacement(call)).Any(call => call.Name == "fsync" && call.Directories.Contains(directory));

    private bool IsOurs(string path) => path.StartsWith(_engine.DataRoot + "/", StringComparison.Ordinal);

    private static bool IsRename(TracedCall call) => call.Name.StartsWith("rename", StringComparison.Ordinal);

    private static bool IsReplacement(TracedCall call) => IsRename(call) && call.Directories[0] == call.Directories[^1];

    private static bool IsCommit(TracedCall call) => IsRename(call) && call.Directories[0].EndsWith("/staging", StringComparison.Ordinal);

    private static int IndexOfLast(IReadOnlyList<TracedCall> calls, Func<TracedCall, bool> test)
        => Enumerable.Range(0, calls.Count).LastOrDefault(i => test(calls[i]), -1);

    private static string Show(IEnumerable<TracedCall> calls) => string.Join('\n', calls);
}
