namespace Coracle.Delta;

/// <summary>The ways through the trellis that may still be chosen, as pieces that know the piece before them; and the steps already decided.</summary>
internal sealed class PatchPath(MatchPool owner)
{
    /// <summary>No alignment: new bytes.</summary>
    public const int NewBytes = int.MinValue;

    private const int MaxPieces = 1 << 16;

    private Piece[] _pieces = new Piece[256];
    private PatchStep[] _steps = new PatchStep[16];
    private int _pieceCount;
    private int _stepCount;
    private long _poolAt;

    public bool IsFull => _pieceCount > MaxPieces - 64;

    public int Add(int start, int shift, int parent)
    {
        if (_pieceCount == _pieces.Length)
        {
            Array.Resize(ref _pieces, 2 * _pieceCount);
        }

        _pieces[_pieceCount] = new Piece { Start = start, Shift = shift, Parent = parent };
        return _pieceCount++;
    }

    /// <summary>Makes steps of the way that ends with this piece at this place of the target, and forgets all others.</summary>
    public void Settle(int last, int end)
    {
        int next = -1;
        for (int piece = last; piece >= 0;)
        {
            (int before, _pieces[piece].Parent) = (_pieces[piece].Parent, next);
            (next, piece) = (piece, before);
        }

        for (int piece = next; piece >= 0; piece = _pieces[piece].Parent)
        {
            int until = _pieces[piece].Parent is >= 0 and int follower ? _pieces[follower].Start : end;
            Append(_pieces[piece].Start, _pieces[piece].Shift, until - _pieces[piece].Start);
        }

        _pieceCount = 0;
    }

    public PatchStep[] ToSteps() => _steps.AsSpan(0, _stepCount).ToArray();

    private void Append(int start, int shift, int length)
    {
        if (length == 0)
        {
            return;
        }

        PatchStep last = _stepCount > 0 ? _steps[_stepCount - 1] : default;
        if (shift == NewBytes)
        {
            if (_stepCount > 0)
            {
                _steps[_stepCount - 1] = new PatchStep(last.PoolOffset, last.AddLength, last.LiteralLength + length);
            }
            else
            {
                Append(new PatchStep(_poolAt, 0, length));
            }

            return;
        }

        long from = (long)start + shift;
        if (last.AddLength > 0 && last.LiteralLength == 0 && from == _poolAt && owner.FileAt((int)from).Start < from)
        {
            _steps[_stepCount - 1] = new PatchStep(last.PoolOffset, last.AddLength + length, 0);
        }
        else
        {
            Append(new PatchStep(from, length, 0));
        }

        _poolAt = from + length;
    }

    private void Append(PatchStep step)
    {
        if (_stepCount == _steps.Length)
        {
            Array.Resize(ref _steps, 2 * _stepCount);
        }

        _steps[_stepCount++] = step;
    }

    private struct Piece
    {
        public int Start;
        public int Shift;
        public int Parent;
    }
}
