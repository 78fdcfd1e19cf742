namespace Coracle.Cli;

/// <summary>The command line: Docker's words, options, output and exit codes, over the engine's socket.</summary>
public static class CommandLine
{
    private const string DefaultHost = "unix:///run/coracle/coracle.sock";

    private static readonly Option[] _globalOptions =
    [
        Option.Value("host", "Engine socket to connect to", 'H'),
        Option.Flag("version", "Print version information and quit", 'v'),
        Option.Flag("help", "Print usage"),
    ];

    /// <summary>Runs one command.</summary>
    /// <param name="arguments">Without the program's own name.</param>
    /// <returns>The exit code: 0, the container's own, 125 (the engine refused), 126, 127, or 1.</returns>
    public static async Task<int> RunAsync(IReadOnlyList<string> arguments, CliProcess process, CancellationToken cancellationToken)
    {
        try
        {
            ParsedArguments global = new OptionParser(_globalOptions, stopsAtFirstWord: true).Parse(arguments);
            if (global.Has("version"))
            {
                await process.SayAsync(VersionCommand.OneLine(process), cancellationToken);
                return 0;
            }

            if (global.Words.Count == 0 || global.Has("help") || global.Words[0] == "help")
            {
                await process.SayAsync(HelpText.All(process.Name), cancellationToken);
                return 0;
            }

            return await RunCommandAsync(global, process, cancellationToken);
        }
        catch (CliException mistake)
        {
            await process.ComplainAsync(mistake.Message, CancellationToken.None);
            return mistake.ExitCode;
        }
    }

    private static async Task<int> RunCommandAsync(ParsedArguments global, CliProcess process, CancellationToken cancellationToken)
    {
        (Command command, IReadOnlyList<string> rest) = Find(global.Words, process.Name);
        if (rest.Contains("--help") && !command.StopsAtFirstWord || rest is ["--help", ..])
        {
            await process.SayAsync(HelpText.Of(command, process.Name), cancellationToken);
            return 0;
        }

        ParsedArguments parsed;
        try
        {
            parsed = new OptionParser(command.Options, command.StopsAtFirstWord).Parse(rest);
            HelpText.CheckCount(command, parsed.Words.Count, process.Name);
        }
        catch (CliException mistake)
        {
            throw new CliException($"{mistake.Message}\n\n{HelpText.Pointer(command, process.Name)}", command.MistakeCode);
        }

        EngineClient engine = new(HostOf(global, process));
        return await GuardedAsync(new Invocation(command, parsed, engine, process, cancellationToken));
    }

    /// <summary>Turns what failed into a text and an exit code: here, and nowhere else.</summary>
    private static async Task<int> GuardedAsync(Invocation invocation)
    {
        Command command = invocation.Command;
        string prefix = command.StopsAtFirstWord ? invocation.Process.Name + ": " : "";
        string pointer = command.StopsAtFirstWord ? "\n\n" + HelpText.Pointer(command, invocation.Process.Name) : "";
        try
        {
            return await command.RunAsync(invocation);
        }
        catch (EngineRefusedException refused)
        {
            throw new CliException($"{prefix}Error response from daemon: {refused.Message}{pointer}", command.MistakeCode);
        }
        catch (CliException failed) when (command.StopsAtFirstWord)
        {
            throw new CliException($"{prefix}{failed.Message}{pointer}", failed.ExitCode == 1 ? command.MistakeCode : failed.ExitCode);
        }
        catch (IOException lost)
        {
            throw new CliException($"{prefix}error during connect: {lost.Message}", command.MistakeCode);
        }
        catch (OperationCanceledException)
        {
            return ExitCodes.Interrupted;
        }
    }

    private static (Command Command, IReadOnlyList<string> Words) Find(IReadOnlyList<string> words, string program)
    {
        // "container run" and "image pull" are the long spellings of run and pull.
        int at = words[0] is "container" or "image" or "system" && words.Count > 1 ? 1 : 0;
        string name = (words[0], words[at]) switch
        {
            ("image", "ls" or "list") => "images",
            ("image", "rm" or "remove") => "rmi",
            ("container", "ls" or "list") => "ps",
            (_, string word) => word,
        };
        Command command = CommandList.All.FirstOrDefault(c => c.Name == name)
            ?? throw new CliException($"{program}: unknown command: {program} {string.Join(' ', words.Take(at + 1))}\n\nRun '{program} --help' for more information");
        return (command, [.. words.Skip(at + 1)]);
    }

    private static string HostOf(ParsedArguments global, CliProcess process)
        => global.Value("host")
           ?? process.Environment.GetValueOrDefault("CORACLE_HOST")
           ?? process.Environment.GetValueOrDefault("DOCKER_HOST")
           ?? DefaultHost;
}
