using System.Runtime.CompilerServices;

namespace Coracle.Runtime;

/// <summary>
/// Whether what is mounted below a mount later is seen on the other side. Docker's words with and without their <c>r</c> come to the
/// same: mounts below a private or slave one are never left in the host's peer groups, and below a shared one they always are.
/// </summary>
public enum MountPropagation
{
    /// <summary>Nothing is seen anywhere else.</summary>
    Private,

    /// <summary>The host's later mounts are seen in the container.</summary>
    Slave,

    /// <summary>And the container's on the host.</summary>
    Shared,
}

/// <summary>How far "read-only" reaches into mounts below a read-only one.</summary>
public enum ReadOnlyReach
{
    /// <summary>As far as the kernel can: mounts below it too from Linux 5.12 on.</summary>
    AsFarAsPossible,

    /// <summary>Itself alone.</summary>
    Itself,

    /// <summary>Mounts below it too, or there is no start.</summary>
    Everything,
}

/// <param name="Source">Host path; must exist.</param>
/// <param name="Target">Container path; made (file or directory, as the source is) when missing.</param>
/// <param name="Recursive">With what is mounted below the source.</param>
public sealed record BindMount(string Source, string Target, bool ReadOnly, bool Recursive = true)
{
    public MountPropagation Propagation { get; init; }

    public ReadOnlyReach Reach { get; init; }

    /// <summary>What of the source is mounted: a path that cannot leave it; empty is all.</summary>
    public string Subpath { get; init; } = "";

    public bool Equals(BindMount? other) => ReferenceEquals(this, other);

    public override int GetHashCode() => RuntimeHelpers.GetHashCode(this);

    public override string ToString() => Target;
}
