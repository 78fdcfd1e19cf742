using System.Runtime.InteropServices;
using System.Text;
using Coracle.Linux;
using Coracle.Runtime;
using Microsoft.Win32.SafeHandles;

namespace Coracle.LaunchHost;

/// <summary>
/// <c>launch-host RECORD [name=cgroup-directory …] [--times N]</c>: starts what the launch record says on its own standard
/// streams, waits, and exits as it did. A start that failed is said as <c>FAILED kind: message</c> with exit code 200.
/// <c>launch-host --stress …</c>: <see cref="Stress"/>.
/// </summary>
internal static unsafe partial class Program
{
    private const int ExitFailed = 200;
    private const int GarbageBytes = 200_000;
    private const int MaxRecordBytes = 8 << 20;

    private static int Main(string[] args)
    {
        if (args is ["--stress", _, _, _, _])
        {
            return Stress.Run(args);
        }

        byte[] record = KernelFile.Read(args[0], MaxRecordBytes);
        var places = new List<CgroupPlace>();
        int times = 1;
        for (int i = 1; i < args.Length; i++)
        {
            if (args[i] == "--times")
            {
                times = int.Parse(args[++i], System.Globalization.CultureInfo.InvariantCulture);
            }
            else
            {
                string[] parts = args[i].Split('=', 2);
                places.Add(new CgroupPlace(parts[0], parts[1], unified: parts[0] == "unified"));
            }
        }

        LaunchSpec spec = LaunchSpecCodec.Decode(record);
        int status = 0;
        for (int i = 0; i < times && status == 0; i++)
        {
            if (times > 1)
            {
                MakeGarbage();
            }

            status = RunOnce(spec, places);
        }

        return status;
    }

    private static int RunOnce(LaunchSpec spec, List<CgroupPlace> places)
    {
        try
        {
            using var stdin = new SafeFileHandle(0, ownsHandle: false);
            using var stdout = new SafeFileHandle(1, ownsHandle: false);
            using var stderr = new SafeFileHandle(2, ownsHandle: false);
            var around = spec.Stdio.Tty
                ? new LaunchSurroundings { Cgroups = places }
                : new LaunchSurroundings { Cgroups = places, Stdin = stdin, Stdout = stdout, Stderr = stderr };
            using PreparedProcess process = ContainerProcess.Prepare(spec, around);
            process.Release();
            if (process.Terminal is { } terminal)
            {
                CopyTerminal(terminal);
            }

            return Wait(process.Pid);
        }
        catch (LaunchFailedException failure)
        {
            Say($"FAILED {(int)failure.Kind}: {failure.Message}\n");
            return ExitFailed;
        }
    }

    /// <summary>Until EIO, which is how a terminal's master says that nobody has it open any more.</summary>
    private static void CopyTerminal(SafeFileHandle terminal)
    {
        byte* buffer = stackalloc byte[4096];
        nint count;
        while ((count = read((int)terminal.DangerousGetHandle(), buffer, 4096)) > 0)
        {
            _ = write(1, buffer, (nuint)count);
        }

        terminal.Dispose();
    }

    /// <summary>So that a stress run has collections between its forks.</summary>
    internal static void MakeGarbage()
    {
        for (int made = 0; made < GarbageBytes; made += 1000)
        {
            GC.KeepAlive(new byte[1000]);
        }
    }

    private static int Wait(int pid)
    {
        int status;
        return waitpid(pid, &status, 0) != pid ? ExitFailed
            : (status & 0x7F) != 0 ? 128 + (status & 0x7F) : (status >> 8) & 0xFF;
    }

    internal static void Say(string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        fixed (byte* start = bytes)
        {
            _ = write(2, start, (nuint)bytes.Length);
        }
    }

    [LibraryImport("libc")]
    private static partial int waitpid(int pid, int* status, int options);

    [LibraryImport("libc")]
    private static partial nint read(int fd, byte* buffer, nuint count);

    [LibraryImport("libc")]
    private static partial nint write(int fd, byte* buffer, nuint count);
}
