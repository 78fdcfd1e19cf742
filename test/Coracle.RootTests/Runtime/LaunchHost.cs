using System.Diagnostics;
using System.Text;
using Coracle.Runtime;

namespace Coracle.RootTests.Runtime;

/// <summary>One publish for all classes that start containers.</summary>
[CollectionDefinition(Name)]
public sealed class LaunchHostCollection : ICollectionFixture<LaunchHost>
{
    public const string Name = "launch host";
}

public sealed record LaunchResult(int ExitCode, string Output, string Error);

/// <summary>
/// Publishes test/Coracle.LaunchHost (AOT, as the monitor is) once, and runs containers of a busybox root with it. This process has
/// many threads and must not fork this way itself.
/// </summary>
public sealed class LaunchHost : IDisposable
{
    private static readonly TimeSpan _publishLimit = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan _runLimit = E2E.Patience.For(TimeSpan.FromMinutes(2));

    private static readonly TimeSpan _stressLimit = E2E.Patience.For(TimeSpan.FromMinutes(10));

    private readonly string _temporary = Directory.CreateTempSubdirectory("coracle-launch").FullName;
    private readonly string _program;
    private int _containers;

    public LaunchHost()
    {
        _program = Path.Combine(Environment.GetEnvironmentVariable(ProgramsVariable) ?? Publish(), "launch-host");
        MakeBaseLayer();
    }

    /// <summary>Where there is no SDK: the directory of launch-host and coracle-monitor, as they were published elsewhere.</summary>
    internal const string ProgramsVariable = "CORACLE_ROOT_PROGRAMS";

    internal static bool AreProgramsGiven => Environment.GetEnvironmentVariable(ProgramsVariable) is not null;

    /// <summary>The busybox layer: every container's lowest.</summary>
    public string BaseLayer => Path.Combine(_temporary, "base");

    public string NewDirectory(string name) => Directory.CreateDirectory(Path.Combine(_temporary, name)).FullName;

    /// <summary>A container as Docker would make it by default, running <paramref name="arguments"/>.</summary>
    public LaunchSpec Spec(params string[] arguments)
    {
        string id = $"{Interlocked.Increment(ref _containers):x64}";
        return new LaunchSpec
        {
            ContainerId = id,
            Root = new RootFilesystem([BaseLayer], NewDirectory(id + "/upper"), NewDirectory(id + "/work"), Volatile: false, ReadOnly: false),
            Process = new ProcessSpec
            {
                Arguments = arguments,
                Environment = ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOSTNAME=box"],
                WorkingDirectory = "/",
                Capabilities = CapabilitySet.DockerDefault,
            },
            Isolation = new IsolationSpec
            {
                Cgroup = new NamespaceChoice(NamespaceMode.Host),
                Hostname = "box",
                MaskedPaths = ["/proc/acpi", "/proc/kcore", "/proc/keys", "/proc/timer_list", "/proc/interrupts", "/sys/firmware"],
                ReadonlyPaths = ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"],
            },
            Resources = new ResourceSpec { CgroupPath = "" },
            Stdio = new StdioSpec(Tty: false, OpenStdin: false, StdinOnce: false),
            Log = new LogSpec("", 0, 0),
        };
    }

    public LaunchResult Start(LaunchSpec spec, params string[] options)
    {
        string record = Path.Combine(_temporary, spec.ContainerId + ".launch");
        File.WriteAllBytes(record, LaunchSpecCodec.Encode(spec));
        return Run(_program, [record, .. options], _runLimit);
    }

    /// <summary>The program itself; a stress run may take long.</summary>
    public LaunchResult Run(params string[] arguments) => Run(_program, arguments, _stressLimit);

    /// <summary>A shell script in a default container.</summary>
    public LaunchResult Shell(string script) => Start(Spec("sh", "-c", script));

    public void Dispose() => Directory.Delete(_temporary, recursive: true);

    private static string Publish()
    {
        string repository = FindRepository();
        string output = Path.Combine(repository, "test/Coracle.LaunchHost/bin/published");
        LaunchResult result = Run(
            "dotnet", ["publish", Path.Combine(repository, "test/Coracle.LaunchHost"), "-c", "Release", "-o", output, "-v:q", "-nologo"],
            _publishLimit);
        Assert.True(result.ExitCode == 0, result.Output + result.Error);
        return output;
    }

    private void MakeBaseLayer()
    {
        foreach (string directory in new[] { "bin", "etc", "tmp", "root", "var" })
        {
            Directory.CreateDirectory(Path.Combine(BaseLayer, directory));
        }

        const UnixFileMode Executable = (UnixFileMode)0x1ED;
        File.Copy("/bin/busybox", Path.Combine(BaseLayer, "bin/busybox"));
        foreach (string name in new[] { "sh", "cat", "ls", "id", "env", "true", "stat", "readlink", "grep", "pwd", "tty", "mount", "umount", "hostname", "kill", "sleep", "sed", "touch", "mkdir" })
        {
            File.CreateSymbolicLink(Path.Combine(BaseLayer, "bin", name), "busybox");
        }

        Write("etc/passwd", "root:x:0:0:root:/root:/bin/sh\napp:x:1000:1000:app:/home/app:/bin/sh\n");
        Write("etc/group", "root:x:0:\nwheel:x:10:root,app\napp:x:1000:\n");
        Write("etc/notexec", "hello\n");
        Write("bin/garbage", "garbage");
        File.SetUnixFileMode(Path.Combine(BaseLayer, "bin/garbage"), Executable);
        Write("bin/lost", "#!/no/such/interpreter\n");
        File.SetUnixFileMode(Path.Combine(BaseLayer, "bin/lost"), Executable);
    }

    private void Write(string name, string content) => File.WriteAllText(Path.Combine(BaseLayer, name), content);

    private static LaunchResult Run(string program, IReadOnlyList<string> arguments, TimeSpan limit)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        using Process process = Process.Start(start)!;
        process.StandardInput.Close();
        var error = new StringBuilder();
        process.ErrorDataReceived += (_, line) => error.AppendLine(line.Data);
        process.BeginErrorReadLine();
        using var timer = new Timer(_ => process.Kill(entireProcessTree: true), null, limit, Timeout.InfiniteTimeSpan);
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return new LaunchResult(process.ExitCode, output, error.ToString());
    }

    private static string FindRepository()
    {
        string directory = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(directory, "Coracle.slnx")))
        {
            directory = Path.GetDirectoryName(directory) ?? throw new InvalidOperationException("not inside the repository");
        }

        return directory;
    }
}
