using System.Buffers.Binary;
using System.IO.Hashing;
using Coracle.Lzma;

namespace Coracle.Storage;

/// <summary>xz, one stream or many: the container around <see cref="Lzma2Decoder"/>, with every checksum compared.</summary>
/// <remarks>
/// The .xz file format 1.2.1. One filter, LZMA2; the filters for executable code and the delta filter, which nobody uses for an archive
/// of images, are refused by name. Memory: the dictionary that the archive was made with, at most <see cref="MaxDictionary"/>, of which
/// only what is used becomes resident. Written here and not linked: docs/decisions/0010-decoders.md.
/// </remarks>
internal sealed class XzDecoder : ILayerDecoder
{
    /// <summary>What <c>xz -9</c> asks for.</summary>
    public const int MaxDictionary = 64 * 1024 * 1024;

    private const int HeaderLength = 12;
    private const ulong Lzma2Filter = 0x21;

    private readonly XzInput _input;
    private readonly Lzma2Decoder _lzma;
    private XzCheck? _check;
    private int _checkType;
    private long _blockStart;
    private long _blockLength;
    private (ulong Count, ulong Unpadded, ulong Unpacked) _blocks;
    private (ulong? Packed, ulong? Unpacked) _stated;
    private bool _isFirst = true;
    private bool _inStream;
    private bool _ended;

    /// <param name="blob">Not owned.</param>
    public XzDecoder(Stream blob)
    {
        _input = new XzInput(blob);
        _lzma = new Lzma2Decoder();
    }

    public int Read(Span<byte> tar)
    {
        while (!_ended && !tar.IsEmpty)
        {
            if (_check is null)
            {
                Advance();
                continue;
            }

            int read = ReadBlock(tar);
            if (read > 0)
            {
                _check.Append(tar[..read]);
                _blockLength += read;
                return read;
            }

            EndBlock();
        }

        return 0;
    }

    public void Dispose()
    {
        _check?.Dispose();
        _input.Dispose();
    }

    internal static LayerFormatException Broken(string why) => new("xz: " + why);

    private int ReadBlock(Span<byte> tar)
    {
        try
        {
            return _lzma.Read(tar);
        }
        catch (LzmaFormatException damage)
        {
            throw Broken(damage.Message);
        }
    }

    private void Advance()
    {
        if (!_inStream)
        {
            StartStream();
            return;
        }

        byte size = _input.ReadByte();
        if (size == 0)
        {
            EndStream();
        }
        else
        {
            StartBlock(size);
        }
    }

    private void StartStream()
    {
        if (!_isFirst && !_input.SkipPadding())
        {
            _ended = true;
            return;
        }

        _isFirst = false;
        Span<byte> header = stackalloc byte[HeaderLength];
        _input.ReadExactly(header);
        if (!header.StartsWith((ReadOnlySpan<byte>)[0xfd, (byte)'7', (byte)'z', (byte)'X', (byte)'Z', 0])
            || Crc32.HashToUInt32(header[6..8]) != BinaryPrimitives.ReadUInt32LittleEndian(header[8..]))
        {
            throw Broken("bad stream header");
        }

        _checkType = header[6] == 0 ? header[7] : throw Broken("unknown stream flags");
        (_inStream, _blocks) = (true, default);
    }

    private void StartBlock(byte size)
    {
        _blockStart = _input.Position - 1;
        int length = (size + 1) * 4;
        Span<byte> header = stackalloc byte[1024];
        header = header[..length];
        header[0] = size;
        _input.ReadExactly(header[1..]);
        if (Crc32.HashToUInt32(header[..^4]) != BinaryPrimitives.ReadUInt32LittleEndian(header[^4..]))
        {
            throw Broken("bad block header");
        }

        int at = 2;
        byte flags = header[1];
        ReadOnlySpan<byte> fields = header[..^4];
        _stated = ((flags & 0x40) != 0 ? Number(fields, ref at) : null, (flags & 0x80) != 0 ? Number(fields, ref at) : null);
        if ((flags & 0x3f) != 0 || Number(fields, ref at) != Lzma2Filter)
        {
            throw Broken("filters other than LZMA2 are not supported");
        }

        if (Number(fields, ref at) != 1 || at >= fields.Length)
        {
            throw Broken("bad block header");
        }

        _lzma.Start(DictionaryOf(fields[at]), _input);
        (_check, _blockLength) = (new XzCheck(_checkType), 0);
    }

    private void EndBlock()
    {
        long unpadded = _input.Position - _blockStart;
        long packed = unpadded;
        for (long i = unpadded; i % 4 != 0; i++)
        {
            RequireZero(_input.ReadByte());
        }

        _check!.Compare(_input);
        unpadded += _check.Length;
        _check.Dispose();
        _check = null;
        if ((_stated.Unpacked is { } unpacked && unpacked != (ulong)_blockLength) || _stated.Packed > (ulong)packed)
        {
            throw Broken("a block has another length than it says");
        }

        _blocks = (_blocks.Count + 1, _blocks.Unpadded + (ulong)unpadded, _blocks.Unpacked + (ulong)_blockLength);
    }

    /// <summary>The index names every block: one that is missing, or one too many, shows here.</summary>
    private void EndStream()
    {
        _input.StartSum();
        long start = _input.Position - 1;
        (ulong Count, ulong Unpadded, ulong Unpacked) listed = (_input.ReadNumber(), 0, 0);
        for (ulong i = 0; i < listed.Count; i++)
        {
            listed.Unpadded += _input.ReadNumber();
            listed.Unpacked += _input.ReadNumber();
        }

        while ((_input.Position - start) % 4 != 0)
        {
            RequireZero(_input.ReadByte());
        }

        uint sum = _input.EndSum();
        long indexLength = _input.Position - start + 4;
        Span<byte> tail = stackalloc byte[4 + HeaderLength];
        _input.ReadExactly(tail);
        Span<byte> footer = tail[4..];
        if (BinaryPrimitives.ReadUInt32LittleEndian(tail) != sum || listed != _blocks
            || Crc32.HashToUInt32(footer[4..10]) != BinaryPrimitives.ReadUInt32LittleEndian(footer)
            || (BinaryPrimitives.ReadUInt32LittleEndian(footer[4..]) + 1L) * 4 != indexLength
            || footer[8] != 0 || footer[9] != _checkType || !footer[10..].SequenceEqual("YZ"u8))
        {
            throw Broken("bad index or footer");
        }

        _inStream = false;
    }

    private static int DictionaryOf(byte bits)
    {
        if (bits > 40)
        {
            throw Broken("bad dictionary size");
        }

        long size = bits == 40 ? uint.MaxValue : (2L | (bits & 1)) << ((bits / 2) + 11);
        return size <= MaxDictionary ? (int)size : throw Broken($"a dictionary of more than {MaxDictionary >> 20} MiB is not supported");
    }

    private static ulong Number(ReadOnlySpan<byte> bytes, ref int at)
    {
        ulong number = 0;
        for (int shift = 0; shift < 63 && at < bytes.Length; shift += 7)
        {
            byte b = bytes[at++];
            number |= (ulong)(b & 0x7f) << shift;
            if (b < 0x80)
            {
                return number;
            }
        }

        throw Broken("bad number");
    }

    private static void RequireZero(byte padding)
    {
        if (padding != 0)
        {
            throw Broken("bad padding");
        }
    }
}
