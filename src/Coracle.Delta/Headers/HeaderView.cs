namespace Coracle.Delta;

/// <summary>The parts of one entry's headers and the values that stand in them. One object for many headers; good as long as their bytes are.</summary>
internal sealed class HeaderView
{
    /// <summary>Nine million years: differences of such numbers, and differences of these, are far from any end.</summary>
    private const long MaxSeconds = (1L << 48) - 1;

    private readonly byte[] _joined = new byte[HeaderField.Prefix.Length + 1 + HeaderField.Name.Length];
    private ReadOnlyMemory<byte> _name;
    private ReadOnlyMemory<byte> _link;

    /// <summary>Nothing was parsed, or what was has no values: all of them are empty and 0, and no template can be made of it.</summary>
    public bool HasValues { get; private set; }

    public ReadOnlyMemory<byte> Bytes { get; private set; }

    /// <summary>Where the main block is.</summary>
    public int MainAt { get; private set; }

    /// <summary>Where the last unit of its kind begins; -1 without one.</summary>
    public int PaxAt { get; private set; }

    /// <inheritdoc cref="PaxAt"/>
    public int LongNameAt { get; private set; }

    /// <inheritdoc cref="PaxAt"/>
    public int LongLinkAt { get; private set; }

    public ReadOnlySpan<byte> Name => _name.Span;

    public ReadOnlySpan<byte> Link => _link.Span;

    public long Seconds { get; private set; }

    public int Nanoseconds { get; private set; }

    /// <summary>The time is that of a PAX record, which may have nanoseconds.</summary>
    public bool HasTimeRecord { get; private set; }

    public bool HasTimePoint { get; private set; }

    public bool HasNameRecord { get; private set; }

    public bool HasLinkRecord { get; private set; }

    public long Mode { get; private set; }

    public long Uid { get; private set; }

    public long Gid { get; private set; }

    public byte Type { get; private set; }

    public ReadOnlySpan<byte> Main => Bytes.Span.Slice(MainAt, DeltaFormat.BlockLength);

    public static bool IsFile(byte type) => type is (byte)'0' or 0 or (byte)'7';

    public void Clear()
    {
        Bytes = _name = _link = default;
        HasValues = HasTimeRecord = HasTimePoint = HasNameRecord = HasLinkRecord = false;
        (Seconds, Nanoseconds, Mode, Uid, Gid, Type) = (0, 0, 0, 0, 0, 0);
        (MainAt, PaxAt, LongNameAt, LongLinkAt) = (0, -1, -1, -1);
    }

    public void Parse(ReadOnlyMemory<byte> headers)
    {
        Clear();
        Bytes = headers;
        HasValues = headers.Length <= DeltaFormat.MaxHeadersLength && FindUnits() && ReadMain() && ReadRecords() && ReadLongNames();
        if (!HasValues)
        {
            Clear();
            Bytes = headers;
        }
    }

    /// <summary>The body of the unit that begins there, without its filling.</summary>
    public ReadOnlyMemory<byte> UnitBody(int at)
        => HeaderNumber.TryRead(Field(at, HeaderField.Size), out long length) ? Bytes.Slice(at + DeltaFormat.BlockLength, (int)length) : default;

    public static bool IsExtension(byte type) => type is (byte)'x' or (byte)'g' or (byte)'L' or (byte)'K';

    public static ReadOnlyMemory<byte> UpToNul(ReadOnlyMemory<byte> text)
    {
        int end = text.Span.IndexOf((byte)0);
        return end < 0 ? text : text[..end];
    }

    private ReadOnlySpan<byte> Field(int block, HeaderField field) => Bytes.Span.Slice(block + field.At, field.Length);

    private bool FindUnits()
    {
        ReadOnlySpan<byte> bytes = Bytes.Span;
        int at = 0;
        while (at + DeltaFormat.BlockLength <= bytes.Length)
        {
            byte type = bytes[at + HeaderField.TypeAt];
            if (!IsExtension(type))
            {
                MainAt = at;
                return true;
            }

            if (!HeaderNumber.TryRead(Field(at, HeaderField.Size), out long length) || length > bytes.Length)
            {
                return false;
            }

            PaxAt = type == (byte)'x' ? at : PaxAt;
            LongNameAt = type == (byte)'L' ? at : LongNameAt;
            LongLinkAt = type == (byte)'K' ? at : LongLinkAt;
            at += DeltaFormat.BlockLength + (int)length + DeltaFormat.Padding(length);
        }

        return false;
    }

    private bool ReadMain()
    {
        Type = Main[HeaderField.TypeAt];
        _link = UpToNul(Bytes.Slice(MainAt + HeaderField.Link.At, HeaderField.Link.Length));
        _name = UpToNul(Bytes.Slice(MainAt, HeaderField.Name.Length));
        ReadOnlyMemory<byte> prefix = UpToNul(Bytes.Slice(MainAt + HeaderField.Prefix.At, HeaderField.Prefix.Length));
        if (!prefix.IsEmpty && IsPosix(Main))
        {
            prefix.CopyTo(_joined);
            _joined[prefix.Length] = (byte)'/';
            _name.CopyTo(_joined.AsMemory(prefix.Length + 1));
            _name = _joined.AsMemory(0, prefix.Length + 1 + _name.Length);
        }

        bool isRead = HeaderNumber.TryRead(Field(MainAt, HeaderField.Mode), out long mode) & HeaderNumber.TryRead(Field(MainAt, HeaderField.Uid), out long uid)
            & HeaderNumber.TryRead(Field(MainAt, HeaderField.Gid), out long gid) & HeaderNumber.TryRead(Field(MainAt, HeaderField.Time), out long seconds);
        (Mode, Uid, Gid, Seconds) = (mode, uid, gid, seconds);
        return isRead && seconds <= MaxSeconds;
    }

    public static bool IsPosix(ReadOnlySpan<byte> block) => block[HeaderField.MagicAt..].StartsWith("ustar\0"u8);

    private bool ReadRecords()
    {
        if (PaxAt < 0)
        {
            return true;
        }

        ReadOnlyMemory<byte> body = UnitBody(PaxAt);
        var records = new PaxWalk(body.Span);
        while (records.MoveNext())
        {
            ReadOnlyMemory<byte> value = body.Slice(records.ValueAt, records.Value.Length);
            if (records.Key.SequenceEqual("path"u8) && !value.IsEmpty)
            {
                (_name, HasNameRecord) = (value, true);
            }
            else if (records.Key.SequenceEqual("linkpath"u8) && !value.IsEmpty)
            {
                (_link, HasLinkRecord) = (value, true);
            }
            else if (records.Key.SequenceEqual("mtime"u8) && PaxWalk.TryTime(value.Span, out long seconds, out int nanoseconds, out bool hasPoint))
            {
                (Seconds, Nanoseconds, HasTimeRecord, HasTimePoint) = (seconds, nanoseconds, true, hasPoint);
            }
        }

        return !records.IsBroken;
    }

    private bool ReadLongNames()
    {
        _name = LongNameAt >= 0 && UpToNul(UnitBody(LongNameAt)) is { IsEmpty: false } name ? name : _name;
        _link = LongLinkAt >= 0 && UpToNul(UnitBody(LongLinkAt)) is { IsEmpty: false } link ? link : _link;
        return true;
    }
}
