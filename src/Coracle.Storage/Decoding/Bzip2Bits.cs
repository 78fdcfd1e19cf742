using System.Buffers;

namespace Coracle.Storage;

/// <summary>Bits of a bzip2 stream, the highest of each byte first.</summary>
internal sealed class Bzip2Bits(Stream source) : IDisposable
{
    private const int BufferLength = 64 * 1024;

    private readonly byte[] _buffer = ArrayPool<byte>.Shared.Rent(BufferLength);
    private int _at;
    private int _length;
    private ulong _bits;
    private int _count;

    /// <param name="count">1 to 32.</param>
    public uint Read(int count)
    {
        while (_count < count)
        {
            _bits = (_bits << 8) | NextByte();
            _count += 8;
        }

        _count -= count;
        return (uint)((_bits >> _count) & ((1ul << count) - 1));
    }

    /// <param name="count">33 to 64.</param>
    public ulong ReadMany(int count) => ((ulong)Read(count - 32) << 32) | Read(32);

    public bool ReadBit() => Read(1) != 0;

    public void AlignToByte() => _count -= _count % 8;

    /// <summary>Between two streams.</summary>
    public bool IsAtEnd() => _count < 8 && !Fill();

    public void Dispose() => ArrayPool<byte>.Shared.Return(_buffer);

    private byte NextByte() => Fill() ? _buffer[_at++] : throw Bzip2Decoder.Broken("unexpected end of the data");

    private bool Fill()
    {
        if (_at == _length)
        {
            (_at, _length) = (0, source.Read(_buffer, 0, BufferLength));
        }

        return _length > 0;
    }
}
