using System.Text;

namespace Coracle.Tests.Delta.Second;

/// <summary>What goes into a template beside its values.</summary>
internal sealed record HeaderChanges(bool KeepsZeros, List<(long Index, byte[] Value)> Records, List<(long At, byte[] Bytes)> Patches);

/// <summary>Values written into a template ("Writing values into a template").</summary>
internal sealed class HeaderWriting
{
    private const int MaxLength = 65_536;

    private readonly HeaderParts _parts;
    private readonly HeaderValues _own;
    private readonly HeaderValues _wanted;

    private HeaderWriting(HeaderParts template, HeaderValues wanted) => (_parts, _own, _wanted) = (template, template.Values, wanted);

    /// <param name="template">Is written over.</param>
    public static byte[] Make(HeaderParts template, HeaderValues wanted, long bodyLength, HeaderChanges changes)
    {
        foreach ((long index, byte[] value) in changes.Records)
        {
            RefusedException.Unless(template.Records != null, "a record where there are none");
            template.Records.Say(index, value);
        }

        new HeaderWriting(template, wanted).WriteValues(bodyLength, changes.KeepsZeros);
        byte[] header = Join(template);
        foreach ((long at, byte[] bytes) in changes.Patches)
        {
            RefusedException.Unless(at <= header.Length - bytes.Length, "a patch behind the header");
            bytes.CopyTo(header, at);
        }

        WriteChecksums(header);
        return header;
    }

    private void WriteValues(long bodyLength, bool keepsZeros)
    {
        _parts.Main[156] = _wanted.Type;
        WriteNumber(100, _own.Mode, _wanted.Mode);
        WriteNumber(108, _own.Uid, _wanted.Uid);
        WriteNumber(116, _own.Gid, _wanted.Gid);
        WriteSize(bodyLength);
        if (_own.Seconds != _wanted.Seconds || _own.Nanoseconds != _wanted.Nanoseconds)
        {
            WriteTime(keepsZeros);
        }

        if (!_own.Link.AsSpan().SequenceEqual(_wanted.Link))
        {
            WriteLink();
        }

        if (!_own.Name.AsSpan().SequenceEqual(_wanted.Name))
        {
            new NameWriting(_parts, _own.Name, _wanted.Name).Write();
        }
    }

    private void WriteNumber(int at, long own, long wanted)
    {
        if (own != wanted)
        {
            NumberField.Write(_parts.Main.AsSpan(at, 8), wanted);
        }
    }

    private void WriteSize(long bodyLength)
    {
        if (!_wanted.IsFile && !_own.IsFile)
        {
            return;
        }

        long size = _wanted.IsFile ? bodyLength : 0;
        Span<byte> field = _parts.Main.AsSpan(124, 12);
        if (NumberField.Read(field) != size)
        {
            NumberField.Write(field, size);
        }

        if (_wanted.IsFile)
        {
            _parts.Records?.Set("size"u8, Encoding.ASCII.GetBytes($"{size}"));
        }
    }

    private void WriteTime(bool keepsZeros)
    {
        Span<byte> field = _parts.Main.AsSpan(136, 12);
        byte[] before = field.ToArray();
        if (_own.Seconds != _wanted.Seconds)
        {
            NumberField.Write(field, _wanted.Seconds);
        }

        foreach (HeaderUnit unit in _parts.Units.Where(unit => unit.Block.AsSpan(136, 12).SequenceEqual(before)))
        {
            field.CopyTo(unit.Block.AsSpan(136));
        }

        if (_parts.Records?.Time == null)
        {
            RefusedException.Unless(_wanted.Nanoseconds == 0, "nanoseconds without a place");
            return;
        }

        string text = $"{_wanted.Seconds}";
        if (_parts.Records.TimeHasPoint || _wanted.Nanoseconds != 0)
        {
            text += $".{_wanted.Nanoseconds:D9}";
            text = keepsZeros ? text : text.TrimEnd('0').TrimEnd('.');
        }

        _parts.Records.Set("mtime"u8, Encoding.ASCII.GetBytes(text));
    }

    private void WriteLink()
    {
        NameWriting.WriteUnit(_parts.Last('K'), _wanted.Link);
        bool isElsewhere = _parts.Last('K') != null || _parts.HasLinkRecord;
        RefusedException.Unless(isElsewhere || _wanted.Link.Length <= 100, "a link without a place");
        _parts.Records?.Set("linkpath"u8, _wanted.Link);
        NameWriting.WriteField(_parts.Main.AsSpan(157, 100), _wanted.Link);
    }

    private static byte[] Join(HeaderParts parts)
    {
        if (parts.Records != null)
        {
            parts.Last('x')!.Body = parts.Records.ToBytes();
        }

        using var header = new MemoryStream();
        foreach (HeaderUnit unit in parts.Units)
        {
            if (unit.Body.Length != unit.LengthAtFirst)
            {
                NumberField.Write(unit.Block.AsSpan(124, 12), unit.Body.Length);
            }

            header.Write(unit.Block);
            header.Write(unit.Body);
            header.Write(new byte[-unit.Body.Length & 511]);
        }

        header.Write(parts.Main);
        header.Write(parts.Rest);
        RefusedException.Unless(header.Length <= MaxLength, "a header that is too long");
        return header.ToArray();
    }

    /// <summary>Of all units that the header has now: patches may have made them others.</summary>
    private static void WriteChecksums(Span<byte> header)
    {
        while (header.Length >= 512)
        {
            NumberField.WriteChecksum(header[..512]);
            if (header[156] is not ((byte)'x' or (byte)'g' or (byte)'L' or (byte)'K'))
            {
                return;
            }

            long size = NumberField.Read(header.Slice(124, 12)) ?? long.MaxValue;
            RefusedException.Unless(size <= header.Length, "a patch that makes a unit too long");
            int length = 512 + (((int)size + 511) & ~511);
            RefusedException.Unless(length <= header.Length, "a patch that makes a unit too long");
            header = header[length..];
        }

        throw new RefusedException("a patch that leaves no header");
    }
}
