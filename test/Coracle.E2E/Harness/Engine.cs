using System.Diagnostics;

namespace Coracle.E2E;

internal enum EngineKind
{
    Coracle,

    /// <summary>Debian's dockerd: proves that the tests ask for what Docker does.</summary>
    Docker,
}

/// <summary>An engine with a data root, an exec root and a socket of its own; nothing it does touches another engine.</summary>
internal sealed class Engine : IAsyncDisposable
{
    private const int LogTailLines = 15;

    private Process? _process;

    private readonly EngineSetting? _setting;

    /// <summary>A file of this engine's own, which a test may replace.</summary>
    private readonly string _program;

    private Engine(string directory, EngineSetting? setting, bool installed)
    {
        _setting = setting;
        _program = installed ? Path.Combine(directory, "coracle") : Program;
        Root = directory;
        DataRoot = Path.Combine(directory, "data");
        ExecRoot = Path.Combine(directory, "exec");
        SocketPath = Path.Combine(directory, "s");
        LogPath = Path.Combine(directory, "engine.log");
        Api = new RawApi(SocketPath);
    }

    public static EngineKind Kind { get; } = System.Environment.GetEnvironmentVariable("CORACLE_E2E_ENGINE") switch
    {
        null or "" or "coracle" => EngineKind.Coracle,
        "docker" => EngineKind.Docker,
        string other => throw new InvalidOperationException($"CORACLE_E2E_ENGINE is coracle or docker, not '{other}'"),
    };

    /// <summary>The published file: engine and command line.</summary>
    public static string Program { get; } = System.Environment.GetEnvironmentVariable("CORACLE_E2E_BINARY") ?? Path.Combine(Machine.Repository(), "out/coracle");

    /// <summary>The test build beside it: crash points, and the protocol to come between engine and monitors.</summary>
    public static string NextProgram { get; } = Path.Combine(Path.GetDirectoryName(Program)!, "coracle-next");

    public string Root { get; }

    public string DataRoot { get; }

    public string ExecRoot { get; }

    public string SocketPath { get; }

    public string LogPath { get; }

    public RawApi Api { get; }

    /// <summary>A crash point (<c>name</c> or <c>name:n</c>) at which the next engine that is started dies; the program must have them compiled in.</summary>
    public string? CrashAt { get; set; }

    /// <summary>It was killed, by a crash point too, and has not been started again.</summary>
    public bool HasEnded => _process is null or { HasExited: true };

    public int ProcessId => _process?.Id ?? throw new InvalidOperationException("the engine is not running");

    /// <summary>The last lines of the engine's log, for a failing test.</summary>
    public string LogTail
        => $"--- {LogPath}:\n{string.Join('\n', File.Exists(LogPath) ? File.ReadAllLines(LogPath).TakeLast(LogTailLines) : [])}";

    public static async Task<Engine> StartAsync(EngineSetting? setting = null)
    {
        var engine = new Engine(Machine.NewDirectory(), setting, installed: false);
        await engine.StartAgainAsync();
        return engine;
    }

    /// <summary>From a copy of the published file in its own directory, which <see cref="Install"/> replaces.</summary>
    public static async Task<Engine> StartInstalledAsync(string? program = null)
    {
        var engine = new Engine(Machine.NewDirectory(), setting: null, installed: true);
        engine.Install(program ?? Program);
        await engine.StartAgainAsync();
        return engine;
    }

    /// <summary>As a package does it: written beside the old file and renamed over it, whatever runs from that.</summary>
    public void Install(string program)
    {
        File.Copy(program, _program + ".new", overwrite: true);
        File.Move(_program + ".new", _program, overwrite: true);
    }

    /// <summary>Starts it, or starts it again after a kill or a stop: the same code path as any boot.</summary>
    public async Task StartAgainAsync()
    {
        await File.WriteAllTextAsync(Path.Combine(Root, "daemon.json"), "{}");
        (string program, string[] arguments) = Kind == EngineKind.Docker ? DockerArguments() : CoracleArguments();
        // The shell only opens the log and becomes the engine: its process id is the engine's.
        var info = new ProcessStartInfo("/bin/sh") { UseShellExecute = false };
        foreach (string argument in (string[])["-c", "log=$1; shift; exec \"$@\" </dev/null >>\"$log\" 2>&1", "sh", LogPath, .. Prepared([program, .. arguments])])
        {
            info.ArgumentList.Add(argument);
        }

        info.Environment.Clear();
        foreach ((string name, string value) in Machine.Environment(Root))
        {
            info.Environment[name] = value;
        }

        if (CrashAt is not null)
        {
            info.Environment["CORACLE_CRASH_AT"] = CrashAt;
        }

        _process = Process.Start(info) ?? throw new InvalidOperationException("no engine");
        await Deadline.HoldsAsync("the engine's answer to /_ping", AnswersAsync, () => LogTail, TimeSpan.FromSeconds(30));
    }

    /// <summary>kill -9: what the OOM killer, a watchdog or an impatient person does.</summary>
    public async Task KillAsync()
    {
        int[] helpers = Kind == EngineKind.Docker ? Processes.ChildrenOf(ProcessId, named: "containerd") : [];
        _process!.Kill();
        await _process.WaitForExitAsync();
        // dockerd's containerd dies by its parent's death signal; the next dockerd must not meet it.
        await Deadline.HoldsAsync("the end of containerd", () => !helpers.Any(Processes.Exists), () => LogTail);
    }

    /// <summary>SIGTERM, as a service manager stops it.</summary>
    public async Task StopAsync()
    {
        if (_process is { HasExited: false })
        {
            await Signals.SendAsync("TERM", _process.Id);
            using var limit = new CancellationTokenSource(Deadline.Usual);
            try
            {
                await _process.WaitForExitAsync(limit.Token);
            }
            catch (OperationCanceledException)
            {
                _process.Kill(); // the test has failed; its engine must not be there for the next one
                throw new TimeoutException($"the engine does not stop\n{LogTail}");
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _process?.Dispose();
        Api.Dispose();
        await Processes.UnmountBelowAsync(Root);
        Directory.Delete(Root, recursive: true);
    }

    private async Task<bool> AnswersAsync()
    {
        Assert.False(_process!.HasExited, $"the engine ended with {(_process.HasExited ? _process.ExitCode : 0)}\n{LogTail}");
        return await Api.PingAsync();
    }

    /// <summary>Each program becomes the next, so the process id stays the engine's.</summary>
    private string[] Prepared(string[] plain)
    {
        string[] line = _setting is { MaskedCalls.Length: > 0 } ? [CallMask.Program, _setting.MaskedCalls, .. plain] : plain;
        string[] entered = _setting?.NetworkNamespace is { } place ? ["/usr/bin/nsenter", "--net=" + place, "--"] : [];
        return _setting switch
        {
            null => line,
            { Prepare.Length: 0 } => [.. entered, .. line, .. _setting.Options],
            _ => [.. entered, "/usr/bin/unshare", "--mount", "--propagation", "private", "/bin/sh", "-ec", $"ROOT={Root}; {_setting.Prepare}\nexec \"$@\"", "sh", .. line, .. _setting.Options],
        };
    }

    private (string Program, string[] Arguments) CoracleArguments()
    {
        Assert.True(File.Exists(_program), $"{_program} is not there: run ./dev build");
        return (_program, ["daemon", "-H", $"unix://{SocketPath}", "--data-root", DataRoot, "--exec-root", ExecRoot, "--config-file", Path.Combine(Root, "daemon.json"), "--max-download-attempts", "2",
            .. _setting?.NetworkNamespace is null ? ["--bridge", "none"] : (string[])[]]);
    }

    private (string Program, string[] Arguments) DockerArguments() => (Machine.Find("docker.io", "/usr/sbin/dockerd"),
    [
        "-H", $"unix://{SocketPath}", "--data-root", DataRoot, "--exec-root", ExecRoot, "--pidfile", Path.Combine(Root, "pid"),
        "--config-file", Path.Combine(Root, "daemon.json"), "--live-restore", "--max-download-attempts", "1",
        .. _setting?.NetworkNamespace is null ? ["--bridge=none", "--iptables=false", "--ip6tables=false", "--ip-forward=false", "--ip-masq=false"] : (string[])[],
    ]);
}
