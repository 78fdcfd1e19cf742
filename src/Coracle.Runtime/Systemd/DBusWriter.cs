using System.Buffers.Binary;
using System.Text;

namespace Coracle.Runtime;

/// <summary>One D-Bus message on its way out: little-endian, each value at a multiple of its size, counted from the message's beginning.</summary>
/// <remarks>No more of the protocol than calls to systemd need (D-Bus Specification 0.43, "Message Protocol").</remarks>
internal sealed class DBusWriter
{
    private const byte LittleEndian = (byte)'l';
    private const byte ProtocolVersion = 1;
    private const int BodyLengthAt = 4;
    private const int StructAlignment = 8;

    private readonly List<byte> _bytes = [];
    private readonly int _bodyStart;

    private DBusWriter(uint serial, ReadOnlySpan<(DBusField Field, string Value)> fields)
    {
        Byte(LittleEndian);
        Byte((byte)DBusMessageKind.Call);
        Byte(0);
        Byte(ProtocolVersion);
        UInt32(0); // the body's length, when it is known
        UInt32(serial);
        int array = BeginArray(StructAlignment);
        foreach ((DBusField field, string value) in fields)
        {
            if (value.Length > 0)
            {
                Align(StructAlignment);
                Byte((byte)field);
                Signature(field switch { DBusField.Path => "o", DBusField.Signature => "g", _ => "s" });
                if (field == DBusField.Signature)
                {
                    Signature(value);
                }
                else
                {
                    Text(value);
                }
            }
        }

        EndArray(array, StructAlignment);
        Align(StructAlignment);
        _bodyStart = _bytes.Count;
    }

    /// <param name="destination">Empty between two peers without a bus.</param>
    /// <param name="signature">Of the arguments that are written next; empty without any.</param>
    public static DBusWriter Call(uint serial, string destination, string path, string type, string member, string signature) => new(
        serial,
        [
            (DBusField.Path, path), (DBusField.Interface, type), (DBusField.Member, member), (DBusField.Destination, destination),
            (DBusField.Signature, signature),
        ]);

    /// <summary>The whole message.</summary>
    public byte[] Finish()
    {
        SetUInt32(BodyLengthAt, (uint)(_bytes.Count - _bodyStart));
        return [.. _bytes];
    }

    public void Byte(byte value) => _bytes.Add(value);

    public void Flag(bool value) => UInt32(value ? 1u : 0u);

    public void UInt32(uint value)
    {
        Align(sizeof(uint));
        Span<byte> bytes = stackalloc byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, value);
        _bytes.AddRange(bytes);
    }

    public void UInt64(ulong value)
    {
        Align(sizeof(ulong));
        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, value);
        _bytes.AddRange(bytes);
    }

    public void Text(string value)
    {
        byte[] utf8 = Encoding.UTF8.GetBytes(value);
        UInt32((uint)utf8.Length);
        _bytes.AddRange(utf8);
        Byte(0);
    }

    public void Signature(string value)
    {
        Byte((byte)value.Length);
        _bytes.AddRange(Encoding.ASCII.GetBytes(value));
        Byte(0);
    }

    /// <param name="alignment">Of an item; the length that stands in front does not count what aligns the first one.</param>
    /// <returns>For <see cref="EndArray"/>.</returns>
    public int BeginArray(int alignment)
    {
        UInt32(0);
        int lengthAt = _bytes.Count - sizeof(uint);
        Align(alignment);
        return lengthAt;
    }

    public void EndArray(int lengthAt, int alignment)
    {
        int start = (lengthAt + sizeof(uint) + alignment - 1) / alignment * alignment;
        SetUInt32(lengthAt, (uint)(_bytes.Count - start));
    }

    public void Align(int to)
    {
        while (_bytes.Count % to != 0)
        {
            Byte(0);
        }
    }

    private void SetUInt32(int at, uint value)
        => BinaryPrimitives.WriteUInt32LittleEndian(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_bytes)[at..], value);
}
