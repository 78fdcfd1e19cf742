namespace Coracle.Delta;

/// <summary>Where names go in a header block, as the writers of tars do it.</summary>
internal static class HeaderNames
{
    private static ReadOnlySpan<byte> PaxHeader => "/PaxHeader"u8;

    public static bool TryWriteLink(HeaderView template, Span<byte> block, ReadOnlySpan<byte> link)
    {
        Span<byte> field = block.Slice(HeaderField.Link.At, HeaderField.Link.Length);
        Fill(field, link);
        return link.Length <= field.Length || template.LongLinkAt >= 0 || template.HasLinkRecord;
    }

    public static bool TryWriteName(HeaderView template, Span<byte> block, ReadOnlySpan<byte> name)
    {
        Span<byte> field = block[..HeaderField.Name.Length];
        Span<byte> prefix = block.Slice(HeaderField.Prefix.At, HeaderField.Prefix.Length);
        bool hasUnit = template.LongNameAt >= 0;
        if (hasUnit || template.HasNameRecord)
        {
            WriteShortened(field, name, onlyAscii: !hasUnit);
            return true;
        }

        bool isPosix = HeaderView.IsPosix(block);
        if (name.Length <= field.Length)
        {
            Fill(field, name);
            Fill(isPosix ? prefix : default, default);
            return true;
        }

        int slash = isPosix ? PartedAt(name, template) : -1;
        if (slash < 1 || slash > prefix.Length || name.Length - slash - 1 > field.Length)
        {
            return false;
        }

        Fill(prefix, name[..slash]);
        Fill(field, name[(slash + 1)..]);
        return true;
    }

    /// <summary>Go and GNU tar part a name as late as they can, Python as early: as the template's was, if that shows.</summary>
    private static int PartedAt(ReadOnlySpan<byte> name, HeaderView template)
    {
        ReadOnlySpan<byte> old = template.Name;
        int oldAt = old.Length - HeaderView.UpToNul(template.Bytes.Slice(template.MainAt, HeaderField.Name.Length)).Length - 1;
        return oldAt > 0 && oldAt != Latest(old) && oldAt == Earliest(old) ? Earliest(name) : Latest(name);
    }

    private static int Latest(ReadOnlySpan<byte> name)
        => name.IsEmpty ? -1 : name[..Math.Min(HeaderField.Prefix.Length + 1, name.Length - 1)].LastIndexOf((byte)'/');

    private static int Earliest(ReadOnlySpan<byte> name)
    {
        int at = Math.Max(0, name.Length - 1 - HeaderField.Name.Length);
        int slash = name[at..].IndexOf((byte)'/');
        return slash < 0 ? -1 : at + slash;
    }

    /// <summary>The name of an extended header that is made of its entry's ("a/PaxHeaders.0/b"); others stay as they are.</summary>
    public static void WriteUnitName(Span<byte> field, ReadOnlySpan<byte> oldName, ReadOnlySpan<byte> name)
    {
        Span<byte> old = stackalloc byte[HeaderField.Name.Length];
        field.CopyTo(old);
        int start = old.StartsWith(PaxHeader[1..]) ? 0 : old.IndexOf(PaxHeader) + 1;
        if (start == 0 && !old.StartsWith(PaxHeader[1..]))
        {
            return;
        }

        ReadOnlySpan<byte> component = old[start..];
        int end = component.IndexOfAny((byte)'/', (byte)0);
        component = end < 0 ? component : component[..end];
        // Go parts a directory's name behind its slash, GNU tar before its last component.
        for (int trims = 0; trims < 2; trims++)
        {
            Join(field, oldName, component, trims == 1);
            if (field.SequenceEqual(old))
            {
                Join(field, name, component, trims == 1);
                return;
            }
        }

        old.CopyTo(field);
    }

    private static void Join(Span<byte> field, ReadOnlySpan<byte> name, ReadOnlySpan<byte> component, bool trims)
    {
        name = trims ? name.TrimEnd((byte)'/') : name;
        int slash = name.LastIndexOf((byte)'/');
        ReadOnlySpan<byte> last = name[(slash + 1)..];
        field.Clear();
        int at = Put(field, 0, name[..(slash + 1)]);
        at = Put(field, at, component);
        at = Put(field, at, last.IsEmpty ? default : "/"u8);
        _ = Put(field, at, last);
    }

    private static int Put(Span<byte> field, int at, ReadOnlySpan<byte> text)
    {
        text = text[..Math.Min(text.Length, field.Length - at)];
        text.CopyTo(field[at..]);
        return at + text.Length;
    }

    private static void WriteShortened(Span<byte> field, ReadOnlySpan<byte> name, bool onlyAscii)
    {
        int at = 0;
        bool isCut = false;
        field.Clear();
        foreach (byte b in name)
        {
            if (onlyAscii && b > 0x7f)
            {
                continue;
            }

            isCut = at == field.Length;
            if (isCut)
            {
                break;
            }

            field[at++] = b;
        }

        // Some readers take a name that ends in a slash for a directory's.
        for (; isCut && at > 0 && field[at - 1] == (byte)'/'; at--)
        {
            field[at - 1] = 0;
        }
    }

    private static void Fill(Span<byte> field, ReadOnlySpan<byte> text)
    {
        field.Clear();
        _ = field.IsEmpty ? 0 : Put(field, 0, text);
    }
}
