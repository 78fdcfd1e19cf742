namespace Coracle.Tests.Delta.Second;

/// <summary>An extended header: its block and its body, without what fills that up.</summary>
internal sealed class HeaderUnit(byte[] block, byte[] body)
{
    public byte[] Block => block;

    public byte[] Body { get; set; } = body;

    public int LengthAtFirst { get; } = body.Length;

    public bool Is(char type) => block[156] == type;
}

/// <summary>A header in its parts ("Parts and values").</summary>
internal sealed class HeaderParts
{
    private const long MaxSeconds = 1L << 48;

    private HeaderParts(List<HeaderUnit> units, byte[] main, byte[] rest)
    {
        Units = units;
        Main = main;
        Rest = rest;
    }

    public List<HeaderUnit> Units { get; }

    public byte[] Main { get; }

    /// <summary>What stands behind the main block.</summary>
    public byte[] Rest { get; }

    /// <summary>Of the last <c>x</c> unit; null without one.</summary>
    public PaxRecords? Records { get; private set; }

    public HeaderValues Values { get; private set; } = HeaderValues.None;

    /// <summary>Whether a record that is not empty holds the name, as the header was read.</summary>
    public bool HasNameRecord { get; private set; }

    /// <inheritdoc cref="HasNameRecord"/>
    public bool HasLinkRecord { get; private set; }

    public HeaderUnit? Last(char type) => Units.FindLast(unit => unit.Is(type));

    public bool IsUstar => Main.AsSpan(257, 6).SequenceEqual("ustar\0"u8);

    public static HeaderValues ValuesOf(ReadOnlySpan<byte> header) => Parse(header)?.Values ?? HeaderValues.None;

    /// <returns>Null if the header has no values.</returns>
    public static HeaderParts? Parse(ReadOnlySpan<byte> header)
    {
        var units = new List<HeaderUnit>();
        while (header.Length >= 512)
        {
            byte[] block = header[..512].ToArray();
            header = header[512..];
            if (block[156] is not ((byte)'x' or (byte)'g' or (byte)'L' or (byte)'K'))
            {
                var parts = new HeaderParts(units, block, header.ToArray());
                return parts.ReadRecords() && parts.ReadValues() ? parts : null;
            }

            if (NumberField.Read(block.AsSpan(124, 12)) is not { } size || size > header.Length)
            {
                return null;
            }

            units.Add(new HeaderUnit(block, header[..(int)size].ToArray()));
            int filled = ((int)size + 511) & ~511;
            if (filled > header.Length)
            {
                return null;
            }

            header = header[filled..];
        }

        return null;
    }

    public static ReadOnlySpan<byte> UpToNul(ReadOnlySpan<byte> field) => field.IndexOf((byte)0) is >= 0 and int end ? field[..end] : field;

    private bool ReadRecords()
    {
        if (Last('x') is { } unit)
        {
            Records = PaxRecords.Parse(unit.Body);
            HasNameRecord = Records?.Last("path"u8) != null;
            HasLinkRecord = Records?.Last("linkpath"u8) != null;
            return Records != null;
        }

        return true;
    }

    private bool ReadValues()
    {
        if (NumberField.Read(Main.AsSpan(100, 8)) is not { } mode || NumberField.Read(Main.AsSpan(108, 8)) is not { } uid
            || NumberField.Read(Main.AsSpan(116, 8)) is not { } gid || NumberField.Read(Main.AsSpan(136, 12)) is not { } seconds || seconds >= MaxSeconds)
        {
            return false;
        }

        long nanoseconds = 0;
        if (Records?.Time is { } time)
        {
            (seconds, nanoseconds) = time;
        }

        Values = new HeaderValues(Text('L', "path"u8, ReadName()), Text('K', "linkpath"u8, UpToNul(Main.AsSpan(157, 100))),
            seconds, nanoseconds, mode, uid, gid, Main[156]);
        return true;
    }

    private byte[] Text(char type, ReadOnlySpan<byte> key, ReadOnlySpan<byte> field)
    {
        ReadOnlySpan<byte> unit = UpToNul(Last(type)?.Body);
        if (!unit.IsEmpty)
        {
            return unit.ToArray();
        }

        return Records?.Last(key) ?? field.ToArray();
    }

    private byte[] ReadName()
    {
        ReadOnlySpan<byte> name = UpToNul(Main.AsSpan(0, 100));
        ReadOnlySpan<byte> prefix = UpToNul(Main.AsSpan(345, 155));
        return IsUstar && !prefix.IsEmpty ? [.. prefix, (byte)'/', .. name] : name.ToArray();
    }
}
