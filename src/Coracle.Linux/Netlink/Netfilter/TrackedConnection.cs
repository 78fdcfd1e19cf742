namespace Coracle.Linux;

/// <summary>A connection that the kernel tracks, so that its packets keep going where the first one went.</summary>
public sealed class TrackedConnection
{
    /// <summary>sizeof(struct nfgenmsg).</summary>
    internal const int HeaderLength = 4;

    private readonly byte[] _original;
    private readonly byte[] _id;
    private readonly byte[] _zone;

    private TrackedConnection(byte family, byte[] original, byte[] id, byte[] zone)
        => (Family, _original, _id, _zone) = (family, original, id, zone);

    internal byte Family { get; }

    /// <summary>As the first packet came, before any translation.</summary>
    public required ConnectionTuple Original { get; init; }

    /// <summary>As the answers are sent: their source is whom the packets really reach.</summary>
    public required ConnectionTuple Reply { get; init; }

    /// <returns>Null for a message of another type, and for one without both directions.</returns>
    internal static TrackedConnection? Parse(in NetlinkMessage message)
    {
        if (message.Type != ((Abi.NFNL_SUBSYS_CTNETLINK << 8) | Abi.IPCTNL_MSG_CT_NEW))
        {
            return null;
        }

        byte[] id = [], zone = [], tuple = [];
        ConnectionTuple? original = null, reply = null;
        NetlinkAttributes attributes = message.Attributes(HeaderLength);
        while (attributes.TryRead(out NetlinkAttribute attribute))
        {
            switch (attribute.Type)
            {
                case Abi.CTA_TUPLE_ORIG:
                    tuple = attribute.Value.ToArray();
                    original = ConnectionTuple.Parse(attribute.Nested);
                    break;
                case Abi.CTA_TUPLE_REPLY:
                    reply = ConnectionTuple.Parse(attribute.Nested);
                    break;
                case Abi.CTA_ID:
                    id = attribute.Value.ToArray();
                    break;
                case Abi.CTA_ZONE:
                    zone = attribute.Value.ToArray();
                    break;
            }
        }

        return original is null || reply is null || tuple.Length == 0 ? null
            : new TrackedConnection(message.Body[0], tuple, id, zone) { Original = original, Reply = reply };
    }

    /// <summary>Deletes this one and no other: the id stands for the very entry. Without a tuple the kernel would delete all there are.</summary>
    internal void WriteDelete(NetlinkWriter writer)
    {
        writer.BeginNetfilter(Abi.NFNL_SUBSYS_CTNETLINK, Abi.IPCTNL_MSG_CT_DELETE, NetlinkFlags.Acknowledge, Family);
        writer.Attribute(Abi.CTA_TUPLE_ORIG | Abi.NLA_F_NESTED, _original);
        if (_id.Length > 0)
        {
            writer.Attribute(Abi.CTA_ID, _id);
        }

        if (_zone.Length > 0)
        {
            writer.Attribute(Abi.CTA_ZONE, _zone);
        }
    }
}
