using System.Runtime.CompilerServices;

namespace Coracle.Lzma;

/// <summary>Where in one array each adaptive probability lies, and how the coder's state moves. Decoder and encoder share it.</summary>
/// <remarks>The LZMA specification (Igor Pavlov, 2015); names of states and distances as there. A probability is of a 0, in 1/2048.</remarks>
internal static class LzmaModel
{
    public const int BitBits = 11;
    public const int MoveBits = 5;
    public const ushort Even = 1 << (BitBits - 1);
    public const uint Top = 1 << 24;

    public const int States = 12;
    public const int PositionStates = 16;
    public const int LengthStates = 4;
    public const int MinMatch = 2;
    public const int MaxMatch = 273;

    /// <summary>In these states the last symbol was a match: a literal is coded against the byte that the match would have gone on with.</summary>
    public const int FirstStateAfterMatch = 7;

    // Distances below 4 are their slot; below 128 every bit but the first two has a model; from there on the lowest four.
    public const int FirstModelledSlot = 4, EndModelledSlot = 14;
    public const int ModelledDistances = 1 << (EndModelledSlot / 2);
    public const int SlotBits = 6;
    public const int AlignBits = 4;

    // Lengths less the smallest: 8 short, 8 middle, 256 long ones.
    public const int ShortLengths = 8;
    public const int Choice = 0, LowLength = 2, MiddleLength = LowLength + (PositionStates * ShortLengths);
    public const int HighLength = MiddleLength + (PositionStates * ShortLengths), LengthEnd = HighLength + 256;

    public const int IsMatch = 0;
    public const int IsRep = IsMatch + (States * PositionStates);
    public const int IsRep0 = IsRep + States;
    public const int IsRep1 = IsRep0 + States;
    public const int IsRep2 = IsRep1 + States;
    public const int IsRep0Long = IsRep2 + States;
    public const int Slots = IsRep0Long + (States * PositionStates);
    public const int Distances = Slots + (LengthStates << SlotBits);
    public const int Align = Distances + ModelledDistances - EndModelledSlot + 1;
    public const int MatchLength = Align + (1 << AlignBits);
    public const int RepLength = MatchLength + LengthEnd;
    public const int Literals = RepLength + LengthEnd;
    public const int LiteralLength = 0x300;

    /// <summary>LZMA2 allows so many bits of context and position for literals, together.</summary>
    public const int MaxLiteralBits = 4;
    public const int MaxPositionBits = 4;

    // LZMA2's chunks: 16 bits of packed length, 21 of plain length, each less one.
    public const int MaxPackedChunk = 1 << 16;
    public const int MaxPlainChunk = 1 << 21;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int AfterLiteral(int state) => state < 4 ? 0 : state < 10 ? state - 3 : state - 6;

    public static int AfterMatch(int state) => state < FirstStateAfterMatch ? 7 : 10;

    public static int AfterRep(int state) => state < FirstStateAfterMatch ? 8 : 11;

    public static int AfterShortRep(int state) => state < FirstStateAfterMatch ? 9 : 11;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int LengthState(int length) => Math.Min(length - MinMatch, LengthStates - 1);

    /// <summary>One array for all, as long as the literals' bits ask for; the one that is there where it fits.</summary>
    public static ushort[] Fitting(ushort[] probabilities, int literalBits)
    {
        int length = Literals + (LiteralLength << literalBits);
        return probabilities.Length == length ? probabilities : new ushort[length];
    }
}
