namespace Coracle.Runtime;

/// <summary>What stands in <c>exec-root/containers/&lt;id&gt;</c>.</summary>
internal static class MonitorFiles
{
    public const string Containers = "containers";

    /// <summary>The launch record.</summary>
    public const string Launch = "launch";

    /// <summary>Before an exec's id: its record, from the engine's request until the monitor has read it.</summary>
    public const string ExecPrefix = "exec-";

    /// <summary>Locked as long as the monitor lives.</summary>
    public const string Lock = "lock";

    /// <summary>The monitor's socket. One letter: sun_path is short.</summary>
    public const string Socket = "s";

    /// <summary>The exit record; there once the process has ended.</summary>
    public const string Exit = "exit";

    public const string ExitTemporary = "exit.tmp";
}
