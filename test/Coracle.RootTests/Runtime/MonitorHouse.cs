using System.Diagnostics;
using System.Text;
using Coracle.Runtime;
using Microsoft.Extensions.Logging.Abstractions;

namespace Coracle.RootTests.Runtime;

/// <summary>
/// The published monitor program (artifacts/monitor of the repository; published when it is older than its sources), a busybox root,
/// and an exec-root of its own on a tmpfs.
/// </summary>
[CollectionDefinition(Shared)]
public sealed class MonitorHouse : IDisposable, ICollectionFixture<MonitorHouse>
{
    /// <summary>Its test classes run one after the other: they look at what is left of cgroups and processes.</summary>
    public const string Shared = "the published monitor";

    public static readonly TimeSpan Limit = E2E.Patience.For(TimeSpan.FromSeconds(30));

    private readonly string _temporary = Directory.CreateTempSubdirectory("coracle-monitor").FullName;
    private readonly MonitorProgram _program;
    private readonly string _programPath;
    private readonly Dictionary<string, MonitorProgram> _otherPrograms = [];
    private readonly List<MonitorLauncher> _launchers = [];
    private readonly List<Action> _others = [];
    private int _containers;

    public MonitorHouse()
    {
        string repository = FindRepository();
        string output = Environment.GetEnvironmentVariable(LaunchHost.ProgramsVariable) ?? Path.Combine(repository, "artifacts/monitor");
        Publish(repository, output, protocol: "");
        _programPath = Path.Combine(output, "coracle-monitor");
        using FileStream image = File.OpenRead(_programPath);
        ProgramLength = (int)image.Length;
        _program = MonitorProgram.FromImage(image, ExecRoot);
        MakeBaseLayer();
    }

    public int ProgramLength { get; }

    public MonitorProgram Program => _program;

    public string ExecRoot => Path.Combine(_temporary, "exec");

    private string BaseLayer => Path.Combine(_temporary, "base");

    /// <summary>Another one is another engine: nothing is shared but the files.</summary>
    public MonitorLauncher NewLauncher() => NewLauncher(_program);

    public MonitorLauncher NewLauncher(MonitorProgram program)
    {
        var launcher = new MonitorLauncher(new RuntimeOptions(ExecRoot, program), NullLogger.Instance);
        lock (_launchers)
        {
            _launchers.Add(launcher);
        }

        return launcher;
    }

    /// <summary>The monitor as a file that nobody else has.</summary>
    public MonitorProgram CopyOfProgram(out string path)
    {
        path = Path.Combine(_temporary, "copy-of-monitor");
        File.Copy(_programPath, path);
        return MonitorProgram.FromFile(path);
    }

    /// <summary>Our engine over the monitors of another build.</summary>
    /// <param name="protocol"><c>first</c>: knows version 1 only; <c>next</c>: a version beyond ours.</param>
    public MonitorLauncher LauncherOf(string protocol)
    {
        lock (_launchers)
        {
            if (!_otherPrograms.TryGetValue(protocol, out MonitorProgram? program))
            {
                string repository = FindRepository();
                string output = Path.Combine(repository, "artifacts/monitor-" + protocol);
                Publish(repository, output, protocol);
                program = MonitorProgram.FromFile(Path.Combine(output, "coracle-monitor"));
                _otherPrograms.Add(protocol, program);
            }

            var launcher = new MonitorLauncher(new RuntimeOptions(ExecRoot, program), NullLogger.Instance);
            _launchers.Add(launcher);
            return launcher;
        }
    }

    /// <summary>Takes the monitors that have ended, of every engine there was: the last one of a test class is nobody else's to take.</summary>
    public void Sweep()
    {
        lock (_launchers)
        {
            _launchers.ForEach(launcher => launcher.Sweep());
            _others.ForEach(sweep => sweep());
        }
    }

    /// <summary>For other children of this program that end when they like: one that is gone and was not taken is a leftover to the next test.</summary>
    internal void AlsoSweep(Action sweep)
    {
        lock (_launchers)
        {
            _others.Add(sweep);
        }
    }

    public string ContainerDirectory(string id) => Path.Combine(ExecRoot, "containers", id);

    public LaunchSpec Spec(StdioSpec stdio, params string[] arguments)
    {
        string id = $"{Guid.NewGuid():N}{Interlocked.Increment(ref _containers):x32}";
        string own = Directory.CreateDirectory(Path.Combine(_temporary, "containers", id)).FullName;
        return new LaunchSpec
        {
            ContainerId = id,
            Root = new RootFilesystem([BaseLayer], Directory.CreateDirectory(own + "/upper").FullName, Directory.CreateDirectory(own + "/work").FullName, Volatile: true, ReadOnly: false),
            Process = new ProcessSpec
            {
                Arguments = arguments,
                Environment = ["PATH=/usr/sbin:/usr/bin:/sbin:/bin", "HOSTNAME=box"],
                WorkingDirectory = "/",
                Capabilities = CapabilitySet.DockerDefault,
            },
            Isolation = new IsolationSpec { Hostname = "box", Cgroup = new NamespaceChoice(NamespaceMode.Host) },
            Resources = new ResourceSpec { CgroupPath = "coracle-test/" + id },
            Stdio = stdio,
            Log = new LogSpec(Path.Combine(own, id + "-json.log"), 1 << 20, 2),
        };
    }

    public LaunchSpec Shell(string script) => Spec(new StdioSpec(Tty: false, OpenStdin: false, StdinOnce: false), "sh", "-c", script);

    public void Dispose()
    {
        _program.Dispose();
        foreach (MonitorProgram other in _otherPrograms.Values)
        {
            other.Dispose();
        }

        Directory.Delete(_temporary, recursive: true);
        foreach (string tree in Directory.GetDirectories("/sys/fs/cgroup").Append("/sys/fs/cgroup"))
        {
            if (Directory.Exists(tree + "/coracle-test"))
            {
                Directory.Delete(tree + "/coracle-test"); // fails if a container's cgroup is left in it
            }
        }
    }

    private static void Publish(string repository, string output, string protocol)
    {
        string program = Path.Combine(output, "coracle-monitor");
        if (LaunchHost.AreProgramsGiven || (File.Exists(program) && File.GetLastWriteTimeUtc(program) > NewestSource(repository)))
        {
            return;
        }

        var start = new ProcessStartInfo(
            "dotnet", ["publish", Path.Combine(repository, "src/Coracle.Monitor"), "-c", "Release", "-r", "linux-x64", "-o", output, "-v:q", "-nologo", "-p:MonitorProtocol=" + protocol])
        {
            RedirectStandardOutput = true,
        };
        using Process publish = Process.Start(start)!;
        string said = publish.StandardOutput.ReadToEnd();
        publish.WaitForExit();
        Assert.True(publish.ExitCode == 0, said);
        File.SetLastWriteTimeUtc(program, DateTime.UtcNow);
    }

    private static DateTime NewestSource(string repository)
        => new[] { "Coracle.Monitor", "Coracle.Runtime", "Coracle.Linux", "Coracle.Oci", "Coracle.Dns" }
            .SelectMany(room => Directory.EnumerateFiles(Path.Combine(repository, "src", room), "*.cs", SearchOption.AllDirectories))
            .Where(file => !file.Contains("/obj/", StringComparison.Ordinal))
            .Max(File.GetLastWriteTimeUtc);

    private void MakeBaseLayer()
    {
        foreach (string directory in new[] { "bin", "etc", "tmp", "proc", "sys", "dev" })
        {
            Directory.CreateDirectory(Path.Combine(BaseLayer, directory));
        }

        File.Copy("/bin/busybox", Path.Combine(BaseLayer, "bin/busybox"));
        foreach (string name in new[] { "sh", "cat", "echo", "sleep", "true", "kill", "seq", "yes", "head", "stty", "tty", "dd", "chmod" })
        {
            File.CreateSymbolicLink(Path.Combine(BaseLayer, "bin", name), "busybox");
        }

        File.WriteAllText(Path.Combine(BaseLayer, "etc/passwd"), "root:x:0:0:root:/root:/bin/sh\n");
        File.WriteAllText(Path.Combine(BaseLayer, "etc/group"), "root:x:0:\n");
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

    /// <summary>All output until its end.</summary>
    public static async Task<byte[]> ReadToEndAsync(AttachedStream stream, CancellationToken cancellationToken)
    {
        using var all = new MemoryStream();
        byte[] buffer = new byte[32 << 10];
        int read;
        while ((read = await stream.ReadAsync(buffer, cancellationToken)) > 0)
        {
            all.Write(buffer, 0, read);
        }

        return all.ToArray();
    }

    /// <summary>Docker's frames as the text of each stream.</summary>
    public static (string Stdout, string Stderr) Split(ReadOnlySpan<byte> frames)
    {
        var texts = new[] { new StringBuilder(), new StringBuilder() };
        while (!frames.IsEmpty)
        {
            int length = System.Buffers.Binary.BinaryPrimitives.ReadInt32BigEndian(frames[4..]);
            texts[frames[0] - 1].Append(Encoding.UTF8.GetString(frames.Slice(8, length)));
            frames = frames[(8 + length)..];
        }

        return (texts[0].ToString(), texts[1].ToString());
    }
}
