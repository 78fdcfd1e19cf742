namespace Coracle.Lzma;

/// <summary>How a stream is packed. Only <see cref="DictionaryLength"/> has to be told to whoever unpacks it; the rest is in the stream.</summary>
public readonly struct Lzma2Options
{
    public const int MinDictionary = 4 * 1024;
    public const int MaxDictionary = 64 * 1024 * 1024;

    /// <param name="dictionaryLength">Bytes, from <see cref="MinDictionary"/> to <see cref="MaxDictionary"/>: how far back a match may reach.</param>
    /// <param name="literalContext">lc: so many of the highest bits of the byte before choose a literal's model.</param>
    /// <param name="literalPosition">lp: so many of the lowest bits of the position do, too; with lc at most 4.</param>
    /// <param name="position">pb: so many of the lowest bits of the position choose the models of all the rest; at most 4.</param>
    public Lzma2Options(int dictionaryLength, int literalContext = 3, int literalPosition = 0, int position = 2)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(dictionaryLength, MinDictionary);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(dictionaryLength, MaxDictionary);
        ArgumentOutOfRangeException.ThrowIfNegative(literalContext);
        ArgumentOutOfRangeException.ThrowIfNegative(literalPosition);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(literalContext + literalPosition, LzmaModel.MaxLiteralBits);
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)position, (uint)LzmaModel.MaxPositionBits);
        (DictionaryLength, LiteralContext, LiteralPosition, Position) = (dictionaryLength, literalContext, literalPosition, position);
        (NiceLength, Depth) = (LzmaModel.MaxMatch, 512);
    }

    public int DictionaryLength { get; }

    public int LiteralContext { get; }

    public int LiteralPosition { get; }

    public int Position { get; }

    /// <summary>
    /// Not as small as it gets: inside runs of one byte nothing is looked for. Where zeros are most of it, like between differences, that is most of the time.
    /// </summary>
    public bool PassesRuns { get; init; }

    /// <summary>A match of so many bytes is taken without looking for what is cheaper. At most (and if nothing is said) 273, the longest that there is.</summary>
    public int NiceLength { get; init; }

    /// <summary>How many earlier places are looked at for each position, at most: 512, if nothing is said. It bounds the time that degenerate bytes take.</summary>
    public int Depth { get; init; }

    internal byte Properties => (byte)((((Position * 5) + LiteralPosition) * 9) + LiteralContext);
}
