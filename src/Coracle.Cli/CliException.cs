namespace Coracle.Cli;

/// <summary>The command ends here with a text for the person and an exit code for the script.</summary>
internal sealed class CliException(string message, int exitCode = 1) : Exception(message)
{
    public int ExitCode => exitCode;
}
