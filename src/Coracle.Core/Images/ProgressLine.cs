namespace Coracle.Core;

/// <summary>One line of a pull's, load's or import's progress, in Docker's words.</summary>
/// <param name="Id">The row it belongs to: a layer's twelve digits, a tag; null for a line of its own.</param>
/// <param name="Current">Bytes so far; 0 where there is nothing to count.</param>
/// <param name="Total">Bytes in all; 0 where unknown.</param>
/// <param name="IsStep">A step of a row (it carries a progressDetail, if an empty one), not a message.</param>
public sealed record ProgressLine(string Status, string? Id = null, long Current = 0, long Total = 0, bool IsStep = false)
{
    /// <summary>A text that clients print as it is, with its own line end: Docker's <c>stream</c>.</summary>
    public bool IsText { get; private init; }

    public static ProgressLine Text(string text) => new(text) { IsText = true };
}
