using System.Buffers.Binary;
using System.Text;

namespace Coracle.Runtime;

/// <summary>Builds one record of the monitor's files and frames: little-endian numbers, texts and lists with their length in front.</summary>
internal sealed class RecordWriter
{
    private const int FirstCapacity = 512;

    private byte[] _bytes = new byte[FirstCapacity];
    private int _length;

    public ReadOnlySpan<byte> Written => _bytes.AsSpan(0, _length);

    public void Byte(byte value) => Reserve(1)[0] = value;

    public void Flag(bool value) => Byte(value ? (byte)1 : (byte)0);

    public void UInt16(ushort value) => BinaryPrimitives.WriteUInt16LittleEndian(Reserve(sizeof(ushort)), value);

    public void Int32(int value) => BinaryPrimitives.WriteInt32LittleEndian(Reserve(sizeof(int)), value);

    public void Int64(long value) => BinaryPrimitives.WriteInt64LittleEndian(Reserve(sizeof(long)), value);

    public void UInt64(ulong value) => BinaryPrimitives.WriteUInt64LittleEndian(Reserve(sizeof(ulong)), value);

    public void Int64OrNull(long? value)
    {
        Flag(value.HasValue);
        Int64(value.GetValueOrDefault());
    }

    public void UInt64OrNull(ulong? value)
    {
        Flag(value.HasValue);
        UInt64(value.GetValueOrDefault());
    }

    public void Bytes(ReadOnlySpan<byte> value)
    {
        Int32(value.Length);
        value.CopyTo(Reserve(value.Length));
    }

    public void Text(string value)
    {
        int length = Encoding.UTF8.GetByteCount(value);
        Int32(length);
        Encoding.UTF8.GetBytes(value, Reserve(length));
    }

    public void Texts(IReadOnlyList<string> values)
    {
        Int32(values.Count);
        for (int i = 0; i < values.Count; i++)
        {
            Text(values[i]);
        }
    }

    private Span<byte> Reserve(int count)
    {
        if (_bytes.Length - _length < count)
        {
            Array.Resize(ref _bytes, Math.Max(_bytes.Length * 2, _length + count));
        }

        _length += count;
        return _bytes.AsSpan(_length - count, count);
    }
}
