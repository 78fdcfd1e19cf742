namespace Coracle.Delta;

/// <summary>What each entry of a target is made of; decided before the first byte is written.</summary>
internal sealed class TargetPlan
{
    public TargetPlan(IReadOnlyList<ILayerSource> bases, ILayerSource target, DeltaOptions options, CancellationToken cancellationToken)
    {
        (Bases, Target) = (bases, target);
        Table = new EntryTable(bases, cancellationToken);
        Entries = new EntryTable([target], cancellationToken);
        Pairing = new Pairing(Table, Entries);
        var pool = new PoolPlan(Table, Entries, Pairing, options);
        Pieces = pool.Pieces;
        foreach (PoolGroup group in pool.Groups)
        {
            group.Match(Table, bases, target, options.Threads, cancellationToken);
        }

        for (int i = 0; i < Pieces.Length; i++)
        {
            ChooseLike(i);
        }

        Outlook = new TimeOutlook(Entries.Seconds, ReferenceSeconds());
    }

    public IReadOnlyList<ILayerSource> Bases { get; }

    public ILayerSource Target { get; }

    public EntryTable Table { get; }

    public EntryTable Entries { get; }

    public Pairing Pairing { get; }

    /// <summary>The parts of each body that is not the same as an old one; else null.</summary>
    public List<TargetPiece>?[] Pieces { get; }

    public TimeOutlook Outlook { get; }

    public bool IsPatched(int entry)
    {
        bool isPatched = false;
        for (int i = 0; Pieces[entry] is { } pieces && i < pieces.Count; i++)
        {
            foreach (var step in pieces[i].Steps)
            {
                isPatched |= step.AddLength > 0;
            }
        }

        return isPatched;
    }

    /// <summary>For each layer, which of its entries a decoder reads.</summary>
    public bool[][] Reads()
    {
        bool[][] reads = new bool[Bases.Count][];
        for (int i = 0; i < reads.Length; i++)
        {
            reads[i] = new bool[Table.Starts[i + 1] - Table.Starts[i]];
        }

        for (int i = 0; i < Entries.Count; i++)
        {
            if (Pairing.Like[i] >= 0)
            {
                Mark(reads, Pairing.Like[i]);
            }

            for (int p = 0; Pieces[i] is { } pieces && p < pieces.Count; p++)
            {
                foreach (var step in pieces[p].Steps)
                {
                    if (step.AddLength > 0)
                    {
                        Mark(reads, pieces[p].Group!.At(step.PoolOffset).Number);
                    }
                }
            }
        }

        return reads;
    }

    private void Mark(bool[][] reads, int number)
    {
        int layer = Table.Layer(number);
        reads[layer][number - Table.Starts[layer]] = true;
    }

    /// <summary>What has no path in the bases is like the file that most of it comes from.</summary>
    private void ChooseLike(int entry)
    {
        if (Pieces[entry] is not { Count: > 0 } pieces || Pairing.Like[entry] >= 0)
        {
            return;
        }

        // The longest step names the file: counting all of each file's would take a table.
        int longest = 0;
        foreach (var step in pieces[0].Steps)
        {
            if (step.AddLength > longest)
            {
                longest = step.AddLength;
                Pairing.Like[entry] = pieces[0].Group!.At(step.PoolOffset).Number;
            }
        }
    }

    private long[] ReferenceSeconds()
    {
        long[] seconds = new long[Entries.Count];
        for (int i = 0; i < seconds.Length; i++)
        {
            seconds[i] = Pairing.Like[i] >= 0 ? Table.Seconds[Pairing.Like[i]] : i > 0 ? Entries.Seconds[i - 1] : 0;
        }

        return seconds;
    }
}
