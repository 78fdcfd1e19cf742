namespace Coracle.Tests.Delta.Second;

/// <summary>A new name in all places of a header that hold it ("name").</summary>
internal sealed class NameWriting(HeaderParts parts, byte[] own, byte[] wanted)
{
    private const int FieldLength = 100;
    private const int PrefixLength = 155;
    private const byte Slash = (byte)'/';

    public void Write()
    {
        Span<byte> field = parts.Main.AsSpan(0, FieldLength);
        bool hasUnit = parts.Last('L') != null;
        foreach (HeaderUnit unit in parts.Units)
        {
            RenameUnit(unit);
        }

        WriteUnit(parts.Last('L'), wanted);
        parts.Records?.Set("path"u8, wanted);
        if (hasUnit || parts.HasNameRecord)
        {
            WriteField(field, Shortened(hasUnit ? wanted : [.. wanted.Where(b => b <= 0x7f)]));
        }
        else if (wanted.Length <= FieldLength)
        {
            WriteField(field, wanted);
            if (parts.IsUstar)
            {
                parts.Main.AsSpan(345, PrefixLength).Clear();
            }
        }
        else
        {
            WriteParted(field);
        }
    }

    /// <summary>A NUL stands behind the new text if there was one in the old.</summary>
    public static void WriteUnit(HeaderUnit? unit, byte[] text)
    {
        if (unit != null)
        {
            unit.Body = unit.Body.AsSpan().EndsWith("\0"u8) ? [.. text, 0] : text;
        }
    }

    public static void WriteField(Span<byte> field, ReadOnlySpan<byte> text)
    {
        field.Clear();
        text[..Math.Min(text.Length, field.Length)].CopyTo(field);
    }

    private static ReadOnlySpan<byte> Shortened(ReadOnlySpan<byte> name)
        => name.Length <= FieldLength ? name : name[..FieldLength].TrimEnd(Slash);

    private void WriteParted(Span<byte> field)
    {
        RefusedException.Unless(parts.IsUstar, "a name without a place");
        int inField = HeaderParts.UpToNul(field).Length;
        int parted = own.Length - inField - 1;
        bool isEarliest = own.Length > inField && parted != Latest(own) && parted == Earliest(own);
        int slash = isEarliest ? Earliest(wanted) : Latest(wanted);
        RefusedException.Unless(slash > 0 && slash <= PrefixLength && wanted.Length - slash - 1 <= FieldLength, "a name that cannot be parted");
        WriteField(parts.Main.AsSpan(345, PrefixLength), wanted.AsSpan(0, slash));
        WriteField(field, wanted.AsSpan(slash + 1));
    }

    private static int Latest(ReadOnlySpan<byte> name) => name[..Math.Min(PrefixLength + 1, Math.Max(name.Length - 1, 0))].LastIndexOf(Slash);

    private static int Earliest(ReadOnlySpan<byte> name)
    {
        int start = Math.Max(0, name.Length - FieldLength - 1);
        int slash = name[start..].IndexOf(Slash);
        return slash < 0 ? -1 : start + slash;
    }

    private void RenameUnit(HeaderUnit unit)
    {
        ReadOnlySpan<byte> name = HeaderParts.UpToNul(unit.Block.AsSpan(0, FieldLength));
        int at = name.StartsWith("PaxHeader"u8) ? 0 : name.IndexOf("/PaxHeader"u8) + 1;
        ReadOnlySpan<byte> component = name[at..];
        if (!component.StartsWith("PaxHeader"u8))
        {
            return;
        }

        int end = component.IndexOf(Slash);
        component = end < 0 ? component : component[..end];
        foreach (bool keepsSlashes in new[] { true, false })
        {
            byte[] expected = new byte[FieldLength];
            WriteField(expected, Inside(own, component, keepsSlashes));
            if (unit.Block.AsSpan(0, FieldLength).SequenceEqual(expected))
            {
                WriteField(unit.Block.AsSpan(0, FieldLength), Inside(wanted, component, keepsSlashes));
                return;
            }
        }
    }

    /// <summary>A name's directory, a component, and its base.</summary>
    private static byte[] Inside(ReadOnlySpan<byte> name, ReadOnlySpan<byte> component, bool keepsSlashes)
    {
        name = keepsSlashes ? name : name.TrimEnd(Slash);
        int slash = name.LastIndexOf(Slash);
        ReadOnlySpan<byte> behind = name[(slash + 1)..];
        byte[] end = behind.IsEmpty ? [] : [Slash, .. behind];
        return [.. name[..(slash + 1)], .. component, .. end];
    }
}
