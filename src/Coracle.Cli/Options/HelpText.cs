using System.Text;

namespace Coracle.Cli;

/// <summary>Usage lines and the texts of mistakes in the arguments.</summary>
internal static class HelpText
{
    private const string Common = " run exec ps build pull push images login logout search version info ";

    /// <summary>What the same file does without an engine; its composition root knows these words, not this list of commands.</summary>
    private const string Own = "\nOn This Device:\n  daemon      Run the engine\n  install     Install this file, its configuration and its service\n"
        + "  uninstall   Remove what install made; images, containers and volumes stay\n";

    /// <summary>Of a command's name in a list.</summary>
    private const int NameWidth = 11;

    public static string All(string program, int width)
    {
        StringBuilder text = new($"Usage:  {program} [OPTIONS] COMMAND\n\nA self-sufficient runtime for containers\n");
        text.Append("\nCommon Commands:\n");
        foreach (string name in Common.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            AppendCommands(text, c => c.Name == name, c => c.Name);
        }

        text.Append("\nManagement Commands:\n");
        foreach (CommandGroup group in CommandGroup.All)
        {
            text.Append($"  {group.Name.PadRight(NameWidth)} {group.Help}\n");
        }

        text.Append("\nCommands:\n");
        AppendCommands(text, c => !Common.Contains($" {c.Name} ", StringComparison.Ordinal) && !c.Name.Contains(' ', StringComparison.Ordinal), c => c.Name);
        text.Append(Own).Append("\nGlobal Options:\n");
        OptionHelp.Append(text, GlobalOptions.All, width);
        return text.Append($"\nRun '{program} COMMAND --help' for more information on a command.").ToString();
    }

    public static string Of(CommandGroup group, string program)
    {
        StringBuilder text = new($"Usage:  {program} {group.Name} COMMAND\n\n{group.Help}\n\nCommands:\n");
        string prefix = group.Name + " ";
        AppendCommands(text, c => c.PathIn(group.Name) is not null, c => c.PathIn(group.Name)![prefix.Length..]);
        return text.Append($"\nRun '{program} {group.Name} COMMAND --help' for more information on a command.").ToString();
    }

    /// <param name="path">As it was called: <c>ps</c> or <c>container ls</c>.</param>
    public static string Of(Command command, string path, string program, int width)
    {
        StringBuilder text = new($"Usage:  {program} {path} {command.Usage}".TrimEnd());
        text.Append($"\n\n{command.Help}\n");
        if (command.Paths.Count > 1)
        {
            text.Append("\nAliases:\n  ").AppendJoin(", ", command.Paths.Select(p => $"{program} {p}")).Append('\n');
        }

        if (command.Options.Any(o => !o.IsHidden))
        {
            text.Append("\nOptions:\n");
            OptionHelp.Append(text, command.Options, width);
        }

        return text.ToString().TrimEnd('\n');
    }

    /// <summary>The last line after a mistake.</summary>
    /// <param name="called">The program, or the program and the command's path.</param>
    public static string Pointer(string called) => $"Run '{called} --help' for more information";

    /// <exception cref="CliException">Too few or too many words, in Docker's words.</exception>
    public static void CheckCount(Command command, int count, string path, string program)
    {
        (int least, int most) = (command.LeastWords, command.MostWords);
        if (count >= least && count <= most)
        {
            return;
        }

        string how = most == 0 ? "accepts no arguments"
            : most == least ? $"requires {Arguments(least)}"
            : most == Command.Any ? $"requires at least {Arguments(least)}"
            : least == 0 ? $"requires at most {Arguments(most)}"
            : $"requires at least {least} and at most {Arguments(most)}";
        string see = most == Command.Any ? "See" : "Run";
        throw new CliException(
            $"{program}: '{program} {path}' {how}\n\nUsage:  {program} {path} {command.Usage}".TrimEnd() + $"\n\n{see} '{program} {path} --help' for more information");
    }

    private static void AppendCommands(StringBuilder text, Predicate<Command> wanted, Func<Command, string> name)
    {
        foreach (Command command in CommandList.All.Where(c => wanted(c)).OrderBy(name, StringComparer.Ordinal))
        {
            text.Append($"  {name(command).PadRight(NameWidth)} {command.Help}\n");
        }
    }

    private static string Arguments(int count) => count == 1 ? "1 argument" : $"{count} arguments";
}
