using System.Buffers;

namespace Coracle.Delta;

/// <summary>Writes the steps of one patched body after the other.</summary>
internal sealed class StepWriter(SegmentStreams streams)
{
    private int _layer;
    private long _entry;
    private bool _hasSource;
    private long _at;
    private long _shift;
    private long _end;
    private long _left;

    /// <param name="layer">-1: no reference.</param>
    public void Start(int layer, long entry, long length)
    {
        (_hasSource, _layer, _entry) = (layer >= 0, Math.Max(layer, 0), layer >= 0 ? entry : 0);
        (_at, _shift, _end, _left) = (0, 0, 0, length);
    }

    public void Step(long add, long literal, int layer, long entry, long offset)
    {
        if (add == _left)
        {
            streams[DeltaStream.Adds].WriteNumber(0);
        }
        else
        {
            streams[DeltaStream.Adds].WriteNumber(add + 1);
            streams[DeltaStream.Lengths].WriteNumber(literal);
        }

        if (add > 0)
        {
            Jump(streams[DeltaStream.Jumps], layer, entry, offset);
            _end = offset + add;
            _shift = offset - _at;
        }

        _at += add + literal;
        _left -= add + literal;
    }

    private void Jump(ArrayBufferWriter<byte> jumps, int layer, long entry, long offset)
    {
        if (!_hasSource || layer != _layer || entry != _entry)
        {
            long source = layer != _layer ? 1 + ((long)layer << 1) + 1 : entry == _entry ? 0 : 1 + (Numbers.Fold(entry - _entry) << 1);
            jumps.WriteNumber(2);
            jumps.WriteNumber(source);
            if (layer != _layer)
            {
                jumps.WriteNumber(entry);
            }

            jumps.WriteNumber(offset);
            (_hasSource, _layer, _entry) = (true, layer, entry);
            return;
        }

        long jump = offset - (_at + _shift);
        jumps.WriteNumber(jump == 0 ? 0 : offset == _end ? 1 : 2 + Numbers.Fold(jump));
    }
}
