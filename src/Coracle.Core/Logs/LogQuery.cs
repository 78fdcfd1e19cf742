using Coracle.Runtime;

namespace Coracle.Core;

/// <summary>Which lines of a container's log a client wants, and how.</summary>
public sealed record LogQuery
{
    public bool Stdout { get; init; }

    public bool Stderr { get; init; }

    /// <summary>Nanoseconds since 1970; lines before it are left out.</summary>
    public long Since { get; init; } = long.MinValue;

    /// <summary>Nanoseconds since 1970; the first line after it ends the answer.</summary>
    public long Until { get; init; } = long.MaxValue;

    /// <summary>Where to stop, whatever follows: an attached stream goes on from there. Null is the end.</summary>
    internal LogPosition? End { get; init; }

    /// <summary>How many of the last lines; null is all.</summary>
    public long? Tail { get; init; }

    public bool Timestamps { get; init; }

    public bool Details { get; init; }

    /// <summary>What stands before each line then, without the space that follows it.</summary>
    internal ReadOnlyMemory<byte> DetailsText { get; init; }

    public bool Follow { get; init; }

    /// <summary>A terminal's output: plain bytes instead of frames.</summary>
    public bool Raw { get; init; }
}
