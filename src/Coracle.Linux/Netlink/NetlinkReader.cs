namespace Coracle.Linux;

/// <summary>Walks the messages of one datagram. What does not fit its own lengths is EBADMSG, and nothing is read beyond the end.</summary>
public ref struct NetlinkReader(ReadOnlySpan<byte> datagram)
{
    private ReadOnlySpan<byte> _rest = datagram;

    /// <returns>False at the end.</returns>
    public bool TryRead(out NetlinkMessage message)
    {
        if (_rest.IsEmpty)
        {
            message = default;
            return false;
        }

        uint length = _rest.Length < NetlinkWriter.HeaderLength ? 0 : BitConverter.ToUInt32(_rest);
        if (length < NetlinkWriter.HeaderLength || length > _rest.Length)
        {
            throw Malformed($"a message of {length} bytes in {_rest.Length}");
        }

        message = new NetlinkMessage(_rest[..(int)length]);
        _rest = _rest[Math.Min(NetlinkWriter.Align((int)length), _rest.Length)..];
        return true;
    }

    internal static LinuxException Malformed(string what) => new("netlink", what, Errno.EBADMSG);
}

/// <summary>One message, checked to be as long as its header says.</summary>
public readonly ref struct NetlinkMessage
{
    private readonly ReadOnlySpan<byte> _bytes;

    internal NetlinkMessage(ReadOnlySpan<byte> bytes) => _bytes = bytes;

    /// <summary>Of netfilter: the subsystem in the upper byte.</summary>
    public int Type => BitConverter.ToUInt16(_bytes[4..]);

    /// <summary>nlmsg_flags as they are: what the upper byte means depends on the message.</summary>
    public int Flags => BitConverter.ToUInt16(_bytes[6..]);

    public uint Sequence => BitConverter.ToUInt32(_bytes[8..]);

    /// <summary>The port whose request this answers; of a notification, the port of whoever caused it, 0 for the kernel itself.</summary>
    public uint Port => BitConverter.ToUInt32(_bytes[12..]);

    /// <summary>All behind the header.</summary>
    public ReadOnlySpan<byte> Body => _bytes[NetlinkWriter.HeaderLength..];

    /// <summary>The fixed part between header and attributes; EBADMSG when there is less than that.</summary>
    public ReadOnlySpan<byte> Fixed(int length)
        => Body.Length >= length ? Body[..length] : throw NetlinkReader.Malformed($"message {Type:x} with {Body.Length} of {length} bytes");

    /// <param name="skipped">The length of the fixed part.</param>
    public NetlinkAttributes Attributes(int skipped)
    {
        _ = Fixed(skipped);
        return new(Body[Math.Min(NetlinkWriter.Align(skipped), Body.Length)..]);
    }
}

/// <summary>Walks the attributes of a message or of a nest.</summary>
public ref struct NetlinkAttributes
{
    private ReadOnlySpan<byte> _rest;

    internal NetlinkAttributes(ReadOnlySpan<byte> bytes) => _rest = bytes;

    /// <returns>False at the end.</returns>
    public bool TryRead(out NetlinkAttribute attribute)
    {
        if (_rest.IsEmpty)
        {
            attribute = default;
            return false;
        }

        int length = _rest.Length < NetlinkWriter.AttributeHeader ? 0 : BitConverter.ToUInt16(_rest);
        if (length < NetlinkWriter.AttributeHeader || length > _rest.Length)
        {
            throw NetlinkReader.Malformed($"an attribute of {length} bytes in {_rest.Length}");
        }

        attribute = new NetlinkAttribute(BitConverter.ToUInt16(_rest[2..]), _rest[NetlinkWriter.AttributeHeader..length]);
        _rest = _rest[Math.Min(NetlinkWriter.Align(length), _rest.Length)..];
        return true;
    }
}
