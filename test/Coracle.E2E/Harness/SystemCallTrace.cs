using System.Text.RegularExpressions;

namespace Coracle.E2E;

/// <summary>One call that strace saw succeed, with the paths of its descriptors.</summary>
/// <param name="Name">Of the call.</param>
/// <param name="Directories">What its descriptors stand for, in order.</param>
/// <param name="Texts">Its string arguments, in order; what was written is cut short.</param>
internal sealed record TracedCall(string Name, IReadOnlyList<string> Directories, IReadOnlyList<string> Texts, string Line)
{
    public override string ToString() => Line;
}

/// <summary>What every thread of an engine asks of the disk, in order.</summary>
internal sealed partial class SystemCallTrace : IAsyncDisposable
{
    /// <summary>What decides what a power cut leaves.</summary>
    public const string Durability = "write,pwrite64,fsync,fdatasync,syncfs,rename,renameat,renameat2";

    private readonly Engine _engine;
    private readonly Command _strace;
    private readonly string _path;

    private SystemCallTrace(Engine engine, Command strace, string path)
    {
        _engine = engine;
        _strace = strace;
        _path = path;
    }

    /// <summary>Returns when all threads are attached.</summary>
    /// <param name="calls">As strace names them, with commas.</param>
    public static async Task<SystemCallTrace> OfAsync(Engine engine, string calls = Durability)
    {
        string path = Path.Combine(engine.Root, "trace");
        Command strace = Command.Start(
            Machine.Find("strace", "/usr/bin/strace"),
            ["-f", "-y", "-s", "200", "-e", "signal=none", "-e", $"trace={calls}", "-o", path, "-p", $"{engine.ProcessId}"],
            Machine.Environment(engine.Root));
        await Deadline.HoldsAsync("strace's hold of every thread", () => IsHeld(engine.ProcessId), () => engine.LogTail);
        return new SystemCallTrace(engine, strace, path);
    }

    /// <summary>Lets go of the engine once what it has started meanwhile is over.</summary>
    /// <remarks>strace that is told to end while one of its processes ends may wait for that one for ever (seen with 6.1).</remarks>
    public async Task<IReadOnlyList<TracedCall>> EndAsync()
    {
        await Deadline.HoldsAsync("the end of all that the engine has started", () => !Processes.All().Any(IsHeldBesideTheEngine), () => _engine.LogTail);
        await Signals.SendAsync("INT", _strace.Id);
        await _strace.EndAsync();
        return [.. Whole(await File.ReadAllLinesAsync(_path)).Select(Parse).OfType<TracedCall>()];
    }

    public ValueTask DisposeAsync() => _strace.DisposeAsync();

    private bool IsHeldBesideTheEngine(int process)
        => process != _engine.ProcessId && Processes.Read(process, "status").Contains($"TracerPid:\t{_strace.Id}\n", StringComparison.Ordinal);

    private static bool IsHeld(int process) => Directory.GetDirectories($"/proc/{process}/task").All(IsThreadHeld);

    private static bool IsThreadHeld(string thread)
    {
        try
        {
            return !File.ReadAllText(thread + "/status").Contains("TracerPid:\t0\n", StringComparison.Ordinal);
        }
        catch (IOException)
        {
            return true; // gone since it was listed
        }
    }

    /// <summary>A call that another thread's interrupted is written in two halves; its place is where it ended.</summary>
    private static IEnumerable<string> Whole(IEnumerable<string> lines)
    {
        Dictionary<string, string> begun = [];
        foreach (string line in lines)
        {
            string thread = line.Split(' ')[0];
            if (line.EndsWith(Unfinished, StringComparison.Ordinal))
            {
                begun[thread] = line[..^Unfinished.Length];
            }
            else if (Resumed().Match(line) is { Success: true } rest)
            {
                yield return begun[thread] + rest.Groups[1].Value;
            }
            else
            {
                yield return line;
            }
        }
    }

    private static TracedCall? Parse(string line)
        => Call().Match(line) is not { Success: true } call ? null : new TracedCall(
            call.Groups[1].Value,
            [.. Descriptor().Matches(line).Select(match => match.Groups[1].Value)],
            [.. Text().Matches(line).Select(match => match.Groups[1].Value)],
            line);

    private const string Unfinished = " <unfinished ...>";

    [GeneratedRegex(@"<\.\.\. \w+ resumed>(.*)$")]
    private static partial Regex Resumed();

    [GeneratedRegex(@"^\d+ +(\w+)\(.*\) += \d+")]
    private static partial Regex Call();

    [GeneratedRegex(@"\d<(/[^>]*)>")]
    private static partial Regex Descriptor();

    [GeneratedRegex("\"((?:[^\"\\\\]|\\\\.)*)\"")]
    private static partial Regex Text();
}
