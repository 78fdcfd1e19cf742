namespace Coracle.Cli;

/// <summary>The command ends here with a text for the person and an exit code for the script.</summary>
internal sealed class CliException(string message, int exitCode = 1) : Exception(message)
{
    public int ExitCode => exitCode;

    /// <summary>Said as it stands, with its own exit code, also by <c>run</c> and <c>create</c>.</summary>
    public bool IsPlain { get; init; }
}
