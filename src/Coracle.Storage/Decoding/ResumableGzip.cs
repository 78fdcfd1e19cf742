using System.Buffers;
using System.Buffers.Binary;
using Coracle.Linux;

namespace Coracle.Storage;

/// <summary>gzip that can be left and taken up again, and the digests of both sides with it. Not wired into pulls yet: docs/decisions/0012.</summary>
/// <remarks>
/// A blob is hashed as its bytes are used, not as they arrive, so that its digest stands at the same place as the decoder. Blocks are
/// stopped at only while somebody waits for a place to leave (<see cref="SeekBoundary"/>): else it costs nothing.
/// </remarks>
internal sealed class ResumableGzip : ILayerDecoder
{
    private const int BufferLength = 64 * 1024;
    private const int TrailerLength = 8;

    private enum Part
    {
        Header,
        Blocks,
        End,
    }

    private readonly Stream _blob;
    private readonly Inflater _inflater = new();
    private readonly byte[] _buffer = ArrayPool<byte>.Shared.Rent(BufferLength);
    private readonly Sha256State _blobHash;
    private readonly Sha256State _tarHash;
    private int _start;
    private int _end;
    private Part _part = Part.Header;
    private byte _lastByte;
    private long _memberLength;
    private uint _crc;
    private bool _disposed;

    /// <param name="blob">From its beginning. Not owned.</param>
    public ResumableGzip(Stream blob) => (_blob, _blobHash, _tarHash) = (blob, new Sha256State(), new Sha256State());

    /// <param name="blob">From <see cref="GzipCheckpoint.BlobOffset"/> on. Not owned.</param>
    /// <param name="window">The last <see cref="GzipCheckpoint.WindowLength"/> bytes of the tar before <see cref="GzipCheckpoint.TarOffset"/>.</param>
    public ResumableGzip(Stream blob, GzipCheckpoint from, ReadOnlySpan<byte> window)
    {
        (_blob, _blobHash, _tarHash) = (blob, Sha256State.Restore(from.BlobHash.Span), Sha256State.Restore(from.TarHash.Span));
        (_memberLength, _crc, _lastByte) = (from.MemberLength, from.MemberCrc, from.LastByte);
        if (from.InMember)
        {
            _part = Part.Blocks;
            _inflater.Resume(from.Bits, from.LastByte, window);
        }
    }

    /// <summary>Stop at the next place where this can be left.</summary>
    public bool SeekBoundary { get; set; }

    /// <summary>It is at such a place: after a <see cref="Read"/> that stopped for it.</summary>
    public bool IsAtBoundary { get; private set; }

    public int Read(Span<byte> tar)
    {
        IsAtBoundary = false;
        while (!tar.IsEmpty && _part != Part.End)
        {
            int written = _part == Part.Header ? ReadHeader() : ReadBlocks(tar);
            if (written > 0 || IsAtBoundary)
            {
                return written;
            }
        }

        return 0;
    }

    /// <summary>Where it is. Only when it <see cref="IsAtBoundary"/>.</summary>
    public GzipCheckpoint Save()
    {
        byte[] blob = new byte[Sha256State.SavedLength], tar = new byte[Sha256State.SavedLength];
        _blobHash.Save(blob);
        _tarHash.Save(tar);
        bool inMember = _part == Part.Blocks;
        return new GzipCheckpoint(
            _blobHash.Count, _tarHash.Count, inMember, inMember ? _memberLength : 0, inMember ? _crc : 0, inMember ? _inflater.UnusedBits : 0, _lastByte, blob, tar);
    }

    /// <summary>At the end: SHA-256 of the blob and of the tar.</summary>
    public void Finish(Span<byte> blobDigest, Span<byte> tarDigest)
    {
        _blobHash.Finish(blobDigest);
        _tarHash.Finish(tarDigest);
    }

    public void Dispose()
    {
        if (!_disposed)
        {
            _disposed = true;
            _inflater.Dispose();
            ArrayPool<byte>.Shared.Return(_buffer);
        }
    }

    private int ReadBlocks(Span<byte> tar)
    {
        Fill(1, orEnd: false);
        InflateOutcome outcome = _inflater.Inflate(_buffer.AsSpan(_start, _end - _start), tar, SeekBoundary, out int read, out int written);
        Use(read);
        _tarHash.Append(tar[..written]);
        _crc = Inflater.Crc32(_crc, tar[..written]);
        _memberLength += written;
        if (outcome == InflateOutcome.Damaged)
        {
            throw new LayerFormatException("gzip: the compressed data is damaged");
        }

        if (outcome == InflateOutcome.End)
        {
            ReadTrailer();
        }

        // Members may be of one block each (pigz -i, estargz): then the place between two of them is the one to leave at.
        IsAtBoundary = outcome == InflateOutcome.Boundary || (outcome == InflateOutcome.End && SeekBoundary);
        return written;
    }

    /// <summary>RFC 1952. What follows the last member and is none is passed over.</summary>
    private int ReadHeader()
    {
        bool isFirst = _blobHash.Count == 0;
        if (Fill(10, orEnd: true) < 10 || _buffer[_start] != 0x1f || _buffer[_start + 1] != 0x8b || _buffer[_start + 2] != 8)
        {
            if (isFirst)
            {
                throw new LayerFormatException("gzip: it does not begin as one");
            }

            Drain();
            _part = Part.End;
            return 0;
        }

        int flags = _buffer[_start + 3];
        Use(10);
        SkipOptions(flags);
        _inflater.Reset();
        (_part, _memberLength, _crc) = (Part.Blocks, 0, 0);
        return 0;
    }

    private void SkipOptions(int flags)
    {
        if ((flags & 4) != 0)
        {
            Fill(2, orEnd: false);
            int length = BinaryPrimitives.ReadUInt16LittleEndian(_buffer.AsSpan(_start));
            Use(2);
            for (; length > 0; length--)
            {
                Fill(1, orEnd: false);
                Use(1);
            }
        }

        for (int texts = (flags >> 3 & 1) + (flags >> 4 & 1); texts > 0;)
        {
            Fill(1, orEnd: false);
            texts -= _buffer[_start] == 0 ? 1 : 0;
            Use(1);
        }

        int checksum = flags & 2;
        Fill(checksum, orEnd: false);
        Use(checksum);
    }

    private void ReadTrailer()
    {
        Fill(TrailerLength, orEnd: false);
        ReadOnlySpan<byte> trailer = _buffer.AsSpan(_start, TrailerLength);
        if (BinaryPrimitives.ReadUInt32LittleEndian(trailer) != _crc || BinaryPrimitives.ReadUInt32LittleEndian(trailer[4..]) != (uint)_memberLength)
        {
            throw new LayerFormatException("gzip: the checksum is not that of the content");
        }

        Use(TrailerLength);
        _part = Part.Header;
    }

    private void Drain()
    {
        do
        {
            Use(_end - _start);
        }
        while (Fill(1, orEnd: true) > 0);
    }

    private int Fill(int wanted, bool orEnd)
    {
        if (_end - _start < wanted)
        {
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            (_start, _end) = (0, _end - _start);
            for (int read; _end < wanted && (read = _blob.Read(_buffer, _end, BufferLength - _end)) > 0;)
            {
                _end += read;
            }
        }

        return _end - _start >= wanted || orEnd ? _end - _start : throw new LayerFormatException("gzip: unexpected end of the data");
    }

    private void Use(int count)
    {
        if (count > 0)
        {
            _blobHash.Append(_buffer.AsSpan(_start, count));
            _lastByte = _buffer[_start + count - 1];
            _start += count;
        }
    }
}
