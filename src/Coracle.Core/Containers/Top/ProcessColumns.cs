using System.Globalization;
using System.Text;
using Coracle.Linux;

namespace Coracle.Core;

/// <summary>The columns of ps(1) that <c>docker top</c> is asked for, by their names there, each from what /proc says.</summary>
/// <param name="now">UTC.</param>
internal sealed class ProcessColumns(DateTimeOffset now)
{
    private const int TicksPerSecond = 100;

    // Names that mean the same are in one row, its last word being the title.
    private static readonly string[] _titles =
    [
        "pid tgid PID", "ppid PPID", "pgid PGID", "pgrp PGRP", "sid SID", "sess session SESS", "user euser uname USER", "uid euid UID", "ruser RUSER", "ruid RUID",
        "gid egid GID", "group egroup GROUP", "rgid RGID", "tt TT", "tty tname TTY", "stat STAT", "s state S", "c C", "%cpu pcpu %CPU", "%mem pmem %MEM",
        "vsz vsize VSZ", "rss rssize RSS", "sz SZ", "ni nice NI", "pri PRI", "etime ELAPSED", "etimes ELAPSED", "time cputime TIME", "bsdtime TIME",
        "stime STIME", "start_time START", "args command COMMAND", "comm ucomm COMMAND", "cmd CMD", "ucmd CMD", "nlwp thcount NLWP", "psr PSR",
        "f flag flags F", "wchan WCHAN",
    ];

    private readonly double _uptime = Uptime();

    private Dictionary<int, string>? _names;

    /// <returns>Null when there is no such column.</returns>
    public static string? TitleOf(string column)
    {
        foreach (string row in _titles)
        {
            string[] words = row.Split(' ');
            if (words.AsSpan(0, words.Length - 1).Contains(column))
            {
                return words[^1];
            }
        }

        return null;
    }

    public string Value(string column, ProcessSample process) => column switch
    {
        "pid" or "tgid" => Text(process.Pid),
        "ppid" => Text(process.Field(4)),
        "pgid" or "pgrp" => Text(process.Field(5)),
        "sid" or "sess" or "session" => Text(process.Field(6)),
        "user" or "euser" or "uname" => UserName(process.User.Effective),
        "uid" or "euid" => Text(process.User.Effective),
        "ruser" => UserName(process.User.Real),
        "ruid" => Text(process.User.Real),
        "gid" or "egid" or "group" or "egroup" => Text(process.Group.Effective),
        "rgid" => Text(process.Group.Real),
        "tt" or "tty" or "tname" => Terminal((int)process.Field(7)),
        "stat" => Stat(process),
        "s" or "state" => process.State,
        "c" => Text(Math.Min(99, (long)CpuPercent(process))),
        "%cpu" or "pcpu" => CpuPercent(process).ToString("F1", CultureInfo.InvariantCulture),
        "%mem" or "pmem" => (100.0 * process.Field(24) * Environment.SystemPageSize / Machine.MemoryBytes).ToString("F1", CultureInfo.InvariantCulture),
        "vsz" or "vsize" => Text(process.Field(23) / 1024),
        "rss" or "rssize" => Text(process.Field(24) * Environment.SystemPageSize / 1024),
        "sz" => Text(process.Field(23) / Environment.SystemPageSize),
        "ni" or "nice" => Text(process.Field(19)),
        "pri" => Text(39 - process.Field(18)),
        "f" or "flag" or "flags" => Text((process.Field(9) >> 6) & 7), // procps: PF_FORKNOEXEC and PF_SUPERPRIV, moved down
        "etime" => Elapsed((long)Age(process)),
        "etimes" => Text((long)Age(process)),
        "time" or "cputime" => Clock(process.CpuTicks / TicksPerSecond),
        "bsdtime" => MinutesAndSeconds(process.CpuTicks / TicksPerSecond),
        "stime" or "start_time" => Started(process),
        "comm" or "ucomm" or "ucmd" => process.Name,
        "nlwp" or "thcount" => Text(process.Field(20)),
        "psr" => Text(process.Field(39)),
        "wchan" => "-", // needs privileges over the process that an engine should not use for a table
        _ => process.CommandLine,
    };

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);

    private string UserName(int id) => (_names ??= UserNames()).GetValueOrDefault(id) ?? Text(id);

    /// <summary>The host's, as ps(1) shows them; never through the C library, which would load the host's name services.</summary>
    private static Dictionary<int, string> UserNames()
    {
        const int Limit = 1 << 20;
        Dictionary<int, string> names = [];
        string file = KernelFile.TryRead("/etc/passwd", out byte[]? content, Limit) ? Encoding.UTF8.GetString(content) : "";
        foreach (string line in file.Split('\n'))
        {
            string[] fields = line.Split(':');
            if (fields.Length > 2 && int.TryParse(fields[2], NumberStyles.None, CultureInfo.InvariantCulture, out int id))
            {
                names.TryAdd(id, fields[0]);
            }
        }

        return names;
    }

    /// <summary>As the kernel numbers them: 136 and the seven after it are pseudo terminals, 4 the consoles.</summary>
    private static string Terminal(int device)
    {
        int major = (device >> 8) & 0xfff, minor = (device & 0xff) | ((device >> 12) & 0xfff00);
        return major switch
        {
            >= 136 and < 144 => "pts/" + Text(((major - 136) << 8) + minor),
            4 => "tty" + Text(minor),
            _ => "?",
        };
    }

    private static string Stat(ProcessSample process)
        => process.State
            + (process.Field(19) < 0 ? "<" : process.Field(19) > 0 ? "N" : "")
            + (process.Field(6) == process.Pid ? "s" : "")
            + (process.Field(20) > 1 ? "l" : "")
            + (process.Field(8) == process.Field(5) ? "+" : "");

    private double Age(ProcessSample process) => Math.Max(0, _uptime - ((double)process.Field(22) / TicksPerSecond));

    private double CpuPercent(ProcessSample process) => Age(process) is > 0 and double age ? 100.0 * process.CpuTicks / TicksPerSecond / age : 0;

    /// <summary>The hour today, the day this year, the year before.</summary>
    private string Started(ProcessSample process)
    {
        DateTimeOffset at = now.AddSeconds(-Age(process));
        string form = at.Date == now.Date ? "HH:mm" : at.Year == now.Year ? "MMMdd" : "yyyy";
        return at.ToString(form, CultureInfo.InvariantCulture);
    }

    private static string Clock(long seconds)
        => (seconds >= 86400 ? Text(seconds / 86400) + "-" : "") + Two(seconds / 3600 % 24) + ":" + Two(seconds / 60 % 60) + ":" + Two(seconds % 60);

    private static string Elapsed(long seconds) => seconds < 3600 ? Two(seconds / 60) + ":" + Two(seconds % 60) : Clock(seconds);

    private static string MinutesAndSeconds(long seconds) => Text(seconds / 60) + ":" + Two(seconds % 60);

    private static string Two(long number) => number.ToString("D2", CultureInfo.InvariantCulture);

    private static double Uptime()
    {
        string text = Encoding.UTF8.GetString(KernelFile.Read("/proc/uptime"));
        return double.Parse(text[..text.IndexOf(' ', StringComparison.Ordinal)], CultureInfo.InvariantCulture);
    }
}
