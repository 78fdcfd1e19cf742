namespace Coracle.Cli;

/// <summary>What stands before the command.</summary>
internal static class GlobalOptions
{
    public static IReadOnlyList<Option> All { get; } = OptionTable.Parse("""
            --config string  Location of client config files (default "~/.docker")
        -D, --debug  Enable debug mode
        -H, --host list  Daemon socket to connect to (default $CORACLE_HOST, else $DOCKER_HOST)
        -l, --log-level string  Set the logging level ("debug", "info", "warn", "error", "fatal") (default "info")
        -v, --version  Print version information and quit
        -c, --context string
            --tls
            --tlsverify
            --tlscacert string
            --tlscert string
            --tlskey string
        """u8);

    /// <summary>Nothing here logs, but a script that asks for a level is not refused, and one that mistypes it is told.</summary>
    public static bool IsLevel(string word) => word.ToLowerInvariant() is "trace" or "debug" or "info" or "warn" or "warning" or "error" or "fatal" or "panic";
}
