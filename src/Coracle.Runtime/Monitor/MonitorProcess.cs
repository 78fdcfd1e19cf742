using System.Globalization;
using Coracle.Linux;
using Microsoft.Win32.SafeHandles;

namespace Coracle.Runtime;

/// <summary>The monitor program from its first instruction: sets itself apart from the engine, then serves its container.</summary>
public static class MonitorProcess
{
    // How we are started: MonitorLauncher.
    private const int ContainerId = 0;
    private const int Directory = 1;
    private const int LockFile = 2;
    private const int Engine = 3;
    private const int Arguments = 4;

    private const int UsageError = 64; // EX_USAGE
    private const int Failed = 70;     // EX_SOFTWARE

    /// <summary>Killed late, since it is small and its container dies with it: the value of dockerd.</summary>
    private static ReadOnlySpan<byte> OomScoreAdjust => "-500"u8;

    /// <param name="arguments">The container's id (for ps), and three numbers of descriptors: directory, lock, connection.</param>
    /// <returns>The exit code. Nobody reads it; there is no stream to write to either: what is to be said goes over the socket.</returns>
    public static int Run(string[] arguments)
    {
        if (arguments.Length != Arguments || arguments[ContainerId].Length == 0)
        {
            return UsageError;
        }

        try
        {
            using DirectoryHandle directory = OpenDirectory(arguments[Directory]);
            SafeFileHandle held = Handle(arguments[LockFile]);
            Descriptor engine = Descriptor.Adopt(Handle(arguments[Engine]));
            engine.SetNonBlocking();
            SetApart();
            using (var loop = new MonitorLoop(directory, engine))
            {
                loop.Run();
            }

            held.Dispose(); // until now: whoever finds the lock free may take it that everything is done
            return 0;
        }
        catch (IOException)
        {
            return Failed;
        }
    }

    private static void SetApart()
    {
        ThisProcess.CloseInheritedOnExec();
        ThisProcess.AdoptOrphans();
        ThisProcess.HideFromDebuggers();
        SetOomScore();
        MonitorCgroup.Join();
    }

    private static void SetOomScore()
    {
        try
        {
            KernelFile.Write("/proc/self/oom_score_adj", OomScoreAdjust);
        }
        catch (LinuxException)
        {
            // Without CAP_SYS_RESOURCE it cannot be lowered: then it stays what the engine's is.
        }
    }

    private static DirectoryHandle OpenDirectory(string number)
    {
        using SafeFileHandle handle = Handle(number);
        return DirectoryHandle.Open($"/proc/self/fd/{number}");
    }

    private static SafeFileHandle Handle(string number) => new((nint)long.Parse(number, CultureInfo.InvariantCulture), ownsHandle: true);
}
