namespace Coracle.Delta;

/// <summary>An entry of a base, and how the next one is told from it.</summary>
internal struct EntryReference
{
    public int Layer { get; private set; }

    public long Entry { get; private set; }

    /// <summary>The first one: layer 0, entry 0 is expected.</summary>
    public static EntryReference Start => new() { Entry = -1 };

    /// <param name="step">1 or -1: which neighbour is expected. 0: the same again.</param>
    public void Read(PlainStream numbers, int step, DeltaHeader header)
        => Move(numbers.ReadNumber(long.MaxValue), numbers, step, header);

    /// <param name="number">The first number of it, which has been read.</param>
    public void Move(long number, PlainStream numbers, int step, DeltaHeader header)
    {
        long code = number - 1;
        if (number > 0 && (code & 1) == 1)
        {
            Layer = (int)Math.Min(code >> 1, int.MaxValue);
            Entry = numbers.ReadNumber(DeltaFormat.MaxEntries);
        }
        else
        {
            Entry += step + (number == 0 ? 0 : Numbers.Unfold(code >> 1));
        }

        if (Layer >= header.Bases.Length || Entry < 0 || Entry >= DeltaFormat.MaxEntries)
        {
            throw numbers.Refused($"entry {Entry} of base {Layer}");
        }
    }

    public void Step(int step) => Entry += step;
}
