namespace Coracle.Tar;

/// <summary>Gathers the headers that stand before one entry and makes the entry out of them.</summary>
internal sealed partial class EntryHeaders
{
    /// <summary>(uid_t)-1 means "leave as it is" to chown, so it is no owner.</summary>
    private const long MaxId = uint.MaxValue - 1;

    /// <summary>No file system of Linux lists more than 64 KiB of names; each attribute is a call, and those refused an exception.</summary>
    private const int MaxXattrs = 1024;

    private const string XattrPrefix = "SCHILY.xattr.";
    private const string SparsePrefix = "GNU.sparse.";

    private readonly SparseMapBuilder _map = new();
    private readonly PaxSparse _paxSparse;
    private readonly byte[] _joinedName = new byte[HeaderBlock.PrefixLength + 1 + HeaderBlock.NameLength];
    private Range? _pax;
    private Range? _longName;
    private Range? _longLink;
    private bool _isSparse;
    private long _realSize;

    public EntryHeaders() => _paxSparse = new PaxSparse(_map);

    public TarEntry Entry { get; } = new();

    /// <summary>An extended header has been read and its entry has not.</summary>
    public bool IsStarted { get; private set; }

    /// <summary>After <see cref="Complete"/>: what of a sparse file's map is still to be read, since it stands behind the header.</summary>
    public SparseRest Rest { get; private set; }

    public void Clear()
    {
        Forget();
        Entry.Xattrs.Clear();
        Entry.Name = Entry.LinkName = default;
        Entry.Sparse = null;
        _map.Clear();
        _paxSparse.Clear();
        (_isSparse, Rest) = (false, SparseRest.None);
    }

    private void Forget()
    {
        (_pax, _longName, _longLink) = (null, null, null);
        IsStarted = false;
    }

    /// <param name="start">Where the extended header's body is in the entry's raw bytes.</param>
    public void Extend(byte type, int start, int length)
    {
        var place = new Range(start, start + length);
        switch (type)
        {
            case (byte)'x':
                _pax = place;
                break;
            case (byte)'L':
                _longName = place;
                break;
            case (byte)'K':
                _longLink = place;
                break;
            default:
                // 'g': Go's reader makes an entry of its own of a global header and Docker passes over that, so no layer depends on
                // what is in them; and what stood in front of one is for nobody.
                Forget();
                return;
        }

        IsStarted = true;
    }

    /// <returns>What is wrong, or null when <see cref="Entry"/> is complete.</returns>
    public string? Complete(HeaderBlock block, ReadOnlyMemory<byte> raw)
    {
        ReadNames(block, raw);
        string? problem = ReadType(block) ?? ReadNumbers(block) ?? ApplyPax(raw, block.TypeFlag == (byte)'S');
        ApplyLongNames(raw);
        return problem ?? Check(block) ?? ReadSparse(block, raw.Span[^HeaderBlock.Length..]);
    }

    private void ReadNames(HeaderBlock block, ReadOnlyMemory<byte> raw)
    {
        int header = raw.Length - HeaderBlock.Length;
        ReadOnlySpan<byte> prefix = block.Prefix;
        ReadOnlySpan<byte> name = block.Name;
        Entry.LinkName = raw.Slice(header + 157, block.LinkName.Length);
        if (prefix.IsEmpty)
        {
            Entry.Name = raw.Slice(header, name.Length);
            return;
        }

        prefix.CopyTo(_joinedName);
        _joinedName[prefix.Length] = (byte)'/';
        name.CopyTo(_joinedName.AsSpan(prefix.Length + 1));
        Entry.Name = _joinedName.AsMemory(0, prefix.Length + 1 + name.Length);
    }

    private string? ReadType(HeaderBlock block)
    {
        Entry.Type = block.TypeFlag switch
        {
            0 or (byte)'7' or (byte)'S' => TarEntryType.File,
            >= (byte)'0' and <= (byte)'6' => (TarEntryType)block.TypeFlag,
            _ => TarEntryType.None,
        };
        return Entry.Type != TarEntryType.None ? null : $"unhandled tar header type {block.TypeFlag}";
    }

    private string? ReadNumbers(HeaderBlock block)
    {
        if (!block.TryMode(out long mode) || !block.TryUid(out long uid) || !block.TryGid(out long gid)
            || !block.TrySize(out long size) || !block.TryModifiedAt(out long seconds))
        {
            return "a number in the header is not one";
        }

        Entry.Mode = (int)mode & 0xfff; // 07777
        // Out of range here may be put right by PAX: clamp to what Check refuses.
        Entry.Uid = (uint)(uid is < 0 or > MaxId ? uint.MaxValue : uid);
        Entry.Gid = (uint)(gid is < 0 or > MaxId ? uint.MaxValue : gid);
        Entry.Size = size;
        Entry.ModifiedAt = new TarTime(seconds, 0);
        return ReadDevice(block);
    }

    private string? ReadDevice(HeaderBlock block)
    {
        (Entry.DeviceMajor, Entry.DeviceMinor) = (0, 0);
        // v7 has no such fields; what stands there is nobody's (Go reads 0:0 too).
        if (Entry.Type is not (TarEntryType.CharacterDevice or TarEntryType.BlockDevice) || !block.HasDeviceFields)
        {
            return null;
        }

        if (!block.TryDeviceMajor(out long major) || !block.TryDeviceMinor(out long minor)
            || major is < 0 or > 0xfff || minor is < 0 or > 0xfffff)
        {
            return "a device number is out of bounds";
        }

        (Entry.DeviceMajor, Entry.DeviceMinor) = ((uint)major, (uint)minor);
        return null;
    }

    private string? ApplyPax(ReadOnlyMemory<byte> raw, bool isOldSparse)
    {
        if (_pax is not { } place)
        {
            return null;
        }

        ReadOnlyMemory<byte> body = raw[place];
        var records = new PaxRecords(body.Span);
        while (records.MoveNext())
        {
            string? problem = ApplyPaxRecord(isOldSparse, records.Key, body.Slice(records.ValueOffset, records.Value.Length), body, records.ValueOffset);
            if (problem is not null)
            {
                return problem;
            }
        }

        return records.IsBroken ? "extended header contains invalid records" : null;
    }

    private string? ApplyPaxRecord(bool isOldSparse, ReadOnlySpan<byte> key, ReadOnlyMemory<byte> value, ReadOnlyMemory<byte> body, int valueOffset)
    {
        if (key.StartsWith("SCHILY.xattr."u8))
        {
            int nameAt = valueOffset - 1 - (key.Length - XattrPrefix.Length);
            Entry.Xattrs.Add(new TarXattr(body.Slice(nameAt, key.Length - XattrPrefix.Length), value));
            return Entry.Xattrs.Count <= MaxXattrs ? null : $"more than {MaxXattrs} extended attributes";
        }

        if (key.StartsWith("GNU.sparse."u8))
        {
            return isOldSparse ? null : _paxSparse.Take(key[SparsePrefix.Length..], value);
        }

        // An empty value takes a record of a global header back: the header block's own value stands.
        return value.IsEmpty ? null : ApplyPaxField(key, value);
    }

    private string? ApplyPaxField(ReadOnlySpan<byte> key, ReadOnlyMemory<byte> value)
    {
        switch (key)
        {
            case var _ when key.SequenceEqual("path"u8):
                Entry.Name = value;
                return value.Span.Contains((byte)0) ? "a name holds a NUL" : null;
            case var _ when key.SequenceEqual("linkpath"u8):
                Entry.LinkName = value;
                return value.Span.Contains((byte)0) ? "a link's target holds a NUL" : null;
            case var _ when key.SequenceEqual("size"u8):
                Entry.Size = TarNumber.TryParseDecimal(value.Span, out long size) ? size : -1;
                return null;
            case var _ when key.SequenceEqual("uid"u8):
                Entry.Uid = ParseId(value.Span);
                return null;
            case var _ when key.SequenceEqual("gid"u8):
                Entry.Gid = ParseId(value.Span);
                return null;
            case var _ when key.SequenceEqual("mtime"u8):
                bool isTime = TarNumber.TryParseTime(value.Span, out TarTime time);
                Entry.ModifiedAt = time;
                return isTime ? null : "mtime is not a time";
            default:
                return null;
        }
    }

    private static uint ParseId(ReadOnlySpan<byte> text)
        => TarNumber.TryParseDecimal(text, out long id) && id <= MaxId ? (uint)id : uint.MaxValue;

    private void ApplyLongNames(ReadOnlyMemory<byte> raw)
    {
        // An empty one is none (Go).
        if (_longName is { } name && UpToNul(raw[name]) is { IsEmpty: false } longName)
        {
            Entry.Name = longName;
        }

        if (_longLink is { } link && UpToNul(raw[link]) is { IsEmpty: false } longLink)
        {
            Entry.LinkName = longLink;
        }
    }

    private static ReadOnlyMemory<byte> UpToNul(ReadOnlyMemory<byte> text)
    {
        int end = text.Span.IndexOf((byte)0);
        return end < 0 ? text : text[..end];
    }

    private string? Check(HeaderBlock block)
    {
        // v7 had no directories: a NUL type and a slash at the end.
        if (block.TypeFlag == 0 && Entry.Name.Span.EndsWith("/"u8))
        {
            Entry.Type = TarEntryType.Directory;
        }

        if (Entry.Uid > MaxId || Entry.Gid > MaxId)
        {
            return "an owner is out of bounds";
        }

        if (Entry.Type != TarEntryType.File)
        {
            Entry.Size = 0;
        }

        return Entry.Size is < 0 or > long.MaxValue / 2 ? "a size is out of bounds" : null;
    }
}
