using System.Buffers.Binary;

namespace Coracle.Dns;

/// <summary>
/// The names of one network: which addresses each stands for, and which name an address has. Immutable: a change is a new table, pushed
/// whole as one record (<see cref="NameTableBuilder"/> writes it) and read in place; nothing is allocated by a look-up.
/// </summary>
/// <remarks>
/// "CNAM", u16 version, the network's name, u32 names, u32 addresses; then each name with u8 count of IPv4 and u8 count of IPv6 addresses and
/// these; then each address (u8 4 or 16 and so many bytes) with its name. Every name is a u8 length and so many bytes, lower case,
/// labels with dots between. Numbers are little-endian.
/// </remarks>
public sealed class NameTable
{
    /// <summary>About 80,000 names.</summary>
    public const int MaxBytes = 4 << 20;

    internal const ushort Version = 1;
    internal const int V4Length = 4;
    internal const int V6Length = 16;

    /// <summary>What 255 bytes of labels with their lengths make as text.</summary>
    internal const int MaxNameLength = 253;

    private const int NetworkAt = 6;
    private const int SmallestName = 4;
    private const int SmallestAddress = 7;

    private readonly byte[] _record;
    private readonly int[] _names;
    private readonly int[] _addresses;

    private NameTable(byte[] record, int[] names, int[] addresses)
    {
        _record = record;
        _names = names;
        _addresses = addresses;
    }

    /// <summary>Of a network that has told nothing yet.</summary>
    public static NameTable Empty { get; } = Read([.. Magic, (byte)Version, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);

    internal static ReadOnlySpan<byte> Magic => "CNAM"u8;

    /// <summary>The network's name, as it was given.</summary>
    internal ReadOnlySpan<byte> Network => Text(NetworkAt);

    /// <param name="record">The table's from now on: nobody changes it any more.</param>
    /// <exception cref="InvalidDataException">It is cut short, damaged, or of a version that is not known here.</exception>
    public static NameTable Read(byte[] record)
    {
        Check(record.Length is > NetworkAt and <= MaxBytes && record.AsSpan(0, Magic.Length).SequenceEqual(Magic)
            && BinaryPrimitives.ReadUInt16LittleEndian(record.AsSpan(Magic.Length)) == Version);
        int at = NetworkAt + 1 + record[NetworkAt];
        Check(record.Length - at >= 2 * sizeof(uint));
        int[] names = NewIndex(BinaryPrimitives.ReadUInt32LittleEndian(record.AsSpan(at)), record.Length / SmallestName);
        int[] addresses = NewIndex(BinaryPrimitives.ReadUInt32LittleEndian(record.AsSpan(at + sizeof(uint))), record.Length / SmallestAddress);
        uint nameCount = BinaryPrimitives.ReadUInt32LittleEndian(record.AsSpan(at));
        uint addressCount = BinaryPrimitives.ReadUInt32LittleEndian(record.AsSpan(at + sizeof(uint)));
        at += 2 * sizeof(uint);
        for (uint i = 0; i < nameCount; i++)
        {
            Put(names, at, Hash(CheckedName(record, at)));
            at = AfterName(record, at);
        }

        for (uint i = 0; i < addressCount; i++)
        {
            ReadOnlySpan<byte> address = CheckedAddress(record, at);
            Put(addresses, at, Hash(address));
            _ = CheckedName(record, at + 1 + address.Length);
            at += 2 + address.Length + record[at + 1 + address.Length];
        }

        Check(at == record.Length);
        return new NameTable(record, names, addresses);
    }

    /// <param name="name">Lower case, without a dot at its end.</param>
    /// <param name="v4">Of four bytes each.</param>
    /// <param name="v6">Of sixteen.</param>
    internal bool TryFind(ReadOnlySpan<byte> name, out ReadOnlySpan<byte> v4, out ReadOnlySpan<byte> v6)
    {
        for (int slot = First(_names, Hash(name)); _names[slot] != 0; slot = (slot + 1) & (_names.Length - 1))
        {
            int at = _names[slot];
            if (Text(at).SequenceEqual(name))
            {
                at += 1 + name.Length;
                int length4 = _record[at] * V4Length;
                v4 = _record.AsSpan(at + 2, length4);
                v6 = _record.AsSpan(at + 2 + length4, _record[at + 1] * V6Length);
                return true;
            }
        }

        v4 = default;
        v6 = default;
        return false;
    }

    /// <param name="address">Four or sixteen bytes.</param>
    internal bool TryFindName(ReadOnlySpan<byte> address, out ReadOnlySpan<byte> name)
    {
        for (int slot = First(_addresses, Hash(address)); _addresses[slot] != 0; slot = (slot + 1) & (_addresses.Length - 1))
        {
            int at = _addresses[slot];
            if (Text(at).SequenceEqual(address))
            {
                name = Text(at + 1 + address.Length);
                return true;
            }
        }

        name = default;
        return false;
    }

    private ReadOnlySpan<byte> Text(int at) => _record.AsSpan(at + 1, _record[at]);

    private static ReadOnlySpan<byte> CheckedName(byte[] record, int at)
    {
        Check(at < record.Length && record.Length - at > record[at]);
        ReadOnlySpan<byte> name = record.AsSpan(at + 1, record[at]);
        Check(NameText.IsName(name));
        return name;
    }

    private static int AfterName(byte[] record, int at)
    {
        at += 1 + record[at];
        Check(record.Length - at >= 2);
        long end = at + 2 + (record[at] * V4Length) + (record[at + 1] * V6Length);
        Check(end <= record.Length);
        return (int)end;
    }

    private static ReadOnlySpan<byte> CheckedAddress(byte[] record, int at)
    {
        Check(at < record.Length && record[at] is V4Length or V6Length && record.Length - at > record[at]);
        return record.AsSpan(at + 1, record[at]);
    }

    /// <summary>Half empty at least, so that every search ends; 0 is an empty place.</summary>
    private static int[] NewIndex(uint count, int most)
    {
        Check(count <= most);
        int size = 2;
        while (size < 2 * count)
        {
            size *= 2;
        }

        return new int[size];
    }

    /// <summary>Of two that are the same the first is found.</summary>
    private static void Put(int[] index, int at, uint hash)
    {
        int slot = First(index, hash);
        while (index[slot] != 0)
        {
            slot = (slot + 1) & (index.Length - 1);
        }

        index[slot] = at;
    }

    private static int First(int[] index, uint hash) => (int)(hash & (uint)(index.Length - 1));

    /// <summary>FNV-1a, and its upper half onto the lower.</summary>
    private static uint Hash(ReadOnlySpan<byte> bytes)
    {
        uint hash = 2166136261;
        foreach (byte b in bytes)
        {
            hash = (hash ^ b) * 16777619;
        }

        return hash ^ (hash >> 16);
    }

    private static void Check(bool holds)
    {
        if (!holds)
        {
            throw new InvalidDataException("a table of names is damaged");
        }
    }
}
