namespace Coracle.Delta;

/// <summary>What pieces of a patch cost once they are coded, in eighths of a bit: measured on real pairs of images.</summary>
internal static class StepCosts
{
    public const int SeedLength = 8;
    public const int Stride = 4;
    public const int ExtraBits = 1;
    public const int Width = 8;
    public const int Back = 256;
    public const int BackCost = 400;
    public const int LongRun = 12;
    public const int Candidates = 8;
    public const int Forward = 64;
    public const int Literal = 48;
    public const int TextLiteral = 40;
    public const int TextProbe = 4096;
    public const int KnownMiss = 36;
    public const int FirstMiss = 96;
    public const int NextMiss = 56;
    public const int ToLiteral = 64;
    public const int Return = 96;
    public const int Jump = 240;
    public const int JumpBit = 6;
}
