namespace Coracle.Cli;

/// <summary>What a failed start of a program means to a shell, as Docker tells it.</summary>
internal static class ExitCodes
{
    public const int Refused = 125;
    public const int NotExecutable = 126;
    public const int NotFound = 127;

    /// <summary>128 + SIGINT.</summary>
    public const int Interrupted = 130;

    /// <summary>128 + SIGPIPE.</summary>
    public const int NobodyReads = 141;

    /// <summary>Read from the engine's words, since its API has no field for it.</summary>
    public static int OfStartFailure(string message)
        => message.Contains("executable file not found", StringComparison.Ordinal) || message.Contains("no such file or directory", StringComparison.Ordinal)
            ? NotFound
            : message.Contains("permission denied", StringComparison.Ordinal) || message.Contains("not a directory", StringComparison.Ordinal)
              || message.Contains("is a directory", StringComparison.Ordinal)
                ? NotExecutable
                : Refused;
}
