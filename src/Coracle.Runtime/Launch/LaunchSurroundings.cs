using Microsoft.Win32.SafeHandles;

namespace Coracle.Runtime;

/// <summary>What a monitor has made before it makes the process: cgroups and the ends of the pipes. Owned by the monitor throughout.</summary>
public sealed class LaunchSurroundings
{
    /// <summary>Those the process is put into before it does anything else, one per hierarchy.</summary>
    public required IReadOnlyList<CgroupPlace> Cgroups { get; init; }

    /// <summary>The process's ends. All null with a tty (<see cref="StdioSpec.Tty"/>), whose terminal is made by Prepare; never null without.</summary>
    public SafeFileHandle? Stdin { get; init; }

    /// <inheritdoc cref="Stdin"/>
    public SafeFileHandle? Stdout { get; init; }

    /// <inheritdoc cref="Stdin"/>
    public SafeFileHandle? Stderr { get; init; }
}

/// <summary>One hierarchy's directory of the container.</summary>
/// <param name="name">The hierarchy's directory below /sys/fs/cgroup (<c>cpu,cpuacct</c>, <c>systemd</c>); empty when it is cgroup v2 alone.</param>
/// <param name="directory">The container's cgroup, an absolute host path.</param>
/// <param name="unified">cgroup v2: alone, or beside v1 (hybrid).</param>
public sealed class CgroupPlace(string name, string directory, bool unified)
{
    public string Name { get; } = name;

    public string Directory { get; } = directory;

    public bool Unified { get; } = unified;
}
