using Microsoft.Win32.SafeHandles;

namespace Coracle.Runtime;

/// <summary>The engine's requests as bytes, and the keeper's lists read.</summary>
internal static class KeeperMessages
{
    public static byte[] Text(string text)
    {
        var writer = new RecordWriter();
        writer.Text(text);
        return writer.Written.ToArray();
    }

    public static byte[] Port(string tenant, in PortHold port)
    {
        var writer = new RecordWriter();
        writer.Text(tenant);
        port.Encode(writer);
        return writer.Written.ToArray();
    }

    public static byte[] Table(string key, int length)
    {
        var writer = new RecordWriter();
        writer.Text(key);
        writer.Int32(length);
        return writer.Written.ToArray();
    }

    public static byte[] Serving(string tenant, ResolverSettings settings)
    {
        var writer = new RecordWriter();
        writer.Text(tenant);
        settings.Encode(writer);
        return writer.Written.ToArray();
    }

    public static byte[] From(int item)
    {
        var writer = new RecordWriter();
        writer.Int32(item);
        return writer.Written.ToArray();
    }

    public static ushort BoundPort(ReadOnlySpan<byte> payload)
    {
        var reader = new RecordReader(payload);
        return reader.UInt16();
    }

    /// <summary>Adds a page of the list to the ledger.</summary>
    /// <returns>From which item on to ask next; negative: that was all.</returns>
    public static int ReadPage(ReadOnlySpan<byte> payload, KeeperLedger ledger)
    {
        var reader = new RecordReader(payload);
        while (true)
        {
            switch ((KeeperItem)reader.Byte())
            {
                case KeeperItem.End:
                    return reader.Int32();
                case KeeperItem.Tenant:
                    _ = ledger.Of(reader.Text());
                    _ = reader.Flag();
                    _ = reader.Flag();
                    break;
                case KeeperItem.Port:
                    LedgerTenant tenant = ledger.Of(reader.Text());
                    tenant.Ports.Add(PortHold.Decode(ref reader));
                    break;
                case KeeperItem.Table:
                    _ = ledger.Tables.TryAdd(reader.Text(), null);
                    break;
                case KeeperItem.Kept:
                    ledger.Kept.Adopt(reader.Text(), []);
                    _ = reader.Int32();
                    break;
                default:
                    throw new InvalidDataException("the keeper holds something that this engine does not know");
            }
        }
    }

    /// <summary>What of a tenant is recalled, with its descriptors.</summary>
    public static void ReadTenant(ReadOnlySpan<byte> payload, SafeFileHandle[] descriptors, LedgerTenant tenant)
    {
        var reader = new RecordReader(payload);
        bool attended = reader.Flag();
        bool serves = reader.Flag();
        int at = 0;
        if (descriptors.Length != (attended ? 1 : 0) + (serves ? 2 : 0))
        {
            throw new InvalidDataException("the keeper's answer came without its descriptors");
        }

        if (attended)
        {
            tenant.Process = descriptors[at++];
        }

        if (serves)
        {
            tenant.Datagrams = descriptors[at++];
            tenant.Streams = descriptors[at];
            tenant.Settings = ResolverSettings.Decode(ref reader);
        }
    }
}
