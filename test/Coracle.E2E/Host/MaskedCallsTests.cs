namespace Coracle.E2E;

/// <summary>
/// A kernel that lacks what newer ones have: each of those calls answers ENOSYS to the engine, its monitors and its containers, and a
/// container's whole life is as ever. Which kernel brought which call, and what stands in for it: docs/kernels.md.
/// </summary>
[Trait("Engine", "coracle")]
public sealed class MaskedCallsTests(Stage stage) : IAsyncLifetime
{
    private const string All = "clone3,openat2,close_range,pidfd_open,mount_setattr,open_tree,move_mount,fsopen,fsconfig,fsmount,faccessat2,epoll_pwait2,pidfd_getfd";

    // A tree of mounts that is the engine's alone: a directory, a mount in it, and one in that, whose name mountinfo has to escape.
    private const string HostTree = """
        mkdir -p $ROOT/host
        mount -t tmpfs top $ROOT/host
        mkdir $ROOT/host/sub
        mount -t tmpfs -o nosuid sub $ROOT/host/sub
        mkdir "$ROOT/host/sub/a b"
        mount -t tmpfs deep "$ROOT/host/sub/a b"
        """;

    private Engine _engine = null!;
    private LeakCheck _leaks = null!;
    private DockerCli _docker = null!;

    private string App => stage.Images.App.Reference;

    private string Host => _engine.Root + "/host";

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        try
        {
            await _leaks.CleanAndCheckAsync();
        }
        finally
        {
            _leaks.Dispose();
            await _engine.DisposeAsync();
        }
    }

    [Theory]
    [InlineData("clone3")]
    [InlineData("openat2")]
    [InlineData("close_range")]
    [InlineData("pidfd_open")]
    [InlineData("mount_setattr")]
    [InlineData("open_tree")]
    [InlineData("move_mount")]
    [InlineData("fsopen,fsconfig,fsmount")]
    [InlineData("faccessat2,epoll_pwait2,pidfd_getfd")]
    [InlineData(All)]
    public async Task A_container_lives_as_ever_without(string calls)
    {
        Assert.Equal(calls.Split(','), await CallMask.MissingAsync(calls));
        await StartAsync(calls);
        await _docker.SayAsync("pull", "-q", App);

        CommandResult sandbox = await RunAsync(App, "sh", "-c", "ls /proc/self/fd; echo x > /proc/sys/kernel/panic; wc -c < /proc/timer_list; grep Seccomp_filters /proc/self/status");
        Assert.Equal(["0", "1", "2", "3", "0", "Seccomp_filters:\t2"], sandbox.Lines); // 3 is ls's own; two filters: the mask's and ours
        Assert.Contains("/proc/sys/kernel/panic: Read-only file system", sandbox.Errors, StringComparison.Ordinal);

        await VolumesAsync();
        await LifeAsync();
        string log = await File.ReadAllTextAsync(_engine.LogPath);
        Assert.DoesNotContain("ENOSYS", log, StringComparison.Ordinal);
        Assert.DoesNotContain("not implemented", log, StringComparison.Ordinal);
    }

    /// <summary>What a volume may not be is the security of it: writable below, or somewhere else than inside the root.</summary>
    private async Task VolumesAsync()
    {
        Assert.Equal("kept", (await RunAsync("-v", "named:/v", App, "sh", "-c", "echo kept > /v/f; cat /v/f")).Succeeds().Text);
        Assert.Contains("Read-only file system", (await RunAsync("-v", "named:/v:ro", App, "touch", "/v/g")).Exits(1).Errors, StringComparison.Ordinal);

        (await RunAsync("-v", $"{Host}:/x", App, "touch", "/x/f", "/x/sub/f", "/x/sub/a b/f")).Succeeds();
        foreach (string how in (string[])["readonly", "readonly,bind-propagation=rprivate,bind-recursive=readonly"])
        {
            CommandResult refused = await RunAsync("--mount", $"type=bind,src={Host},dst=/x,{how}", App, "sh", "-c", "cat /x/f; touch /x/g; touch /x/sub/g; touch '/x/sub/a b/g'; grep /x/sub /proc/self/mountinfo | grep -c nosuid");
            Assert.Equal("1", refused.Text); // the flags it had are kept
            Assert.Equal(3, refused.Errors.Split("Read-only file system").Length - 1);
        }

        await _docker.SayAsync("pull", "-q", stage.Images.Volumes.Reference);
        string marker = "masked-" + Guid.NewGuid().ToString("N");
        // /outside leads to ../../../../etc: the root's own.
        Assert.Equal(marker, (await RunAsync("-w", "/outside/" + marker, stage.Images.Volumes.Reference, "ls", "/etc")).Succeeds().Lines.Single(l => l == marker));
        Assert.False(Directory.Exists("/etc/" + marker));
    }

    /// <summary>Exec, kill -9 of the engine, recovery, exec, stop, logs.</summary>
    private async Task LifeAsync()
    {
        string id = await _docker.SayAsync("run", "-d", "--init", "--network", "none", App, "sh", "-c", "trap 'echo bye; exit 4' TERM; i=0; while :; do i=$((i+1)); echo line $i; sleep 0.05; done");
        await LogHoldsAsync(id, "line 3\n");
        Assert.Equal("uid=1000(app) gid=1001(app) groups=1001(app),2000(extra)", (await _docker.RunAsync("exec", "-u", "app", id, "id")).Succeeds().Text);
        await _engine.KillAsync();
        await _engine.StartAgainAsync();
        (await _docker.RunAsync("exec", id, "sh", "-c", "exit 7")).Exits(7);
        await LogHoldsAsync(id, "line 40\n");
        await _docker.SayAsync("stop", id);
        Assert.Equal("4", await _docker.SayAsync("wait", id));
        string[] lines = (await _docker.RunAsync("logs", id)).Succeeds().Lines;
        Assert.Equal("bye", lines[^1]);
        Assert.Equal(Enumerable.Range(1, lines.Length - 1).Select(i => $"line {i}"), lines[..^1]);
    }

    /// <summary>A volume that is to go on hearing of the host's mounts is refused, not made deaf.</summary>
    [Fact]
    public async Task Without_open_tree_a_shared_volume_is_refused_by_name()
    {
        await StartAsync("open_tree");
        await _docker.SayAsync("pull", "-q", App);
        Assert.Contains("open_tree", (await RunAsync("-v", $"{Host}:/x:rslave", App, "true")).Exits(125).Errors, StringComparison.Ordinal);
    }

    private async Task StartAsync(string calls)
    {
        _engine = await Engine.StartAsync(new EngineSetting(HostTree + "\nmount --make-rshared $ROOT/host") { MaskedCalls = calls });
        _docker = new DockerCli(DockerCli.Newest, _engine);
        _leaks = new LeakCheck(_engine);
        _leaks.TakeBaseline();
    }

    private Task<CommandResult> RunAsync(params string[] rest) => _docker.RunAsync(["run", "--rm", "--network", "none", .. rest]);

    private Task LogHoldsAsync(string id, string text)
        => Deadline.HoldsAsync($"'{text}' in the log", async () => (await _docker.RunAsync("logs", id)).Output.Contains(text, StringComparison.Ordinal), () => _engine.LogTail);
}
