namespace Coracle.Delta;

/// <summary>One way to be at the present byte: it comes from the pool at the target's offset plus <see cref="Shift"/>, or is new.</summary>
internal struct Alignment
{
    /// <summary>Of all the target up to here, in eighths of a bit.</summary>
    public long Cost;

    /// <summary>Of new bytes: that of the alignment before them, from where jumps are measured.</summary>
    public int Shift;

    /// <summary>Where in the target the file of the pool ends.</summary>
    public int Until;

    /// <summary>Where in the target it was entered.</summary>
    public int Start;

    /// <summary>The piece it was entered from, in <see cref="PatchPath"/>; -1 for none.</summary>
    public int Parent;

    /// <summary>Its own piece; -1 as long as nobody came from it.</summary>
    public int Piece;

    /// <summary>The byte before differs.</summary>
    public bool Missed;

    /// <summary>The last difference that is not zero, and the one before.</summary>
    public byte Difference, DifferenceBefore;
}
