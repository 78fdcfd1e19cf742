using System.Buffers.Binary;

namespace Coracle.Delta;

/// <summary>Makes the headers of one target entry after the other.</summary>
internal sealed class HeaderReader(SegmentReader segment)
{
    private const int MaxNanoseconds = 999_999_999;

    private readonly HeaderState _state = new();
    private readonly HeaderValues _values = new();
    private readonly RecordEdits _edits = new();
    private readonly HeaderTemplate _writer = new();
    private int _mask;
    private long _maskLeft;

    public void Reset()
    {
        _state.Reset();
        _maskLeft = 0;
    }

    /// <param name="reference">Null without one; its bytes need not live longer than this call.</param>
    /// <returns>Good until the entry after the next.</returns>
    public ReadOnlyMemory<byte> Read(HeaderView? reference, long bodyLength)
    {
        PlainStream numbers = segment[DeltaStream.Numbers];
        ReadMask(numbers);
        if (_mask == HeaderMask.Raw)
        {
            _state.Output.Clear();
            _ = _state.Output.TryGrow(DeltaFormat.BlockLength * (1 + ReadCount(numbers, DeltaFormat.MaxHeadersLength / DeltaFormat.BlockLength)), out Span<byte> raw);
            segment[DeltaStream.Text].Read(raw);
            return _state.Advance(reference, template: -1);
        }

        int number = Has(HeaderMask.Template) ? numbers.ReadNumber(HeaderState.TemplateCount - 1) : _state.ExpectedTemplate(reference is not null);
        HeaderView template = _state.Template(number, reference) ?? throw numbers.Refused($"there is no template {number}");
        _values.BodyLength = bodyLength;
        ReadValues(numbers, template, reference);
        ReadEdits(numbers);
        Make(numbers, template);
        return _state.Advance(reference, number);
    }

    private bool Has(int bit) => (_mask & bit) != 0;

    private void ReadMask(PlainStream numbers)
    {
        if (_maskLeft == 0)
        {
            _mask = numbers.ReadNumber(HeaderMask.All);
            _maskLeft = numbers.ReadNumber(long.MaxValue - 1) + 1;
        }

        _maskLeft--;
        if ((Has(HeaderMask.Raw) && _mask != HeaderMask.Raw) || (Has(HeaderMask.Patch) && Has(HeaderMask.PatchAgain)))
        {
            throw numbers.Refused($"a mask of {_mask}");
        }
    }

    /// <summary>A count of at least 1, less 1.</summary>
    private static int ReadCount(PlainStream numbers, int most)
        => numbers.ReadNumber(most) - 1 is var count and >= 0 ? count : throw numbers.Refused("a count of 0");

    private void ReadValues(PlainStream numbers, HeaderView template, HeaderView? reference)
    {
        HeaderView values = reference ?? template;
        _values.TakeNumbers(values);
        if (Has(HeaderMask.Fields))
        {
            ReadFields(numbers);
        }

        bool isExpected = Has(HeaderMask.Name) ? ReadName(numbers, reference) : _state.TryExpectName(reference, _values.Name);
        isExpected &= Has(HeaderMask.Link) ? ReadText(_values.Link, numbers.ReadNumber(DeltaFormat.MaxNameLength))
            : _state.TryExpectLink(values, reference is not null, _values.Type, _values.Link);
        if (!isExpected)
        {
            throw numbers.Refused("a name is too long");
        }

        ReadTime(numbers, template, values);
    }

    private void ReadFields(PlainStream numbers)
    {
        int fields = numbers.ReadNumber(HeaderMask.AllFields);
        _values.Type = (fields & HeaderMask.TypeField) != 0 ? (byte)numbers.ReadNumber(byte.MaxValue) : _values.Type;
        _values.Mode = (fields & HeaderMask.ModeField) != 0 ? numbers.ReadNumber(long.MaxValue) : _values.Mode;
        _values.Uid = (fields & HeaderMask.UidField) != 0 ? numbers.ReadNumber(long.MaxValue) : _values.Uid;
        _values.Gid = (fields & HeaderMask.GidField) != 0 ? numbers.ReadNumber(long.MaxValue) : _values.Gid;
    }

    private bool ReadName(PlainStream numbers, HeaderView? reference)
    {
        ReadOnlySpan<byte> previous = _state.Previous.Name;
        ReadOnlySpan<byte> old = reference is null ? previous : reference.Name;
        int prefix = numbers.ReadNumber(previous.Length);
        int suffix = numbers.ReadNumber(old.Length);
        int length = numbers.ReadNumber(DeltaFormat.MaxNameLength);
        HeaderBuffer name = _values.Name;
        name.Set(previous[..prefix]);
        if (!ReadMore(name, length) || !name.TryAppend(old[^suffix..]) || name.Length > DeltaFormat.MaxNameLength)
        {
            return false;
        }

        if (reference is not null)
        {
            _state.Rules.Learn(reference.Name, name.Span, suffix);
        }

        return true;
    }

    private bool ReadText(HeaderBuffer text, int length)
    {
        text.Clear();
        return ReadMore(text, length);
    }

    private bool ReadMore(HeaderBuffer text, int length)
    {
        if (!text.TryGrow(length, out Span<byte> place))
        {
            return false;
        }

        segment[DeltaStream.Text].Read(place);
        return true;
    }

    private void ReadTime(PlainStream numbers, HeaderView template, HeaderView values)
    {
        if (!Has(HeaderMask.Time))
        {
            (_values.Seconds, _values.Nanoseconds) = _state.ExpectTime(_state.TimeMode, values, template);
            _values.TimeStyle = _state.TimeStyle;
            return;
        }

        long code = numbers.ReadNumber(long.MaxValue);
        _state.TimeMode = (int)(code & 3) is var mode and < 3 ? mode : throw numbers.Refused("a time of a kind that is not there");
        _values.TimeStyle = _state.TimeStyle = (int)(code >> 2) & 1;
        _values.Seconds = unchecked(_state.ExpectTime(_state.TimeMode, values, template).Seconds + Numbers.Unfold(code >> 3));
        _values.Nanoseconds = template.HasTimeRecord ? ReadNanoseconds() : 0;
    }

    private int ReadNanoseconds()
    {
        Span<byte> bytes = stackalloc byte[sizeof(uint)];
        segment[DeltaStream.Times].Read(bytes);
        uint value = BinaryPrimitives.ReadUInt32LittleEndian(bytes);
        return value <= MaxNanoseconds ? (int)value : throw segment[DeltaStream.Times].Refused("a second has 10^9 nanoseconds");
    }

    private void ReadEdits(PlainStream numbers)
    {
        _edits.Clear();
        int count = Has(HeaderMask.Records) ? 1 + ReadCount(numbers, DeltaFormat.MaxHeadersLength) : 0;
        int next = 0;
        for (int i = 0; i < count; i++)
        {
            next += numbers.ReadNumber(DeltaFormat.MaxHeadersLength);
            int length = numbers.ReadNumber(DeltaFormat.MaxHeadersLength);
            _edits.Add(next++, length);
            if (next > DeltaFormat.MaxHeadersLength || !ReadMore(_edits.Text, length))
            {
                throw numbers.Refused("records are too long");
            }
        }
    }

    private void Make(PlainStream numbers, HeaderView template)
    {
        bool isMade = _writer.TryWrite(template, _values, _edits, _state.Output);
        if (Has(HeaderMask.Patch))
        {
            ReadPatch(numbers);
        }

        isMade = isMade && (!(Has(HeaderMask.Patch) || Has(HeaderMask.PatchAgain)) || _state.Patch.TryApply(_state.Output.Span))
            && HeaderTemplate.TryWriteChecksums(_state.Output.Span);
        if (!isMade)
        {
            throw numbers.Refused("headers that cannot be made");
        }
    }

    private void ReadPatch(PlainStream numbers)
    {
        _state.Patch.Clear();
        int count = 1 + ReadCount(numbers, HeaderMask.MaxPatchPlaces);
        for (int i = 0; i < count; i++)
        {
            int gap = numbers.ReadNumber(DeltaFormat.MaxHeadersLength);
            int length = 1 + ReadCount(numbers, DeltaFormat.MaxHeadersLength);
            if (!_state.Patch.TryAdd(gap, length) || !ReadMore(_state.Patch.Text, length))
            {
                throw numbers.Refused("a patch that is too long");
            }
        }
    }
}
