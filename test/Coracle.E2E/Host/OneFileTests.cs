namespace Coracle.E2E;

/// <summary>The published file by itself: what it needs of a machine, and how it takes a socket that somebody else opened.</summary>
[Trait("Engine", "coracle")]
public sealed class OneFileTests : IAsyncLifetime
{
    private readonly string _root = Machine.NewDirectory();

    private string Socket => Path.Combine(_root, "s");

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync()
    {
        Directory.Delete(_root, recursive: true);
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task It_serves_in_a_root_with_nothing_but_itself_and_proc()
    {
        Directory.CreateDirectory(Path.Combine(_root, "proc"));
        File.Copy(Engine.Program, Path.Combine(_root, "coracle"));
        // A mount namespace of its own: /proc goes with the engine, whatever happens here.
        const string Script = "mount -t proc proc \"$1/proc\" && exec chroot \"$1\" /coracle daemon -H unix:///s --data-root /d --exec-root /x --bridge none";
        await ServesAndStopsAsync("/usr/bin/unshare", ["--mount", "/bin/sh", "-c", Script, "sh", _root]);
    }

    [Fact]
    public async Task It_takes_a_listening_socket_from_whoever_started_it()
    {
        const string Script = """
            import os, socket, sys
            listener = socket.socket(socket.AF_UNIX)
            listener.bind(sys.argv[1] + '/s')
            listener.listen(16)
            os.dup2(listener.fileno(), 3)
            os.set_inheritable(3, True)  # dup2 of a descriptor onto itself leaves it close-on-exec
            environment = dict(os.environ, LISTEN_FDS='1', LISTEN_PID=str(os.getpid()))
            os.execve(sys.argv[2], ['coracle', 'daemon', '-H', 'fd://', '--data-root', sys.argv[1] + '/d', '--exec-root', sys.argv[1] + '/x', '--bridge', 'none'], environment)
            """;
        await ServesAndStopsAsync(Machine.Find("python3", "/usr/bin/python3"), ["-c", Script, _root, Engine.Program]);
    }

    private async Task ServesAndStopsAsync(string program, string[] arguments)
    {
        await using Command engine = Command.Start(program, arguments, Machine.Environment(_root));
        var api = new RawApi(Socket);
        await Deadline.HoldsAsync("an answer to /_ping", api.PingAsync, () => engine.OutputSoFar);
        await engine.SignalAsync("TERM");
        (await engine.EndAsync()).Succeeds();
    }
}
