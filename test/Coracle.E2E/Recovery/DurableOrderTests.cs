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

    /// <summary>Its record is in a directory that is new itself.</summary>
    [Fact]
    public async Task A_new_containers_directory_is_flushed_as_well()
    {
        await _docker.SayAsync("pull", "-q", stage.Images.App.Reference);
        IReadOnlyList<TracedCall> calls = await TraceAsync(["create", "--name", "made", "--network", "none", stage.Images.App.Reference, "true"]);
        int recorded = IndexOfLast(calls, call => IsReplacement(call) && Path.GetDirectoryName(call.Directories[^1]) == Place("containers"));
        Assert.InRange(recorded, 0, calls.Count);
        Assert.True(calls.Skip(recorded).Any(call => call.Name == "fsync" && call.Directories.Contains(Place("containers"))), Show(calls));
        await _docker.SayAsync("rm", "made");
    }

    /// <summary>What was reported as removed must not come back, least of all without its files.</summary>
    [Fact]
    public async Task What_is_removed_is_gone_for_good_before_its_files_go()
    {
        await _docker.SayAsync("pull", "-q", stage.Images.App.Reference);
        await _docker.SayAsync("volume", "create", "kept");
        await _docker.SayAsync("create", "--name", "gone", "--network", "none", stage.Images.App.Reference, "true");
        await CheckRemovalAsync(_engine, _docker, ["rm", "gone"], "containers");
        await CheckRemovalAsync(_engine, _docker, ["volume", "rm", "kept"], "volumes");
        await CheckRemovalAsync(_engine, _docker, ["rmi", stage.Images.App.Reference], "images", "layers");
    }

    [Fact]
    public async Task A_removed_network_is_gone_for_good()
    {
        await using NetworkHost host = await NetworkHost.StartAsync();
        await host.Docker.SayAsync("network", "create", "net");
        await CheckRemovalAsync(host.Engine, host.Docker, ["network", "rm", "net"], "networks");
    }

    /// <summary>A checkpoint that counts after a power cut says what is on disk by then.</summary>
    [Fact]
    public async Task A_durable_checkpoint_comes_after_all_that_it_counts_on()
    {
        // What stays the same is more than the bytes between two of them, and what is new are several places where a delta can be begun again.
        byte[] same = new byte[34 << 20], added = new byte[4 << 20];
        new Random(91).NextBytes(same);
        new Random(92).NextBytes(added);
        TestImage old = await PushAsync("1", new LayerTar().File("same", same));
        TestImage next = await PushAsync("2", new LayerTar().File("same", same).File("added", added));
        await using TestRegistry registry = new();
        Versions.Copy(stage.Registry, registry, "durable-order", old, next);
        string at = $"{registry.Address}/durable-order";
        await using (BuildServer publisher = await BuildServer.StartAsync(at + ":1", at + ":2"))
        {
            await publisher.PublishAsync(at + ":2", at + ":1");
        }

        await _docker.SayAsync("pull", "-q", at + ":1");
        IReadOnlyList<TracedCall> calls = await TraceAsync(["pull", "-q", at + ":2"]);
        int renamed = IndexOfLast(calls, call => IsRename(call) && call.Texts[^1] == "checkpoint.durable");
        Assert.True(renamed >= 0, Show(calls));
        string staged = calls[renamed].Directories[^1], temporary = $"{staged}/{calls[renamed].Texts[0]}";
        TracedCall? before = calls.Take(renamed).LastOrDefault(call => call.Name == "syncfs"
            || (call.Name.Contains("write", StringComparison.Ordinal) && call.Directories[0] != temporary && call.Directories[0].StartsWith(staged + "/", StringComparison.Ordinal)));
        Assert.True(before is { Name: "syncfs" }, $"{staged} had not been flushed: {before}\n{Show(calls)}");
    }

    private Task<TestImage> PushAsync(string tag, LayerTar layer)
        => stage.Images.PushAsync("durable-order", tag, [stage.Images.Busybox, layer.Finish()], new RunSettings(["sh"]));

    private Task<IReadOnlyList<TracedCall>> TraceAsync(params string[][] lines) => TraceAsync(_engine, _docker, SystemCallTrace.Durability, lines);

    private static async Task<IReadOnlyList<TracedCall>> TraceAsync(Engine engine, DockerCli docker, string which, params string[][] lines)
    {
        await using SystemCallTrace trace = await SystemCallTrace.OfAsync(engine, which);
        foreach (string[] line in lines)
        {
            await docker.SayAsync(line);
        }

        return [.. (await trace.EndAsync()).Where(call => call.Directories.Any(path => path.StartsWith(engine.DataRoot + "/", StringComparison.Ordinal)))];
    }

    /// <summary>From each of the places something goes, and that is flushed before anything else is removed.</summary>
    private static async Task CheckRemovalAsync(Engine engine, DockerCli docker, string[] line, params string[] places)
    {
        IReadOnlyList<TracedCall> calls = await TraceAsync(engine, docker, SystemCallTrace.Durability + ",unlink,unlinkat,rmdir", line);
        foreach (string place in places.Select(name => Path.Combine(engine.DataRoot, name)))
        {
            int left = calls.ToList().FindIndex(call => call.Directories[0] == place && IsRemoval(call));
            Assert.True(left >= 0, $"nothing went from {place}\n{Show(calls)}");
            TracedCall[] before = [.. calls.Skip(left + 1).TakeWhile(call => !IsRemoval(call))];
            foreach (string directory in calls[left].Directories) // what is moved leaves one and comes into another
            {
                bool isFlushed = before.Any(call => call.Name == "fsync" && call.Directories.Contains(directory));
                Assert.True(isFlushed, $"{directory} was not flushed after {calls[left]}\n{Show(calls)}");
            }
        }
    }

    private static bool IsRemoval(TracedCall call)
        => IsRename(call) ? !IsReplacement(call) : (call.Name.StartsWith("unlink", StringComparison.Ordinal) || call.Name == "rmdir") && !call.Texts[0].EndsWith(".tmp", StringComparison.Ordinal);

    private string Place(string name) => Path.Combine(_engine.DataRoot, name);

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

    private static bool IsRename(TracedCall call) => call.Name.StartsWith("rename", StringComparison.Ordinal);

    private static bool IsReplacement(TracedCall call) => IsRename(call) && call.Directories[0] == call.Directories[^1] && call.Texts[0].EndsWith(".tmp", StringComparison.Ordinal);

    private static bool IsCommit(TracedCall call) => IsRename(call) && call.Directories[0].EndsWith("/staging", StringComparison.Ordinal);

    private static int IndexOfLast(IReadOnlyList<TracedCall> calls, Func<TracedCall, bool> test)
        => Enumerable.Range(0, calls.Count).LastOrDefault(i => test(calls[i]), -1);

    private static string Show(IEnumerable<TracedCall> calls) => string.Join('\n', calls);
}
