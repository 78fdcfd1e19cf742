namespace Coracle.Fuzz;

internal delegate void FuzzAction(ReadOnlySpan<byte> input);

/// <summary>One parser under attack.</summary>
/// <param name="Name">Of its folder in Corpus/, and on the command line.</param>
/// <param name="Run">Reads the bytes as the product would; keeps no state. What it throws beside <paramref name="Documented"/> is a finding.</param>
/// <param name="Documented">The exceptions that the parser promises for bad input.</param>
internal sealed record FuzzTarget(string Name, FuzzAction Run, params Type[] Documented)
{
    /// <summary>What a stream that unpacks may make of it, read to no further end than this.</summary>
    public const int MaxOutputBytes = 4 << 20;

    /// <summary>Words of the format: the mutator writes them into inputs, AFL gets them as its dictionary. One of them a space apart.</summary>
    public string Words { get; init; } = "";

    public int MaxInputBytes { get; init; } = 64 << 10;

    /// <summary>What one input may make the parser allocate: nothing of the input decides it alone.</summary>
    public long MaxAllocatedBytes { get; init; } = 64 << 20;

    /// <summary>A planted bug that a run has to find, or the run itself is broken.</summary>
    public bool IsCanary { get; init; }
}
