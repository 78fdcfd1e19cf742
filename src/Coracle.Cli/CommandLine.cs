namespace Coracle.Cli;

/// <summary>The command line: Docker's words, options, output and exit codes, over the engine's socket.</summary>
public static class CommandLine
{
    /// <summary>Runs one command.</summary>
    /// <param name="arguments">Without the program's own name.</param>
    /// <returns>The exit code: 0, the container's own, 125 (the engine refused), 126, 127, or 1.</returns>
    public static async Task<int> RunAsync(IReadOnlyList<string> arguments, CliProcess process, CancellationToken cancellationToken)
    {
        await process.Errors.WriteAsync("no commands yet\n"u8.ToArray(), cancellationToken);
        return arguments.Count == 0 ? 0 : 1;
    }
}
