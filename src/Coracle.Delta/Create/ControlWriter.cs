using System.Buffers;

namespace Coracle.Delta;

/// <summary>Writes operations. Runs grow until something else is written.</summary>
internal sealed class ControlWriter(SegmentStreams streams)
{
    private int _layer;
    private long _entry;
    private int _direction;
    private long _runFirst;
    private long _runCount;
    private int _runStep;
    private int _runLayer;

    private ArrayBufferWriter<byte> Control => streams[DeltaStream.Control];

    public void Reset() => (_layer, _entry, _direction, _runCount) = (0, -1, 1, 0);

    /// <summary>One entry whose body is a base entry's.</summary>
    public void Copy(int layer, long entry)
    {
        if (_runCount > 0 && layer == _runLayer)
        {
            long step = entry - (_runFirst + (_runStep * (_runCount - 1)));
            if (step is 1 or -1 && (_runCount == 1 || step == _runStep))
            {
                (_runStep, _runCount) = ((int)step, _runCount + 1);
                return;
            }
        }

        Flush();
        (_runLayer, _runFirst, _runCount, _runStep) = (layer, entry, 1, 0);
    }

    /// <summary>Before the segment's streams are taken.</summary>
    public void Flush()
    {
        if (_runCount == 0)
        {
            return;
        }

        // A run of one goes on in the direction that says where it begins.
        _direction = _runStep != 0 ? _runStep : _runLayer == _layer && _runFirst == _entry - _direction ? -_direction : _direction;
        Operation(_direction > 0 ? OperationKind.RunForward : OperationKind.RunBackward, _runCount - 1);
        Reference(_runLayer, _runFirst);
        _entry = _runFirst + (_direction * (_runCount - 1));
        _runCount = 0;
    }

    /// <param name="length">Of a literal or patched body; else not looked at.</param>
    /// <param name="layer">-1: no reference.</param>
    public void Body(OperationKind kind, int form, long length, int layer, long entry, long sourceLength)
    {
        Flush();
        Operation(kind, form | (layer >= 0 ? BodyForm.HasReference : 0));
        if (layer >= 0)
        {
            Reference(layer, entry);
        }

        if ((form & BodyForm.BodyMask) is BodyForm.Literal)
        {
            Control.WriteNumber(length);
        }
        else if ((form & BodyForm.BodyMask) is BodyForm.Patched)
        {
            Control.WriteNumber(layer >= 0 ? Numbers.Fold(length - sourceLength) : length);
        }
    }

    public void Raw(ReadOnlySpan<byte> bytes)
    {
        if (!bytes.IsEmpty)
        {
            Flush();
            Operation(OperationKind.Raw, bytes.Length - 1);
            streams[DeltaStream.Text].Write(bytes);
        }
    }

    public void Zeros(long count)
    {
        if (count > 0)
        {
            Flush();
            Operation(OperationKind.Zeros, count - 1);
        }
    }

    private void Operation(OperationKind kind, long more) => Control.WriteNumber((more << 3) | (long)kind);

    private void Reference(int layer, long entry)
    {
        if (layer != _layer)
        {
            Control.WriteNumber(1 + ((long)layer << 1) + 1);
            Control.WriteNumber(entry);
        }
        else
        {
            long jump = entry - (_entry + _direction);
            Control.WriteNumber(jump == 0 ? 0 : 1 + (Numbers.Fold(jump) << 1));
        }

        (_layer, _entry) = (layer, entry);
    }
}
