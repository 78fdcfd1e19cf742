namespace Coracle.Delta;

/// <summary>What the parts of a patch cost once they are coded, in eighths of a bit, and how far the search goes.</summary>
/// <remarks>
/// Chosen by the size of the coded streams (LZMA, 1 MiB) of three real pairs: a Go program, .NET's runtime, node-red's JavaScript.
/// Sizes beside a number compare it with its neighbours while it was chosen, when others had earlier values: only their differences count.
/// They are the Go program's unless they say otherwise; with all of these it is 176,207.
/// </remarks>
internal static class StepCosts
{
    /// <summary>A new byte of a binary. 40: 187,214; 48: 179,535; 56: 183,418.</summary>
    public const int Literal = 48;

    /// <summary>A new byte of a text, which the coder of literals predicts better. JavaScript: 40: 216,185; 48: 223,227.</summary>
    public const int TextLiteral = 40;

    /// <summary>What has no NUL in so many bytes is text: ELF, PE and class files have some in their first line.</summary>
    public const int TextProbe = 4096;

    /// <summary>A byte that differs behind one that does not: it ends a run of zeros, too.</summary>
    public const int FirstMiss = 96;

    /// <summary>A byte that differs behind another one. More than a literal: it has no context.</summary>
    public const int NextMiss = 56;

    /// <summary>
    /// Taken off when the last miss with the same one before it had this difference: an address that moved as others did. Binaries
    /// only: JavaScript grows by 1 %. .NET's runtime: 0: 328,167; 36: 309,750.
    /// </summary>
    public const int KnownMiss = 36;

    public const int ToLiteral = 64;

    /// <summary>From a literal on in the alignment before it: the offset is coded as zero.</summary>
    public const int Return = 96;

    /// <summary>To another alignment. 120: 179,535; 200: 177,816; 240: 177,104; 300 saves 0.2 to 0.5 % more but costs .NET's runtime.</summary>
    public const int Jump = 240;

    /// <summary>For each bit of the distance jumped.</summary>
    public const int JumpBit = 6;

    /// <summary>Bytes that must be the same for a place to be looked at. With 6, 2 % larger and a quarter slower (every place indexed).</summary>
    public const int SeedLength = 8;

    /// <summary>Every fourth place of the pool is indexed: no larger than with each, a third of the time to index. 4: 177,104; 8: 183,927.</summary>
    public const int Stride = 4;

    /// <summary>Alignments alive at once. 5 and 12 are equal for Go; 5 costs JavaScript 700.</summary>
    public const int Width = 8;

    /// <summary>Places of one seed that are compared.</summary>
    public const int Candidates = 8;

    /// <summary>Bytes compared at a place. 128 finds nothing better.</summary>
    public const int Forward = 64;

    /// <summary>A place whose score (bytes that are the same, minus two for each other) fell so far is not compared further.</summary>
    public const int ForwardDrop = 24;

    /// <summary>Bytes that a new alignment may begin before the seed that found it. A power of two.</summary>
    public const int Back = 256;

    /// <summary>Differences that it may pay for on that way.</summary>
    public const int BackCost = 400;

    /// <summary>Where so many bytes are the same, nothing is searched. With 24, 0.2 % smaller at twice the time to match.</summary>
    public const int LongRun = 12;

    /// <summary>Bytes without any place found, behind which one place in eight is searched: noise takes 0.04 CPU s/MB instead of 0.28.</summary>
    public const int Patience = 1024;

    /// <summary>Of so many places, the first <see cref="Stride"/> are searched then.</summary>
    public const int SparseStride = 32;

    /// <summary>
    /// Bytes that searches may compare for each byte of the target: what is found everywhere is searched less often. The real pairs take 0
    /// to 8, small files of them 40; text of two letters would take 945, and 5 CPU s/MB instead of 0.4.
    /// </summary>
    public const int WorkPerByte = 32;

    /// <summary>On top of that for each target, so that small files are not stinted.</summary>
    public const int FreeWork = 1024 * 1024;
}
