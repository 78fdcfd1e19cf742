namespace Coracle.Runtime;

/// <param name="ExecRoot">Absolute; a tmpfs. Monitors live in <c>containers/&lt;id&gt;</c> below it.</param>
/// <param name="Program">What every monitor executes. Owned by the caller and needed as long as monitors are started.</param>
public sealed record RuntimeOptions(string ExecRoot, MonitorProgram Program)
{
    /// <summary>Who sets the limits of containers' cgroups.</summary>
    public CgroupDriver Cgroups { get; init; } = new();
}
