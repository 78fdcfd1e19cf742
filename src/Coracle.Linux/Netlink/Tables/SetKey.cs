using System.Buffers.Binary;
using System.Net;
using System.Text;

namespace Coracle.Linux;

/// <summary>The bytes of a key, or of what a map gives for it: field behind field, each padded to 4 bytes. A value of at most 40 bytes.</summary>
public ref struct SetKey(Span<byte> room)
{
    /// <summary>Enough for two interface names, or an IPv6 address with protocol and port.</summary>
    public const int Room = 40;

    /// <summary>IFNAMSIZ, with its NUL.</summary>
    public const int InterfaceNameLength = 16;

    private readonly Span<byte> _room = room;
    private int _length;

    public readonly ReadOnlySpan<byte> Bytes => _room[.._length];

    public SetKey Interface(string name)
    {
        Span<byte> field = Next(InterfaceNameLength);
        WriteInterface(name, field);
        return this;
    }

    public SetKey Address(IPAddress address)
    {
        Span<byte> field = Next(address.AddressFamily == System.Net.Sockets.AddressFamily.InterNetwork ? 4 : 16);
        return address.TryWriteBytes(field, out _) ? this : throw new InvalidOperationException("an address of another length");
    }

    public SetKey Protocol(byte number)
    {
        Next(sizeof(uint))[0] = number;
        return this;
    }

    public SetKey Port(ushort number)
    {
        BinaryPrimitives.WriteUInt16BigEndian(Next(sizeof(uint)), number);
        return this;
    }

    /// <exception cref="LinuxException">No name that an interface can have.</exception>
    internal static void WriteInterface(string name, Span<byte> field)
    {
        if (name.Length == 0 || name.Contains('\0', StringComparison.Ordinal) || !Encoding.UTF8.TryGetBytes(name, field[..(InterfaceNameLength - 1)], out _))
        {
            throw new LinuxException("netlink", $"interface '{name.Replace('\0', '?')}'", Errno.EINVAL);
        }
    }

    private Span<byte> Next(int length)
    {
        Span<byte> field = _room.Slice(_length, length);
        field.Clear();
        _length += length;
        return field;
    }
}
