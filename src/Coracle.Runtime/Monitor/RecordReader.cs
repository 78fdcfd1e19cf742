using System.Buffers.Binary;
using System.Text;

namespace Coracle.Runtime;

/// <summary>Reads what <see cref="RecordWriter"/> wrote. A length that the bytes do not bear out is refused before anything is allocated for it.</summary>
/// <exception cref="InvalidDataException">From every member: the record is cut short or damaged.</exception>
internal ref struct RecordReader(ReadOnlySpan<byte> bytes)
{
    private ReadOnlySpan<byte> _rest = bytes;

    public readonly bool IsAtEnd => _rest.IsEmpty;

    public byte Byte() => Take(1)[0];

    public bool Flag() => Byte() switch
    {
        0 => false,
        1 => true,
        _ => throw Damaged(),
    };

    public ushort UInt16() => BinaryPrimitives.ReadUInt16LittleEndian(Take(sizeof(ushort)));

    public int Int32() => BinaryPrimitives.ReadInt32LittleEndian(Take(sizeof(int)));

    public long Int64() => BinaryPrimitives.ReadInt64LittleEndian(Take(sizeof(long)));

    public ulong UInt64() => BinaryPrimitives.ReadUInt64LittleEndian(Take(sizeof(ulong)));

    public long? Int64OrNull()
    {
        bool present = Flag();
        long value = Int64();
        return present ? value : null;
    }

    public ulong? UInt64OrNull()
    {
        bool present = Flag();
        ulong value = UInt64();
        return present ? value : null;
    }

    public ReadOnlySpan<byte> Bytes() => Take(Int32());

    public string Text() => Encoding.UTF8.GetString(Bytes());

    public string[] Texts()
    {
        string[] values = new string[Count(smallestItem: sizeof(int))];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = Text();
        }

        return values;
    }

    /// <summary>The number of items that follow.</summary>
    /// <param name="smallestItem">Bytes that each takes at least: more items than could be there are damage.</param>
    public int Count(int smallestItem)
    {
        int count = Int32();
        return count >= 0 && count <= _rest.Length / smallestItem ? count : throw Damaged();
    }

    public readonly void ExpectEnd()
    {
        if (!IsAtEnd)
        {
            throw Damaged();
        }
    }

    private ReadOnlySpan<byte> Take(int count)
    {
        if ((uint)count > (uint)_rest.Length)
        {
            throw Damaged();
        }

        ReadOnlySpan<byte> taken = _rest[..count];
        _rest = _rest[count..];
        return taken;
    }

    private static InvalidDataException Damaged() => new("a record of the monitor is damaged");
}
