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
        ArrayBufferWriter<byte> steps = streams[DeltaStream.Steps];
        if (add == _left)
        {
            steps.WriteNumber(0);
        }
        else
        {
            steps.WriteNumber(add + 1);
            steps.WriteNumber(literal);
        }

        if (add > 0)
        {
            Jump(steps, layer, entry, offset);
            _end = offset + add;
            _shift = offset - _at;
        }

        _at += add + literal;
        _left -= add + literal;
    }

    private void Jump(ArrayBufferWriter<byte> steps, int layer, long entry, long offset)
    {
        if (!_hasSource || layer != _layer || entry != _entry)
        {
            long source = layer != _layer ? 1 + ((long)layer << 1) + 1 : entry == _entry ? 0 : 1 + (Numbers.Fold(entry - _entry) << 1);
            steps.WriteNumber(2 + (source << 1) + 1);
            if (layer != _layer)
            {
                steps.WriteNumber(entry);
            }

            steps.WriteNumber(offset);
            (_hasSource, _layer, _entry) = (true, layer, entry);
            return;
        }

        long jump = offset - (_at + _shift);
        steps.WriteNumber(jump == 0 ? 0 : offset == _end ? 1 : 2 + (Numbers.Fold(jump) << 1));
    }
}
