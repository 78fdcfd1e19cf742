using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Coracle.Dns;

/// <summary>Collects the names of one network and writes its <see cref="NameTable"/>'s record. The engine's side; nothing of it is in the lean program.</summary>
/// <param name="network">As <c>NAME.network</c> is asked for, and as the names of addresses end.</param>
public sealed class NameTableBuilder(string network)
{
    /// <summary>Docker answers with all of them; more than these do not fit the record's one byte.</summary>
    private const int MaxAddresses = byte.MaxValue;

    private const int MaxNetwork = byte.MaxValue;

    private readonly SortedDictionary<string, List<IPAddress>> _names = new(StringComparer.Ordinal);
    private readonly Dictionary<IPAddress, string> _addresses = [];

    /// <summary>One more address of a name, an alias or a short id; several take turns. What is no name that can be asked for is left out.</summary>
    public void Add(string name, IPAddress address)
    {
        string key = name.ToLowerInvariant();
        if (!NameText.IsName(Encoding.UTF8.GetBytes(key)))
        {
            return;
        }

        if (!_names.TryGetValue(key, out List<IPAddress>? addresses))
        {
            _names[key] = addresses = [];
        }

        if (!addresses.Contains(address) && addresses.Count(a => a.AddressFamily == address.AddressFamily) < MaxAddresses)
        {
            addresses.Add(address);
        }
    }

    /// <summary>The name that an address has (PTR): a container's own, no alias. The first one given stays.</summary>
    public void AddReverse(IPAddress address, string name)
    {
        string key = name.ToLowerInvariant();
        if (NameText.IsName(Encoding.UTF8.GetBytes(key)))
        {
            _ = _addresses.TryAdd(address, key);
        }
    }

    /// <exception cref="InvalidDataException">It would be longer than <see cref="NameTable.MaxBytes"/>.</exception>
    public byte[] Write()
    {
        using MemoryStream record = new();
        record.Write(NameTable.Magic);
        Span<byte> number = stackalloc byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt16LittleEndian(number, NameTable.Version);
        record.Write(number[..sizeof(ushort)]);
        byte[] name = Encoding.UTF8.GetBytes(network);
        WriteText(record, name.AsSpan(0, Math.Min(name.Length, MaxNetwork)));
        BinaryPrimitives.WriteInt32LittleEndian(number, _names.Count);
        record.Write(number);
        BinaryPrimitives.WriteInt32LittleEndian(number, _addresses.Count);
        record.Write(number);
        foreach ((string key, List<IPAddress> addresses) in _names)
        {
            WriteText(record, Encoding.UTF8.GetBytes(key));
            WriteAddresses(record, addresses);
        }

        foreach ((IPAddress address, string key) in _addresses)
        {
            WriteText(record, address.GetAddressBytes());
            WriteText(record, Encoding.UTF8.GetBytes(key));
        }

        return record.Length <= NameTable.MaxBytes
            ? record.ToArray()
            : throw new InvalidDataException($"the network {network} has more names than its table can hold");
    }

    private static void WriteAddresses(MemoryStream record, List<IPAddress> addresses)
    {
        int v4 = addresses.Count(address => address.AddressFamily == AddressFamily.InterNetwork);
        record.WriteByte((byte)v4);
        record.WriteByte((byte)(addresses.Count - v4));
        foreach (IPAddress address in addresses.OrderBy(address => address.AddressFamily != AddressFamily.InterNetwork))
        {
            record.Write(address.GetAddressBytes());
        }
    }

    private static void WriteText(MemoryStream record, ReadOnlySpan<byte> bytes)
    {
        record.WriteByte((byte)bytes.Length);
        record.Write(bytes);
    }
}
