using System.Runtime.CompilerServices;

namespace Coracle.Runtime;

/// <summary>One more process in a container that runs: written by the engine into the container's directory, read once by its monitor.</summary>
public sealed record ExecSpec
{
    public bool Equals(ExecSpec? other) => ReferenceEquals(this, other);

    public override int GetHashCode() => RuntimeHelpers.GetHashCode(this);

    public override string ToString() => ContainerId;

    /// <summary>64 hex digits; for the name of the session keyring.</summary>
    public required string ContainerId { get; init; }

    public required ProcessSpec Process { get; init; }

    /// <summary>A terminal of the container's own instead of the pipes.</summary>
    public bool Tty { get; init; }

    /// <summary>Without it standard input is /dev/null, and so with the other two.</summary>
    public bool Stdin { get; init; }

    public bool Stdout { get; init; }

    public bool Stderr { get; init; }

    /// <summary>Of the terminal when the program starts; 0 leaves it to the kernel.</summary>
    public int Rows { get; init; }

    /// <inheritdoc cref="Rows"/>
    public int Columns { get; init; }
}
