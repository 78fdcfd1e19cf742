using static Coracle.Lzma.LzmaModel;

namespace Coracle.Lzma;

internal enum SymbolKind
{
    Literal,
    Match,
    ShortRep,
    Rep0,
    Rep1,
    Rep2,
    Rep3,
}

/// <summary>What the next symbol's models depend on: the kinds of the last symbols, and the last four distances.</summary>
internal struct LzmaState
{
    public int Number;
    public int Rep0, Rep1, Rep2, Rep3;

    /// <summary>The state behind a symbol. Which kind it is, the last distances say: a distance that is among them is always written as that.</summary>
    /// <param name="length">0: a literal. 1: the byte at the last distance, if <paramref name="distance"/> is it.</param>
    public SymbolKind Apply(int length, int distance)
    {
        if (length < MinMatch)
        {
            bool isRep = length == 1 && distance == Rep0;
            Number = isRep ? AfterShortRep(Number) : AfterLiteral(Number);
            return isRep ? SymbolKind.ShortRep : SymbolKind.Literal;
        }

        SymbolKind kind = KindOf(distance);
        Number = kind == SymbolKind.Match ? AfterMatch(Number) : AfterRep(Number);
        if (kind == SymbolKind.Rep0)
        {
            return kind;
        }

        Rep3 = kind is SymbolKind.Match or SymbolKind.Rep3 ? Rep2 : Rep3;
        Rep2 = kind == SymbolKind.Rep1 ? Rep2 : Rep1;
        (Rep1, Rep0) = (Rep0, distance);
        return kind;
    }

    public readonly int Rep(int index) => index switch { 0 => Rep0, 1 => Rep1, 2 => Rep2, _ => Rep3 };

    private readonly SymbolKind KindOf(int distance)
        => distance == Rep0 ? SymbolKind.Rep0
            : distance == Rep1 ? SymbolKind.Rep1
            : distance == Rep2 ? SymbolKind.Rep2
            : distance == Rep3 ? SymbolKind.Rep3
            : SymbolKind.Match;
}
