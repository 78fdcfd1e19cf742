namespace Coracle.Tests.Delta.Second;

/// <summary>Headers from streams 1, 2 and 3, one after the other ("Stream 1").</summary>
internal sealed class HeaderMaking(SegmentStreams streams)
{
    private const int MaxLength = 65_536;
    private const int MaxNameLength = 65_535;
    private const int MaxPatches = 64;

    private readonly byte[]?[] _kept = new byte[3][];
    private readonly NamePrediction _names = new();
    private readonly TimePrediction _times = new(streams);
    private long _mask;
    private long _maskLeft;
    private long _templateWithReference;
    private long _templateWithout = 1;
    private byte[]? _before;
    private byte[] _nameBefore = [];
    private List<(long At, byte[] Bytes)> _lastPatches = [];

    [Flags]
    private enum Follows
    {
        Name = 1,
        Time = 2,
        Template = 4,
        Link = 8,
        Patch = 16,
        PatchAgain = 32,
        Fields = 64,
        Records = 128,
        Raw = 256,
    }

    public byte[] Next(BaseEntry? reference, long bodyLength)
    {
        RefusedException.Unless(reference == null || reference.Headers.Length <= MaxLength, "a reference whose headers are too long");
        HeaderValues? values = reference == null ? null : HeaderParts.ValuesOf(reference.Headers);
        Follows mask = ReadMask();
        byte[] made = mask == Follows.Raw ? ReadRaw() : MakeFrom(mask, reference, values, bodyLength);
        HeaderValues itself = HeaderParts.ValuesOf(made);
        _before = made;
        _nameBefore = itself.Name;
        _times.Remember(itself, values);
        return made;
    }

    private Follows ReadMask()
    {
        if (_maskLeft == 0)
        {
            _mask = streams.Numbers.Number(511);
            _maskLeft = streams.Numbers.Number(long.MaxValue - 1) + 1;
        }

        _maskLeft--;
        var mask = (Follows)_mask;
        RefusedException.Unless(mask == Follows.Raw || !mask.HasFlag(Follows.Raw), "raw headers and more");
        RefusedException.Unless(!mask.HasFlag(Follows.Patch | Follows.PatchAgain), "two patches");
        return mask;
    }

    private byte[] ReadRaw()
    {
        long blocks = streams.Numbers.Number(128);
        RefusedException.Unless(blocks >= 1, "no raw headers");
        byte[] raw = streams.Text.Take(512 * blocks).ToArray();
        (_kept[0], _kept[1], _kept[2]) = (raw, _kept[0], _kept[1]);
        return raw;
    }

    private byte[] MakeFrom(Follows mask, BaseEntry? reference, HeaderValues? values, long bodyLength)
    {
        ref long choice = ref reference == null ? ref _templateWithout : ref _templateWithReference;
        choice = mask.HasFlag(Follows.Template) ? streams.Numbers.Number(4) : choice;
        byte[]? template = choice switch
        {
            0 => reference?.Headers,
            1 => _before,
            _ => _kept[choice - 2],
        };
        HeaderParts? parts = HeaderParts.Parse(template);
        RefusedException.Unless(parts != null, "the template has no values");
        HeaderValues from = values ?? parts.Values;

        HeaderValues wanted = mask.HasFlag(Follows.Fields) ? ReadFields(from) : from;
        wanted = wanted with { Name = ReadName(mask.HasFlag(Follows.Name), values) };
        wanted = wanted with { Link = ReadLink(mask.HasFlag(Follows.Link), values != null, wanted) };
        (long seconds, long nanoseconds) = _times.Next(mask.HasFlag(Follows.Time), parts.Records?.Time != null, from);
        wanted = wanted with { Seconds = seconds, Nanoseconds = nanoseconds };
        var changes = new HeaderChanges(_times.KeepsZeros, ReadRecords(mask.HasFlag(Follows.Records)), ReadPatches(mask));
        byte[] made = HeaderWriting.Make(parts, wanted, bodyLength, changes);
        if (choice >= 2)
        {
            _kept[choice - 2] = made;
        }

        return made;
    }

    private HeaderValues ReadFields(HeaderValues values)
    {
        long bits = streams.Numbers.Number(15);
        long type = (bits & 1) != 0 ? streams.Numbers.Number(255) : values.Type;
        long mode = (bits & 2) != 0 ? streams.Numbers.Number() : values.Mode;
        long uid = (bits & 4) != 0 ? streams.Numbers.Number() : values.Uid;
        long gid = (bits & 8) != 0 ? streams.Numbers.Number() : values.Gid;
        return values with { Type = (byte)type, Mode = mode, Uid = uid, Gid = gid };
    }

    private byte[] ReadName(bool isSaid, HeaderValues? reference)
    {
        byte[] end = reference?.Name ?? _nameBefore;
        if (!isSaid)
        {
            byte[] predicted = reference == null ? _nameBefore : _names.Apply(reference.Name);
            RefusedException.Unless(predicted.Length <= MaxNameLength, "a name that is too long");
            return predicted;
        }

        int p = (int)streams.Numbers.Number(_nameBefore.Length);
        int s = (int)streams.Numbers.Number(end.Length);
        int t = (int)streams.Numbers.Number(MaxNameLength);
        RefusedException.Unless(p + s + t <= MaxNameLength, "a name that is too long");
        byte[] name = [.. _nameBefore[..p], .. streams.Text.Take(t), .. end[^s..]];
        if (reference != null)
        {
            _names.Learn(end, name, s);
        }

        return name;
    }

    private byte[] ReadLink(bool isSaid, bool hasReference, HeaderValues wanted)
        => isSaid ? streams.Text.Take(streams.Numbers.Number(MaxNameLength)).ToArray()
            : hasReference && wanted.Type == '1' ? _names.Apply(wanted.Link) : wanted.Link;

    private List<(long Index, byte[] Value)> ReadRecords(bool areSaid)
    {
        var records = new List<(long, byte[])>();
        long count = areSaid ? streams.Numbers.Number() : 0;
        RefusedException.Unless(count >= 1 || !areSaid, "no records");
        for (long i = 0, index = 0; i < count; i++, index++)
        {
            index += streams.Numbers.Number(int.MaxValue);
            records.Add((index, streams.Text.Take(streams.Numbers.Number()).ToArray()));
        }

        return records;
    }

    private List<(long At, byte[] Bytes)> ReadPatches(Follows mask)
    {
        if (mask.HasFlag(Follows.Patch))
        {
            ReadNewPatches();
        }

        return (mask & (Follows.Patch | Follows.PatchAgain)) != 0 ? _lastPatches : [];
    }

    private void ReadNewPatches()
    {
        long count = streams.Numbers.Number(MaxPatches);
        RefusedException.Unless(count >= 1, "a patch of nothing");
        _lastPatches = [];
        for (long i = 0, at = 0; i < count; i++)
        {
            at += streams.Numbers.Number(MaxLength);
            long length = streams.Numbers.Number(MaxLength);
            RefusedException.Unless(length >= 1, "a patch of nothing");
            _lastPatches.Add((at, streams.Text.Take(length).ToArray()));
            at += length;
        }
    }
}
