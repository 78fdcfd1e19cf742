using System.Buffers;
using System.IO.Hashing;
using Coracle.Lzma;

namespace Coracle.Storage;

/// <summary>The bytes of an xz file with their position, and a checksum over the index while it is read.</summary>
internal sealed class XzInput(Stream source) : ILzma2Input, IDisposable
{
    private const int BufferLength = 64 * 1024;

    private readonly byte[] _buffer = ArrayPool<byte>.Shared.Rent(BufferLength);
    private int _at;
    private int _length;
    private Crc32? _sum;

    public long Position { get; private set; }

    public byte ReadByte()
    {
        if (!Fill())
        {
            throw XzDecoder.Broken("unexpected end of the data");
        }

        Position++;
        byte b = _buffer[_at++];
        _sum?.Append([b]);
        return b;
    }

    public void ReadExactly(Span<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            int read = Read(bytes);
            bytes = read > 0 ? bytes[read..] : throw XzDecoder.Broken("unexpected end of the data");
        }
    }

    /// <returns>0 at the end.</returns>
    public int Read(Span<byte> bytes)
    {
        if (!Fill())
        {
            return 0;
        }

        int count = Math.Min(bytes.Length, _length - _at);
        _buffer.AsSpan(_at, count).CopyTo(bytes);
        _at += count;
        Position += count;
        return count;
    }

    /// <summary>The format's variable-length integer, 63 bits.</summary>
    public ulong ReadNumber()
    {
        ulong number = 0;
        for (int shift = 0; shift < 63; shift += 7)
        {
            byte b = ReadByte();
            number |= (ulong)(b & 0x7f) << shift;
            if (b < 0x80)
            {
                return number;
            }
        }

        throw XzDecoder.Broken("bad number");
    }

    /// <summary>The sum begins with the index's indicator, a zero that has been read already.</summary>
    public void StartSum()
    {
        _sum = new Crc32();
        _sum.Append([0]);
    }

    public uint EndSum()
    {
        uint sum = _sum!.GetCurrentHashAsUInt32();
        _sum = null;
        return sum;
    }

    /// <summary>Between two streams: zeros, four by four.</summary>
    /// <returns>False at the end of the file.</returns>
    public bool SkipPadding()
    {
        long start = Position;
        while (Fill() && _buffer[_at] == 0)
        {
            ReadByte();
        }

        return (Position - start) % 4 == 0 ? Fill() : throw XzDecoder.Broken("bad padding");
    }

    public void Dispose() => ArrayPool<byte>.Shared.Return(_buffer);

    private bool Fill()
    {
        if (_at == _length)
        {
            (_at, _length) = (0, source.Read(_buffer, 0, BufferLength));
        }

        return _length > 0;
    }
}
