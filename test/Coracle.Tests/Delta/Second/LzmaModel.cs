namespace Coracle.Tests.Delta.Second;

/// <summary>All probabilities of LZMA, at their beginning.</summary>
internal sealed class LzmaModel
{
    public const int States = 12;
    public const int MaxPositionStates = 16;

    public LzmaModel(int literalBits)
    {
        IsMatch = Halves(States * MaxPositionStates);
        IsRep = Halves(States);
        IsRep0 = Halves(States);
        IsRep1 = Halves(States);
        IsRep2 = Halves(States);
        IsLongRep0 = Halves(States * MaxPositionStates);
        Slots = [Halves(64), Halves(64), Halves(64), Halves(64)];
        Distances = [.. Enumerable.Range(0, 14).Select(slot => slot < 4 ? [] : Halves(1 << ((slot >> 1) - 1)))];
        Align = Halves(16);
        Literals = [.. Enumerable.Range(0, 1 << literalBits).Select(_ => Halves(0x300))];
    }

    public ushort[] IsMatch { get; }

    public ushort[] IsRep { get; }

    /// <summary>Each of these three says 0 for "the one with this number".</summary>
    public ushort[] IsRep0 { get; }

    public ushort[] IsRep1 { get; }

    public ushort[] IsRep2 { get; }

    public ushort[] IsLongRep0 { get; }

    /// <summary>For each length (2, 3, 4, more) a tree of six bits.</summary>
    public ushort[][] Slots { get; }

    /// <summary>For each slot from 4 to 13 a tree of its lower bits.</summary>
    public ushort[][] Distances { get; }

    public ushort[] Align { get; }

    public ushort[][] Literals { get; }

    public LengthModel MatchLength { get; } = new();

    public LengthModel RepLength { get; } = new();

    public static ushort[] Halves(int count)
    {
        ushort[] all = new ushort[count];
        Array.Fill(all, RangeBits.Half);
        return all;
    }
}

/// <summary>The lengths of matches: 2 to 9, 10 to 17, 18 to 273.</summary>
internal sealed class LengthModel
{
    private readonly ushort[] _choices = LzmaModel.Halves(2);
    private readonly ushort[][] _low = Trees(8);
    private readonly ushort[][] _middle = Trees(8);
    private readonly ushort[] _high = LzmaModel.Halves(256);

    public int Decode(ref RangeBits bits, int positionState)
    {
        if (bits.Bit(ref _choices[0]) == 0)
        {
            return 2 + bits.Tree(_low[positionState], 3);
        }

        return bits.Bit(ref _choices[1]) == 0
            ? 10 + bits.Tree(_middle[positionState], 3)
            : 18 + bits.Tree(_high, 8);
    }

    private static ushort[][] Trees(int nodes)
        => [.. Enumerable.Range(0, LzmaModel.MaxPositionStates).Select(_ => LzmaModel.Halves(nodes))];
}
