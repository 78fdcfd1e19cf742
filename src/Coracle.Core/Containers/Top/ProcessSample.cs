using System.Globalization;
using System.Text;
using Coracle.Linux;

namespace Coracle.Core;

/// <summary>One process as /proc shows it at one moment.</summary>
internal sealed class ProcessSample
{
    /// <summary>Fields of /proc/PID/stat after the name in brackets, the state being the first (proc(5) counts it as 3).</summary>
    private const int FirstField = 3;

    /// <summary>A command line may have 2 MiB; nobody reads that in a table.</summary>
    private const int LongestCommandLine = 64 * 1024;

    private readonly string[] _stat;

    private ProcessSample(int pid, string name, string[] stat)
    {
        Pid = pid;
        Name = name;
        _stat = stat;
    }

    public int Pid { get; }

    /// <summary>The program's name, at most 15 bytes.</summary>
    public string Name { get; }

    /// <summary>Arguments with spaces between them; the name in brackets when there are none.</summary>
    public string CommandLine { get; private init; } = "";

    /// <summary>Real, effective.</summary>
    public (int Real, int Effective) User { get; private init; }

    public (int Real, int Effective) Group { get; private init; }

    public string State => _stat[0];

    /// <summary>A number of /proc/PID/stat by its place in proc(5).</summary>
    public long Field(int place) => long.Parse(_stat[place - FirstField], CultureInfo.InvariantCulture);

    /// <summary>In ticks of 1/100 s, which is what every architecture of Linux shows to programs.</summary>
    public long CpuTicks => Field(14) + Field(15);

    /// <returns>Null when it ended meanwhile.</returns>
    public static ProcessSample? TryRead(int pid)
    {
        string directory = string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}");
        if (TryText(directory + "/stat") is not string stat || TryText(directory + "/status") is not string status
            || TryText(directory + "/cmdline", LongestCommandLine) is not string command)
        {
            return null;
        }

        int open = stat.IndexOf('(', StringComparison.Ordinal), close = stat.LastIndexOf(')'); // a name may hold brackets and spaces
        string name = stat[(open + 1)..close];
        return new ProcessSample(pid, name, stat[(close + 2)..].TrimEnd('\n').Split(' '))
        {
            CommandLine = command.Length == 0 ? $"[{name}]" : Printable(command.TrimEnd('\0')),
            User = Ids(status, "\nUid:"),
            Group = Ids(status, "\nGid:"),
        };
    }

    private static (int Real, int Effective) Ids(string status, string label)
    {
        int start = status.IndexOf(label, StringComparison.Ordinal) + label.Length;
        string[] ids = status[start..status.IndexOf('\n', start)].Split('\t', StringSplitOptions.RemoveEmptyEntries);
        return (int.Parse(ids[0], CultureInfo.InvariantCulture), int.Parse(ids[1], CultureInfo.InvariantCulture));
    }

    private static string Printable(string text)
        => string.Create(text.Length, text, static (span, from) =>
        {
            for (int i = 0; i < span.Length; i++)
            {
                span[i] = from[i] == '\0' ? ' ' : char.IsControl(from[i]) ? '?' : from[i];
            }
        });

    private static string? TryText(string path, int limit = KernelFile.UsualLimit)
    {
        try
        {
            return KernelFile.TryRead(path, out byte[]? content, limit) ? Encoding.UTF8.GetString(content) : null;
        }
        catch (LinuxException e) when (e.Errno is Errno.ESRCH or Errno.EFBIG)
        {
            return e.Errno == Errno.EFBIG ? "" : null;
        }
    }
}
