using System.Text;

namespace Coracle.Cli;

/// <summary>Usage lines and the texts of mistakes in the arguments.</summary>
internal static class HelpText
{
    private const int OptionColumn = 30;

    public static string All(string program)
    {
        StringBuilder text = new($"\nUsage:  {program} [OPTIONS] COMMAND\n\nA container engine for devices\n\nCommands:\n");
        foreach (Command command in CommandList.All)
        {
            text.Append($"  {command.Name,-11} {command.Help}\n");
        }

        text.Append("\nGlobal Options:\n  -H, --host string   Engine socket to connect to (default: $CORACLE_HOST, $DOCKER_HOST)\n  -v, --version       Print version information and quit\n");
        return text.Append($"\nRun '{program} COMMAND --help' for more information on a command.").ToString();
    }

    public static string Of(Command command, string program)
    {
        StringBuilder text = new($"Usage:  {program} {command.Name} {command.Usage}\n\n{command.Help}\n");
        if (command.Options.Count > 0)
        {
            text.Append("\nOptions:\n");
        }

        foreach (Option option in command.Options.OrderBy(o => o.Name, StringComparer.Ordinal))
        {
            string name = (option.Short is char letter ? $"  -{letter}, --" : "      --") + option.Name + (option.Type.Length > 0 ? " " + option.Type : "");
            text.Append(name.PadRight(OptionColumn)).Append(' ').Append(option.Help).Append('\n');
        }

        return text.ToString().TrimEnd('\n');
    }

    /// <summary>The two lines after a mistake.</summary>
    public static string Pointer(Command command, string program) => $"Run '{program} {command.Name} --help' for more information";

    /// <exception cref="CliException">Too few or too many words, in Docker's words.</exception>
    public static void CheckCount(Command command, int count, string program)
    {
        if (count >= command.LeastWords && count <= command.MostWords)
        {
            return;
        }

        string how = command.LeastWords == command.MostWords
            ? command.LeastWords == 0 ? "accepts no arguments" : $"requires {command.LeastWords} {Arguments(command.LeastWords)}"
            : count < command.LeastWords ? $"requires at least {command.LeastWords} {Arguments(command.LeastWords)}"
            : $"requires at most {command.MostWords} {Arguments(command.MostWords)}";
        throw new CliException($"{program}: '{program} {command.Name}' {how}\n\nUsage:  {program} {command.Name} {command.Usage}");
    }

    private static string Arguments(int count) => count == 1 ? "argument" : "arguments";
}
