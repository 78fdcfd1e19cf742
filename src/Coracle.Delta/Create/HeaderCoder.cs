using System.Buffers;
using System.Buffers.Binary;

namespace Coracle.Delta;

/// <summary>Says how the headers of each target entry are made from others, in as few bytes as it can; whatever it does not get exactly right so, it gives as it is.</summary>
internal sealed class HeaderCoder(SegmentStreams streams, TimeOutlook outlook)
{
    private readonly HeaderState _state = new();
    private readonly HeaderValues _values = new();
    private readonly HeaderValues _expected = new();
    private readonly HeaderTemplate _writer = new();
    private readonly RecordEdits _edits = new();
    private readonly HeaderPatch _patch = new();
    private readonly HeaderBuffer _plain = new();
    private readonly HeaderView _target = new();
    private readonly ArrayBufferWriter<byte> _pending = new();
    private int _mask = -1;
    private long _maskCount;

    public void Reset()
    {
        _state.Reset();
        (_mask, _maskCount) = (-1, 0);
        _pending.ResetWrittenCount();
    }

    /// <summary>Before the segment's streams are taken.</summary>
    public void Flush()
    {
        if (_maskCount > 0)
        {
            ArrayBufferWriter<byte> numbers = streams[DeltaStream.Numbers];
            numbers.WriteNumber(_mask);
            numbers.WriteNumber(_maskCount - 1);
            numbers.Write(_pending.WrittenSpan);
            _pending.ResetWrittenCount();
            _maskCount = 0;
        }
    }

    /// <param name="entry">Its number in the target.</param>
    /// <param name="headers">At most <see cref="DeltaFormat.MaxHeadersLength"/>; of the reference too.</param>
    public void Write(int entry, ReadOnlyMemory<byte> headers, HeaderView? reference, long bodyLength)
    {
        _target.Parse(headers);
        int template = _target.HasValues ? BestTemplate(reference, bodyLength) : -1;
        if (template < 0)
        {
            WriteRaw(headers.Span);
        }
        else
        {
            WriteMade(entry, template, reference, bodyLength);
        }

        _ = _state.Advance(reference, template);
    }

    private void WriteRaw(ReadOnlySpan<byte> headers)
    {
        StartEntry(HeaderMask.Raw);
        _pending.WriteNumber(headers.Length / DeltaFormat.BlockLength);
        streams[DeltaStream.Text].Write(headers);
        _state.Output.Set(headers);
    }

    private void StartEntry(int mask)
    {
        if (mask != _mask)
        {
            Flush();
            _mask = mask;
        }

        _maskCount++;
    }

    /// <returns>The template with which least is to be said; -1 where raw bytes are less.</returns>
    private int BestTemplate(HeaderView? reference, long bodyLength)
    {
        int expected = _state.ExpectedTemplate(reference is not null);
        int best = -1;
        int leastPatched = int.MaxValue;
        for (int i = -1; i < HeaderState.TemplateCount && leastPatched > 0; i++)
        {
            int number = i < 0 ? expected : i;
            if ((i != expected) && _state.Template(number, reference) is { } template
                && TryMake(template, bodyLength, out int patched) && patched < leastPatched && patched < _target.Bytes.Length / 4)
            {
                (best, leastPatched) = (number, patched);
            }
        }

        return best;
    }

    /// <summary>Makes the target's headers of a template, with all its values known.</summary>
    /// <param name="patched">Bytes that a patch costs, about.</param>
    private bool TryMake(HeaderView template, long bodyLength, out int patched)
    {
        patched = 0;
        _values.TakeNumbers(_target);
        _values.Name.Set(_target.Name);
        _values.Link.Set(_target.Link);
        _values.BodyLength = bodyLength;
        _values.TimeStyle = TimeStyle();
        if (_target.Nanoseconds != 0 && !template.HasTimeRecord)
        {
            return false;
        }

        if (!TryEditRecords(template) || !_writer.TryWrite(template, _values, _edits, _plain) || _plain.Length != _target.Bytes.Length)
        {
            return false;
        }

        _state.Output.Set(_plain.Span);
        if (HeaderTemplate.TryWriteChecksums(_state.Output.Span) && _state.Output.Span.SequenceEqual(_target.Bytes.Span))
        {
            _patch.Clear();
            return true;
        }

        patched = FindPatch();
        return patched > 0;
    }

    /// <summary>Which style the target's time was written in, where it shows.</summary>
    private int TimeStyle()
        => !_target.HasTimeRecord || _target.Nanoseconds % 10 != 0 ? _state.TimeStyle : _target.HasTimePoint && EndsInZero() ? 1 : 0;

    private bool EndsInZero()
    {
        var records = new PaxWalk(_target.UnitBody(_target.PaxAt).Span);
        bool endsInZero = false;
        while (records.MoveNext())
        {
            endsInZero |= records.Key.SequenceEqual("mtime"u8) && records.Value.EndsWith("0"u8);
        }

        return endsInZero;
    }

    /// <returns>False where the records of both have not the same keys in the same order.</returns>
    private bool TryEditRecords(HeaderView template)
    {
        _edits.Clear();
        if (template.PaxAt < 0 || _target.PaxAt < 0)
        {
            return template.PaxAt < 0 == _target.PaxAt < 0;
        }

        var old = new PaxWalk(template.UnitBody(template.PaxAt).Span);
        var wanted = new PaxWalk(_target.UnitBody(_target.PaxAt).Span);
        for (int record = 0; wanted.MoveNext(); record++)
        {
            if (!old.MoveNext() || !old.Key.SequenceEqual(wanted.Key))
            {
                return false;
            }

            if (!old.Value.SequenceEqual(wanted.Value) && !IsMade(wanted.Key))
            {
                _edits.Add(record, wanted.Value.Length);
                _ = _edits.Text.TryAppend(wanted.Value);
            }
        }

        return !old.MoveNext();
    }

    private bool IsMade(ReadOnlySpan<byte> key)
        => key.SequenceEqual("path"u8) || key.SequenceEqual("linkpath"u8) || (key.SequenceEqual("mtime"u8) && _target.HasTimeRecord)
            || (key.SequenceEqual("size"u8) && HeaderView.IsFile(_target.Type));

    /// <returns>What it costs, about; 0 where a patch does not help.</returns>
    private int FindPatch()
    {
        ReadOnlySpan<byte> wanted = _target.Bytes.Span;
        ReadOnlySpan<byte> made = _plain.Span;
        _patch.Clear();
        int end = 0;
        for (int at = NextOther(made, wanted, 0); at < wanted.Length;)
        {
            int placeEnd = at + 1;
            int next = NextOther(made, wanted, placeEnd);
            while (next < wanted.Length && next - placeEnd < 4)
            {
                placeEnd = next + 1;
                next = NextOther(made, wanted, placeEnd);
            }

            if (!_patch.TryAdd(at - end, placeEnd - at))
            {
                return 0;
            }

            _ = _patch.Text.TryAppend(wanted[at..placeEnd]);
            (at, end) = (next, placeEnd);
        }

        _state.Output.Set(made);
        bool helps = _patch.Count > 0 && _patch.TryApply(_state.Output.Span) && HeaderTemplate.TryWriteChecksums(_state.Output.Span)
            && _state.Output.Span.SequenceEqual(wanted);
        return !helps ? 0 : _patch.Equals(_state.Patch) ? 1 : _patch.Text.Length + (2 * _patch.Count);
    }

    /// <summary>The next byte that is another one; checksums, which are counted anew, are never.</summary>
    private static int NextOther(ReadOnlySpan<byte> made, ReadOnlySpan<byte> wanted, int at)
    {
        while (at < wanted.Length)
        {
            at += made[at..].CommonPrefixLength(wanted[at..]);
            if (at % DeltaFormat.BlockLength is < 148 or >= 156)
            {
                break;
            }

            at++;
        }

        return at;
    }

    private void WriteMade(int entry, int number, HeaderView? reference, long bodyLength)
    {
        HeaderView template = _state.Template(number, reference)!;
        _ = TryMake(template, bodyLength, out int patched);
        HeaderView values = reference ?? template;
        int fields = (_target.Type != values.Type ? HeaderMask.TypeField : 0) | (_target.Mode != values.Mode ? HeaderMask.ModeField : 0)
            | (_target.Uid != values.Uid ? HeaderMask.UidField : 0) | (_target.Gid != values.Gid ? HeaderMask.GidField : 0);
        bool isNamed = _state.TryExpectName(reference, _expected.Name) && _expected.Name.Span.SequenceEqual(_target.Name);
        // Rules that a new name brings count for its link already.
        int mask = (number != _state.ExpectedTemplate(reference is not null) ? HeaderMask.Template : 0) | (isNamed ? 0 : HeaderMask.Name)
            | (fields != 0 ? HeaderMask.Fields : 0) | (_edits.Count > 0 ? HeaderMask.Records : 0)
            | (patched == 0 ? 0 : _patch.Equals(_state.Patch) ? HeaderMask.PatchAgain : HeaderMask.Patch);
        int prefix = 0;
        int suffix = 0;
        if (!isNamed)
        {
            LearnName(reference, out prefix, out suffix);
        }

        bool isLinked = _state.TryExpectLink(values, reference is not null, _target.Type, _expected.Link) && _expected.Link.Span.SequenceEqual(_target.Link);
        bool isTimed = _state.ExpectTime(_state.TimeMode, values, template) == (_target.Seconds, _target.Nanoseconds) && _values.TimeStyle == _state.TimeStyle;
        mask |= (isLinked ? 0 : HeaderMask.Link) | (isTimed ? 0 : HeaderMask.Time);
        StartEntry(mask);
        WriteTemplate(mask, number, fields);
        WriteNames(mask, prefix, suffix);
        if (!isTimed)
        {
            WriteTime(entry, template, values);
        }

        WriteEdits();
        WritePatch(mask);
    }

    private void LearnName(HeaderView? reference, out int prefix, out int suffix)
    {
        ReadOnlySpan<byte> name = _target.Name;
        ReadOnlySpan<byte> previous = _state.Previous.Name;
        ReadOnlySpan<byte> old = reference is null ? previous : reference.Name;
        suffix = 0;
        while (suffix < name.Length && suffix < old.Length && name[^(suffix + 1)] == old[^(suffix + 1)])
        {
            suffix++;
        }

        prefix = Math.Min(name.CommonPrefixLength(previous), name.Length - suffix);
        if (reference is not null)
        {
            _state.Rules.Learn(old, name, suffix);
        }
    }

    private void WriteTemplate(int mask, int number, int fields)
    {
        if ((mask & HeaderMask.Template) != 0)
        {
            _pending.WriteNumber(number);
        }

        if (fields == 0)
        {
            return;
        }

        _pending.WriteNumber(fields);
        WriteField(fields & HeaderMask.TypeField, _target.Type);
        WriteField(fields & HeaderMask.ModeField, _target.Mode);
        WriteField(fields & HeaderMask.UidField, _target.Uid);
        WriteField(fields & HeaderMask.GidField, _target.Gid);
    }

    private void WriteField(int isSet, long value)
    {
        if (isSet != 0)
        {
            _pending.WriteNumber(value);
        }
    }

    private void WriteNames(int mask, int prefix, int suffix)
    {
        ArrayBufferWriter<byte> text = streams[DeltaStream.Text];
        if ((mask & HeaderMask.Name) != 0)
        {
            ReadOnlySpan<byte> name = _target.Name[prefix..^suffix];
            _pending.WriteNumber(prefix);
            _pending.WriteNumber(suffix);
            _pending.WriteNumber(name.Length);
            text.Write(name);
        }

        if ((mask & HeaderMask.Link) != 0)
        {
            _pending.WriteNumber(_target.Link.Length);
            text.Write(_target.Link);
        }
    }

    private void WriteTime(int entry, HeaderView template, HeaderView values)
    {
        int mode = outlook.Best(entry);
        long difference = _target.Seconds - _state.ExpectTime(mode, values, template).Seconds;
        (_state.TimeMode, _state.TimeStyle) = (mode, _values.TimeStyle);
        _pending.WriteNumber((Numbers.Fold(difference) << 3) + (_values.TimeStyle << 2) + mode);
        if (template.HasTimeRecord)
        {
            BinaryPrimitives.WriteInt32LittleEndian(streams[DeltaStream.Times].GetSpan(sizeof(int)), _target.Nanoseconds);
            streams[DeltaStream.Times].Advance(sizeof(int));
        }
    }

    private void WriteEdits()
    {
        if (_edits.Count == 0)
        {
            return;
        }

        _pending.WriteNumber(_edits.Count);
        int next = 0;
        for (int i = 0; i < _edits.Count; i++)
        {
            _pending.WriteNumber(_edits.Record(i) - next);
            _pending.WriteNumber(_edits.Length(i));
            next = _edits.Record(i) + 1;
        }

        streams[DeltaStream.Text].Write(_edits.Text.Span);
    }

    private void WritePatch(int mask)
    {
        if ((mask & HeaderMask.Patch) == 0)
        {
            return;
        }

        _state.Patch.Take(_patch);
        _pending.WriteNumber(_patch.Count);
        for (int i = 0; i < _patch.Count; i++)
        {
            _pending.WriteNumber(_patch.Gap(i));
            _pending.WriteNumber(_patch.Length(i));
        }

        streams[DeltaStream.Text].Write(_patch.Text.Span);
    }
}
