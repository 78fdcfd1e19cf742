using Coracle.Linux;

namespace Coracle.Runtime;

/// <summary>What a launch plan refers to beyond the spec: descriptors by number, and what was found in the container's own files.</summary>
internal sealed class LaunchInputs
{
    public required IReadOnlyList<CgroupPlace> Cgroups { get; init; }

    public required int Stdin { get; init; }

    public required int Stdout { get; init; }

    public required int Stderr { get; init; }

    /// <summary>Of a container's first process; none of an exec.</summary>
    public int Root { get; init; } = -1;

    /// <inheritdoc cref="Root"/>
    public int NullDevice { get; init; } = -1;

    /// <summary>Of an exec: a pidfd of the container's first process.</summary>
    public int Container { get; init; } = -1;

    /// <summary>Only when one is joined.</summary>
    public int PidNamespace { get; init; } = -1;

    public IReadOnlyList<int> VolumesInProc { get; init; } = [];

    /// <summary>Null when there are none.</summary>
    public VolumeMounts? Volumes { get; init; }

    public required ContainerUser User { get; init; }

    /// <summary>From <see cref="ProgramSearch.Candidates"/>.</summary>
    public required IReadOnlyList<string> Candidates { get; init; }

    /// <summary>Complete.</summary>
    public required IReadOnlyList<string> Environment { get; init; }

    /// <summary>The monitor's own bounding set: what is asked for beyond it is left out, not an error.</summary>
    public required ulong Grantable { get; init; }

    public Action<LaunchPlan> PlanCgroupMounts { get; init; } = static _ => { };
}
