using System.Globalization;
using Coracle.Linux;
using Microsoft.Win32.SafeHandles;

namespace Coracle.Runtime;

/// <summary>What sets the second program apart from the engine that started it.</summary>
internal static class ProcessApart
{
    /// <summary>Killed late, since it is small and what depends on it is not: the value of dockerd.</summary>
    private static ReadOnlySpan<byte> OomScoreAdjust => "-500"u8;

    public static void Set()
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
}

/// <summary>Descriptors that a program was started with, by the numbers in its arguments.</summary>
internal static class InheritedDescriptor
{
    public static DirectoryHandle Directory(string number)
    {
        using SafeFileHandle handle = Handle(number);
        return DirectoryHandle.Open($"/proc/self/fd/{number}");
    }

    public static SafeFileHandle Handle(string number) => new((nint)long.Parse(number, CultureInfo.InvariantCulture), ownsHandle: true);
}
