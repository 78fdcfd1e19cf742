namespace Coracle.Delta;

/// <summary>As many old files as memory allows to look through at a time, and the new ones that are looked for among them.</summary>
internal sealed class PoolGroup
{
    private int[] _starts = [];

    public List<PoolPiece> Pool { get; } = [];

    public List<TargetPiece> Targets { get; } = [];

    public int Length { get; private set; }

    public void Add(PoolPiece piece)
    {
        piece.Start = Length;
        Length += piece.Length;
        Pool.Add(piece);
    }

    /// <summary>Finds out how its targets are made of its pool.</summary>
    public void Match(EntryTable table, IReadOnlyList<ILayerSource> bases, ILayerSource target, int threads, CancellationToken cancellationToken)
    {
        if (Targets.Count == 0)
        {
            return;
        }

        byte[] bytes = new byte[Length];
        _starts = new int[Pool.Count];
        for (int i = 0; i < _starts.Length; i++)
        {
            PoolPiece piece = Pool[i];
            _starts[i] = piece.Start;
            int layer = table.Layer(piece.Number);
            Bodies.ReadExactly(bases[layer], piece.Number - table.Starts[layer], piece.Offset, bytes.AsSpan(piece.Start, piece.Length));
        }

        var pool = new MatchPool(bytes, _starts);
        var reading = new Lock();
        Workers.Run(Targets.Count, threads, () => pool, (_, i) => MatchOne(pool, Targets[i], target, reading), cancellationToken);
    }

    /// <summary>The file that has this byte of the pool.</summary>
    public PoolPiece At(long poolOffset)
    {
        int place = Array.BinarySearch(_starts, (int)poolOffset);
        return Pool[place < 0 ? ~place - 1 : place];
    }

    private void MatchOne(MatchPool pool, TargetPiece piece, ILayerSource target, Lock reading)
    {
        byte[] body = new byte[piece.Length];
        lock (reading)
        {
            Bodies.ReadExactly(target, piece.Entry, piece.Offset, body);
        }

        piece.Steps = Length == 0 ? [new PatchStep(0, 0, body.Length)] : pool.Match(body, piece.Likely?.Start ?? -1);
        piece.Group = this;
    }
}
