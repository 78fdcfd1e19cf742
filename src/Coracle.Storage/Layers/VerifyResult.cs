namespace Coracle.Storage;

/// <summary>What <see cref="LayerStore.Verify"/> found.</summary>
/// <param name="Problems">One line each, at most <see cref="MaxProblems"/>; empty for an intact layer.</param>
public sealed record VerifyResult(IReadOnlyList<string> Problems)
{
    /// <summary>A layer with more than that is simply broken.</summary>
    public const int MaxProblems = 100;

    public bool IsIntact => Problems.Count == 0;
}
