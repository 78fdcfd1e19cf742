namespace Coracle.Delta;

/// <summary>What decoder and encoder know alike at each entry of a segment, and what they expect of its headers for it.</summary>
internal sealed class HeaderState
{
    public const int ReferenceTemplate = 0, PreviousTemplate = 1, FirstKept = 2, TemplateCount = 5;

    private readonly HeaderBuffer[] _kept = [new(), new(), new()];
    private readonly HeaderView _keptView = new();
    private HeaderBuffer _previousBytes = new();
    private int _templateWith;
    private int _templateWithout = PreviousTemplate;

    public HeaderState() => Output = new HeaderBuffer();

    /// <summary>Where the headers of the next entry are made.</summary>
    public HeaderBuffer Output { get; private set; }

    /// <summary>The target entry before this one.</summary>
    public HeaderView Previous { get; } = new();

    public NameRules Rules { get; } = new();

    public HeaderPatch Patch { get; } = new();

    public int TimeMode { get; set; }

    public int TimeStyle { get; set; }

    /// <summary>How much younger the last entry was than its reference.</summary>
    public long TimeDifference { get; private set; }

    public void Reset()
    {
        Previous.Clear();
        Rules.Clear();
        Patch.Clear();
        foreach (HeaderBuffer kept in _kept)
        {
            kept.Clear();
        }

        (TimeMode, TimeStyle, TimeDifference) = (0, 0, 0);
        (_templateWith, _templateWithout) = (ReferenceTemplate, PreviousTemplate);
    }

    public int ExpectedTemplate(bool hasReference) => hasReference ? _templateWith : _templateWithout;

    /// <returns>Null where there is none, or none that has values.</returns>
    public HeaderView? Template(int number, HeaderView? reference)
    {
        HeaderView? template = number switch
        {
            ReferenceTemplate => reference,
            PreviousTemplate => Previous,
            _ => Kept(number),
        };
        return template is { HasValues: true } ? template : null;
    }

    /// <returns>False where the name that is expected is longer than names may be.</returns>
    public bool TryExpectName(HeaderView? reference, HeaderBuffer name)
    {
        if (reference is not null)
        {
            return Rules.TryApply(reference.Name, name);
        }

        name.Set(Previous.Name);
        return true;
    }

    /// <inheritdoc cref="TryExpectName"/>
    public bool TryExpectLink(HeaderView values, bool hasReference, byte type, HeaderBuffer link)
    {
        if (hasReference && type == (byte)'1')
        {
            return Rules.TryApply(values.Link, link);
        }

        link.Set(values.Link);
        return true;
    }

    /// <param name="values">The reference, or the template where there is none.</param>
    public (long Seconds, int Nanoseconds) ExpectTime(int mode, HeaderView values, HeaderView template)
    {
        long seconds = mode == 1 ? Previous.Seconds : mode == 2 ? unchecked(values.Seconds + TimeDifference) : values.Seconds;
        return (seconds, !template.HasTimeRecord ? 0 : mode == 0 ? values.Nanoseconds : Previous.Nanoseconds);
    }

    /// <summary>The headers in <see cref="Output"/> are complete.</summary>
    /// <param name="template">-1: they were raw.</param>
    /// <returns>They, good until the entry after the next.</returns>
    public ReadOnlyMemory<byte> Advance(HeaderView? reference, int template)
    {
        Keep(template);
        if (template >= 0)
        {
            _ = reference is not null ? _templateWith = template : _templateWithout = template;
        }

        (Output, _previousBytes) = (_previousBytes, Output);
        Previous.Parse(_previousBytes.Memory);
        TimeDifference = reference is null ? TimeDifference : unchecked(Previous.Seconds - reference.Seconds);
        return _previousBytes.Memory;
    }

    private void Keep(int template)
    {
        if (template >= FirstKept)
        {
            _kept[template - FirstKept].Set(Output.Span);
        }
        else if (template < 0)
        {
            (_kept[0], _kept[1], _kept[2]) = (_kept[2], _kept[0], _kept[1]);
            _kept[0].Set(Output.Span);
        }
    }

    private HeaderView Kept(int number)
    {
        _keptView.Parse(_kept[number - FirstKept].Memory);
        return _keptView;
    }
}
