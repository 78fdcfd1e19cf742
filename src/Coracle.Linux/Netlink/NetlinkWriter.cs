using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;

namespace Coracle.Linux;

/// <summary>
/// Messages as the kernel reads them, one behind the other, in a buffer that grows. Lengths are patched while bytes are appended, so a
/// message ends where the next one begins; only a nest is ended by its owner.
/// </summary>
/// <remarks>
/// Everything stands at multiples of 4 bytes, and the padding is zero. Numbers are the host's unless a verb says Big: netfilter
/// wants most of its own big endian. Sequence numbers are the socket's affair. For one thread.
/// </remarks>
public sealed class NetlinkWriter
{
    /// <summary>sizeof(struct nlmsghdr).</summary>
    internal const int HeaderLength = 16;

    /// <summary>sizeof(struct nlattr).</summary>
    internal const int AttributeHeader = 4;

    /// <summary>Of an attribute with its header, and so of a nest: its length has 16 bits.</summary>
    public const int MaxAttribute = ushort.MaxValue;

    private const int InitialCapacity = 1024;
    private const int FlagsOffset = 6;
    private const int SequenceOffset = 8;

    private byte[] _buffer;
    private int _message;
    private int _nests;

    public NetlinkWriter(int capacity = InitialCapacity) => _buffer = new byte[Align(Math.Max(capacity, HeaderLength))];

    public int Length { get; private set; }

    /// <summary>How many messages there are.</summary>
    public int Count { get; private set; }

    public ReadOnlySpan<byte> Written => _buffer.AsSpan(0, Length);

    /// <summary>Forgets all messages and keeps the buffer.</summary>
    public void Clear() => (Length, Count, _message, _nests) = (0, 0, 0, 0);

    /// <summary>A new message; the one before it is complete.</summary>
    /// <param name="flags"><see cref="NetlinkFlags.Request"/> is always added.</param>
    public void Begin(int type, NetlinkFlags flags)
    {
        if (_nests != 0)
        {
            throw new InvalidOperationException("a nest is still open");
        }

        _message = Length;
        Count++;
        Span<byte> header = Append(HeaderLength);
        BitConverter.TryWriteBytes(header[4..], checked((ushort)type));
        BitConverter.TryWriteBytes(header[FlagsOffset..], (ushort)(flags | NetlinkFlags.Request));
    }

    /// <summary>A message of the netfilter family, with its nfgenmsg.</summary>
    /// <param name="subsystem">NFNL_SUBSYS_…; 0 for the batch's own two messages.</param>
    /// <param name="family">NFPROTO_…, AF_….</param>
    /// <param name="resource">Only a batch's two messages have one: the subsystem.</param>
    public void BeginNetfilter(int subsystem, int type, NetlinkFlags flags, byte family, ushort resource = 0)
    {
        Begin((subsystem << 8) | type, flags);
        Span<byte> body = Body(4);
        body[0] = family;
        body[1] = Abi.NFNETLINK_V0;
        BinaryPrimitives.WriteUInt16BigEndian(body[2..], resource);
    }

    /// <summary>The fixed part between header and attributes: zeros for the caller to fill before anything else is appended.</summary>
    public Span<byte> Body(int length) => Append(length);

    internal void Body<T>(in T body)
        where T : unmanaged
        => MemoryMarshal.Write(Append(Unsafe.SizeOf<T>()), in body);

    public void Attribute(int type, ReadOnlySpan<byte> value) => value.CopyTo(Value(type, value.Length));

    /// <summary>An attribute that says all by being there.</summary>
    public void Flag(int type) => Value(type, 0);

    public void U8(int type, byte value) => Value(type, sizeof(byte))[0] = value;

    public void U16(int type, ushort value) => BitConverter.TryWriteBytes(Value(type, sizeof(ushort)), value);

    public void U32(int type, uint value) => BitConverter.TryWriteBytes(Value(type, sizeof(uint)), value);

    public void U64(int type, ulong value) => BitConverter.TryWriteBytes(Value(type, sizeof(ulong)), value);

    public void BigU16(int type, ushort value) => BinaryPrimitives.WriteUInt16BigEndian(Value(type, sizeof(ushort)), value);

    public void BigU32(int type, uint value) => BinaryPrimitives.WriteUInt32BigEndian(Value(type, sizeof(uint)), value);

    public void BigU64(int type, ulong value) => BinaryPrimitives.WriteUInt64BigEndian(Value(type, sizeof(ulong)), value);

    /// <summary>A C string, with its NUL. A NUL inside is refused: the kernel would read another text than ours.</summary>
    public void Text(int type, string text)
    {
        if (text.Contains('\0', StringComparison.Ordinal))
        {
            throw new LinuxException("netlink", text.Replace('\0', '?'), Errno.EINVAL);
        }

        Encoding.UTF8.GetBytes(text, Value(type, Encoding.UTF8.GetByteCount(text) + 1));
    }

    /// <param name="marked">With NLA_F_NESTED, which nf_tables and conntrack ask for; rtnetlink mostly goes without.</param>
    /// <returns>For <see cref="End"/>.</returns>
    public int Nest(int type, bool marked = false)
    {
        int start = Length;
        Value(marked ? type | Abi.NLA_F_NESTED : type, 0);
        _nests++;
        return start;
    }

    /// <summary>Everything since <see cref="Nest"/> is inside.</summary>
    public void End(int nest)
    {
        PatchLength(nest, Length - nest);
        _nests--;
    }

    /// <summary>How many bytes are in an open nest: who fills it without end has to begin a new one before <see cref="MaxAttribute"/>.</summary>
    public int LengthOf(int nest) => Length - nest;

    /// <summary>Gives the messages numbers from this one on.</summary>
    /// <returns>How many of them ask for an answer.</returns>
    internal int Number(uint first)
    {
        int awaited = 0;
        for (int at = 0; at < Length; at += (int)BitConverter.ToUInt32(_buffer, at))
        {
            BitConverter.TryWriteBytes(_buffer.AsSpan(at + SequenceOffset), first++);
            awaited += (_buffer[at + FlagsOffset] & Abi.NLM_F_ACK) != 0 ? 1 : 0;
        }

        return awaited;
    }

    private Span<byte> Value(int type, int length)
    {
        int start = Length;
        Append(AttributeHeader + length);
        PatchLength(start, AttributeHeader + length);
        BitConverter.TryWriteBytes(_buffer.AsSpan(start + sizeof(ushort)), checked((ushort)type));
        return _buffer.AsSpan(start + AttributeHeader, length);
    }

    private void PatchLength(int start, int length)
    {
        if (length > MaxAttribute)
        {
            throw new LinuxException("netlink", $"an attribute of {length} bytes", Errno.EMSGSIZE);
        }

        BitConverter.TryWriteBytes(_buffer.AsSpan(start), (ushort)length);
    }

    private Span<byte> Append(int length)
    {
        int start = Length, padded = Align(length);
        if (_buffer.Length - start < padded)
        {
            Array.Resize(ref _buffer, Math.Max(_buffer.Length * 2, start + padded));
        }

        Length = start + padded;
        _buffer.AsSpan(start, padded).Clear();
        BitConverter.TryWriteBytes(_buffer.AsSpan(_message), (uint)(Length - _message));
        return _buffer.AsSpan(start, length);
    }

    /// <summary>NLMSG_ALIGN and NLA_ALIGN.</summary>
    internal static int Align(int length) => (length + 3) & ~3;
}
