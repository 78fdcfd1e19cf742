using System.Buffers.Binary;
using System.Text;

namespace Coracle.Linux;

/// <summary>One attribute. Every verb checks that the value is long enough for what it is read as: EBADMSG.</summary>
public readonly ref struct NetlinkAttribute
{
    internal NetlinkAttribute(ushort type, ReadOnlySpan<byte> value)
    {
        Type = type & ~(Abi.NLA_F_NESTED | Abi.NLA_F_NET_BYTEORDER);
        Value = value;
    }

    /// <summary>Without the two flags that may stand in it.</summary>
    public int Type { get; }

    public ReadOnlySpan<byte> Value { get; }

    public byte U8 => Exactly(sizeof(byte))[0];

    public ushort U16 => BitConverter.ToUInt16(Exactly(sizeof(ushort)));

    public uint U32 => BitConverter.ToUInt32(Exactly(sizeof(uint)));

    public ulong U64 => BitConverter.ToUInt64(Exactly(sizeof(ulong)));

    public ushort BigU16 => BinaryPrimitives.ReadUInt16BigEndian(Exactly(sizeof(ushort)));

    public uint BigU32 => BinaryPrimitives.ReadUInt32BigEndian(Exactly(sizeof(uint)));

    public ulong BigU64 => BinaryPrimitives.ReadUInt64BigEndian(Exactly(sizeof(ulong)));

    /// <summary>Up to the first NUL, which the kernel mostly but not always sends. What is no UTF-8 becomes U+FFFD.</summary>
    public string Text
    {
        get
        {
            int end = Value.IndexOf((byte)0);
            return Encoding.UTF8.GetString(end < 0 ? Value : Value[..end]);
        }
    }

    /// <summary>What is inside a nest, marked as one or not.</summary>
    public NetlinkAttributes Nested => new(Value);

    /// <summary>The beginning of a structure that newer kernels make longer.</summary>
    public ReadOnlySpan<byte> Fixed(int length)
        => Value.Length >= length ? Value[..length] : throw NetlinkReader.Malformed($"attribute {Type} with {Value.Length} of {length} bytes");

    private ReadOnlySpan<byte> Exactly(int length)
        => Value.Length == length ? Value : throw NetlinkReader.Malformed($"attribute {Type} with {Value.Length} bytes, not {length}");
}
