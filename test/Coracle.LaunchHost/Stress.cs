using System.Globalization;
using Coracle.Linux;
using Coracle.Runtime;
using Microsoft.Win32.SafeHandles;

namespace Coracle.LaunchHost;

/// <summary>
/// <c>launch-host --stress BASE SCRATCH STARTS EXECS</c>: containers and execs one after the other, with garbage made between them, for
/// machines that no test host runs on. BASE is the lowest layer (bin/sh is what is run), SCRATCH a directory for the writable ones.
/// Ends with one line of counts, and 0 when nothing failed.
/// </summary>
internal static unsafe partial class Stress
{
    private const int ExitCodes = 100;
    private const int SigKill = 9;

    /// <summary>How many failures are told; the rest will be of the same kind.</summary>
    private const int Told = 5;

    // BPF: allow everything. A filter is loaded on the way, as with every container.
    private static readonly byte[] _allowAll = [0x06, 0, 0, 0, 0, 0, 0xff, 0x7f];

    internal static int Run(string[] args)
    {
        int starts = int.Parse(args[3], CultureInfo.InvariantCulture);
        int execs = int.Parse(args[4], CultureInfo.InvariantCulture);
        long began = Environment.TickCount64;
        int failed = CountFailures(starts, i => StartOne(Spec(args[1], args[2], $"exit {i % ExitCodes}")) == i % ExitCodes);
        failed += RunExecs(Spec(args[1], args[2], "while :; do sleep 1000; done"), execs);
        string seconds = ((Environment.TickCount64 - began) / 1000).ToString(CultureInfo.InvariantCulture);
        Program.Say($"{starts} starts, {execs} execs, {failed} failed, {GC.CollectionCount(0)} collections, {seconds} s\n");
        return failed == 0 ? 0 : 1;
    }

    private static int RunExecs(LaunchSpec spec, int execs)
    {
        using PreparedProcess container = Prepare(spec);
        container.Release();
        int failed = CountFailures(execs, i => ExecOne(container, $"exit {i % ExitCodes}") == i % ExitCodes);
        ProcessSignal.Send(container.PidFd, SigKill);
        return failed + (ChildReaper.Reap(container.Pid, out WaitStatus status) && status.ExitCode == 128 + SigKill ? 0 : 1);
    }

    private static int CountFailures(int times, Func<int, bool> once)
    {
        int failed = 0;
        for (int i = 0; i < times; i++)
        {
            Program.MakeGarbage();
            try
            {
                failed += once(i) ? 0 : 1;
            }
            catch (Exception failure) when (failure is LaunchFailedException or IOException)
            {
                if (++failed <= Told)
                {
                    Program.Say($"{i}: {failure.Message}\n");
                }
            }
        }

        return failed;
    }

    private static int StartOne(LaunchSpec spec)
    {
        using PreparedProcess process = Prepare(spec);
        process.Release();
        return ChildReaper.Reap(process.Pid, out WaitStatus status) ? status.ExitCode : -1;
    }

    private static PreparedProcess Prepare(LaunchSpec spec)
    {
        using ProcessEnds ends = Nothing();
        return ContainerProcess.Prepare(spec, new LaunchSurroundings { Cgroups = [], Stdin = ends.Stdin, Stdout = ends.Stdout, Stderr = ends.Stderr });
    }

    private static int ExecOne(PreparedProcess container, string script)
    {
        using ProcessEnds ends = Nothing();
        using ExecProcess process = ExecProcess.Begin(new ExecSpec { ContainerId = Id, Process = Shell(script) }, container, [], ends);
        for (LaunchProgress news = process.Advance(); news != LaunchProgress.Executed; news = process.Advance())
        {
            if (news == LaunchProgress.Ready)
            {
                process.Go();
            }
            else if (news == LaunchProgress.OnItsWay)
            {
                Await(process.Status);
            }
        }

        return ChildReaper.Reap(process.Pid, out WaitStatus status) ? status.ExitCode : -1;
    }

    private static void Await(SafeFileHandle news)
    {
        var poller = new Poller(capacity: 1);
        poller.Add(news, PollInterest.Read);
        poller.Wait(-1);
    }

    private static ProcessEnds Nothing() => new(Open("/dev/null"), Open("/dev/null"), Open("/dev/null"));

    private static SafeFileHandle Open(string path) => File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);

    private static string Id { get; } = new('5', 64);

    private static ProcessSpec Shell(string script) => new()
    {
        Arguments = ["sh", "-c", script],
        Environment = ["PATH=/bin"],
        WorkingDirectory = "/",
        Capabilities = CapabilitySet.DockerDefault,
        SeccompFilter = _allowAll,
    };

    private static LaunchSpec Spec(string baseLayer, string scratch, string script) => new()
    {
        ContainerId = Id,
        Root = new RootFilesystem(
            [baseLayer], Directory.CreateDirectory(scratch + "/upper").FullName, Directory.CreateDirectory(scratch + "/work").FullName, Volatile: false, ReadOnly: false), // a volatile one cannot be mounted twice
        Process = Shell(script),
        Isolation = new IsolationSpec
        {
            Cgroup = new NamespaceChoice(NamespaceMode.Host),
            Hostname = "box",
            MaskedPaths = ["/proc/acpi", "/proc/kcore", "/proc/keys", "/proc/timer_list", "/sys/firmware"],
            ReadonlyPaths = ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"],
        },
        Resources = new ResourceSpec { CgroupPath = "" },
        Stdio = new StdioSpec(Tty: false, OpenStdin: false, StdinOnce: false),
        Log = new LogSpec("", 0, 0),
    };
}
