using System.Text.Json;
using Coracle.Linux;

namespace Coracle.Cli;

/// <summary>The command line: Docker's words, options, output and exit codes, over the engine's socket.</summary>
public static class CommandLine
{
    private const int UsualWidth = 80;

    /// <summary>Runs one command.</summary>
    /// <param name="arguments">Without the program's own name.</param>
    /// <returns>The exit code: 0, the container's own, 125 (the engine refused, or an option is wrong), 126, 127, or 1.</returns>
    public static async Task<int> RunAsync(IReadOnlyList<string> arguments, CliProcess process, CancellationToken cancellationToken)
    {
        try
        {
            ParsedArguments global = ParseGlobal(arguments, process);
            return Answer(global, process) is string answer
                ? await SayAsync(process, answer, cancellationToken)
                : await RunCommandAsync(global, process, cancellationToken);
        }
        catch (CliException mistake)
        {
            await process.ComplainAsync(mistake.Message, CancellationToken.None);
            return mistake.ExitCode;
        }
        catch (LinuxException closed) when (closed.Errno == Errno.EPIPE)
        {
            // `logs | head`: any other program of a pipeline would have died of SIGPIPE, which .NET ignores.
            return ExitCodes.NobodyReads;
        }
    }

    private static ParsedArguments ParseGlobal(IReadOnlyList<string> arguments, CliProcess process)
    {
        try
        {
            ParsedArguments global = new OptionParser(GlobalOptions.All, stopsAtFirstWord: true).Parse(arguments);
            return GlobalOptions.IsLevel(global.Value("log-level") ?? "info")
                ? global
                : throw new CliException($"Unable to parse logging level: {global.Value("log-level")}") { IsPlain = true };
        }
        catch (CliException mistake) when (!mistake.IsPlain)
        {
            throw new CliException(
                $"{mistake.Message}\n\nUsage:  {process.Name} [OPTIONS] COMMAND [ARG...]\n\n{HelpText.Pointer(process.Name)}", ExitCodes.Refused);
        }
    }

    /// <returns>What is said without a command, or null.</returns>
    private static string? Answer(ParsedArguments global, CliProcess process)
    {
        if (global.Has("version"))
        {
            return VersionCommand.OneLine(process);
        }

        return global.Words is [] or ["help"] || global.Has("help") ? HelpText.All(process.Name, WidthOf(process))
            : global.Words[0] == "help" ? HelpOf(global.Words, process)
            : null;
    }

    private static string HelpOf(IReadOnlyList<string> words, CliProcess process)
    {
        string topic = words[1];
        if (words.Count == 2 && CommandList.Group(topic) is CommandGroup group)
        {
            return HelpText.Of(group, process.Name);
        }

        return CommandList.Find([.. words.Where((_, i) => i > 0)], out string path, out _) is Command command
            ? HelpText.Of(command, path, process.Name, WidthOf(process))
            : throw new CliException($"unknown help topic: {topic}");
    }

    private static async Task<int> RunCommandAsync(ParsedArguments global, CliProcess process, CancellationToken cancellationToken)
    {
        if (CommandList.Find(global.Words, out string path, out IReadOnlyList<string> rest) is not Command command)
        {
            return await SayAsync(process, GroupHelp(global.Words, process), cancellationToken);
        }

        ParsedArguments parsed = Parse(command, path, rest, process);
        foreach (Option old in parsed.Deprecated)
        {
            await process.ComplainAsync($"Flag --{old.Name} has been deprecated, use --{old.NewName} instead", cancellationToken);
        }

        if (parsed.Has("help"))
        {
            return await SayAsync(process, HelpText.Of(command, path, process.Name, WidthOf(process)), cancellationToken);
        }

        HelpText.CheckCount(command, parsed.Words.Count, path, process.Name);
        ClientConfig config = new(global, process);
        EngineClient engine = new(EngineHost.Of(global, process), config);
        return await GuardedAsync(new Invocation(command, parsed, engine, config, process, cancellationToken), path);
    }

    private static ParsedArguments Parse(Command command, string path, IReadOnlyList<string> rest, CliProcess process)
    {
        try
        {
            return new OptionParser(command.Options, command.StopsAtFirstWord).Parse(rest);
        }
        catch (CliException mistake)
        {
            string usage = $"Usage:  {process.Name} {path} {command.Usage}".TrimEnd();
            throw new CliException($"{mistake.Message}\n\n{usage}\n\n{HelpText.Pointer($"{process.Name} {path}")}", ExitCodes.Refused);
        }
    }

    private static string GroupHelp(IReadOnlyList<string> words, CliProcess process)
    {
        string program = process.Name;
        if (CommandList.Group(words[0]) is not CommandGroup group)
        {
            throw new CliException($"{program}: unknown command: {program} {words[0]}\n\n{HelpText.Pointer(program)}");
        }

        if (words.Count == 1 || words[1] is "--help" or "-h")
        {
            return HelpText.Of(group, program);
        }

        string usage = $"Usage:  {program} {group.Name}\n\n{HelpText.Pointer($"{program} {group.Name}")}";
        throw words[1].StartsWith('-')
            ? new CliException($"unknown flag: {words[1]}\n\n{usage}", ExitCodes.Refused)
            : new CliException($"{program}: unknown command: {program} {group.Name} {words[1]}\n\n{usage}");
    }

    /// <summary>Turns what failed into a text and an exit code: here, and nowhere else.</summary>
    private static async Task<int> GuardedAsync(Invocation invocation, string path)
    {
        bool starts = invocation.Command.StartsContainer;
        string prefix = starts ? invocation.Process.Name + ": " : "";
        string pointer = starts ? "\n\n" + HelpText.Pointer($"{invocation.Process.Name} {path}") : "";
        int code = starts ? ExitCodes.Refused : 1;
        try
        {
            return await invocation.Command.RunAsync(invocation);
        }
        catch (EngineRefusedException refused)
        {
            throw new CliException($"{prefix}Error response from daemon: {refused.Message}{pointer}", code);
        }
        catch (CliException failed) when (starts && !failed.IsPlain)
        {
            throw new CliException($"{prefix}{failed.Message}{pointer}", failed.ExitCode == 1 ? code : failed.ExitCode);
        }
        catch (Exception strange) when (strange is JsonException or KeyNotFoundException or InvalidOperationException or ArgumentException)
        {
            // What an engine's JSON has not, or has as something else: not worth a check at each field, nor a trace on the screen.
            throw new CliException($"{prefix}the engine's answer was not understood: {strange.Message}", code);
        }
        catch (IOException lost) when (lost is not LinuxException { Errno: Errno.EPIPE })
        {
            throw new CliException($"{prefix}error during connect: {lost.Message}", code);
        }
        catch (OperationCanceledException)
        {
            return ExitCodes.Interrupted;
        }
    }

    private static async Task<int> SayAsync(CliProcess process, string text, CancellationToken cancellationToken)
    {
        await process.SayAsync(text, cancellationToken);
        return 0;
    }

    private static int WidthOf(CliProcess process) => process.InputIsTerminal && Terminal.SizeOf(Terminal.StandardInput) is { Columns: > 0 } size ? size.Columns : UsualWidth;
}
