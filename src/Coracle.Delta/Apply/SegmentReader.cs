using System.Buffers.Binary;
using System.IO.Hashing;

namespace Coracle.Delta;

/// <summary>Takes a delta apart into its segments: one is in memory at a time, packed, and its bytes are checked before any of them is used.</summary>
internal sealed class SegmentReader(Stream delta, DeltaHeader header, RestartPoint start)
{
    private readonly PlainStream[] _streams =
    [
        new(DeltaStream.Control), new(DeltaStream.Numbers), new(DeltaStream.Text), new(DeltaStream.Times),
        new(DeltaStream.Adds), new(DeltaStream.Lengths), new(DeltaStream.Jumps), new(DeltaStream.Runs), new(DeltaStream.Differences),
        new(DeltaStream.Literals),
    ];

    private readonly XxHash128 _hash = new();
    private readonly byte[] _head = new byte[1 + (3 * Numbers.MaxLength) + DeltaFormat.ChecksumLength];
    private readonly byte[] _outputHash = new byte[DeltaFormat.HashLength];
    private byte[] _packed = [];
    private int _headLength;

    /// <summary>Where the present segment begins; the first one before <see cref="MoveNext"/>, the end mark after the last.</summary>
    public RestartPoint Place { get; private set; } = start;

    /// <summary>Where the next one begins.</summary>
    public RestartPoint Next { get; private set; } = start;

    /// <summary>Bytes of the present segment's output.</summary>
    public long OutputLength { get; private set; }

    /// <summary>What they must have.</summary>
    public ReadOnlySpan<byte> OutputHash => _outputHash;

    public PlainStream this[DeltaStream stream] => _streams[(int)stream];

    /// <returns>False at the end mark, which is where it must be, and the last thing there is.</returns>
    public bool MoveNext()
    {
        Place = Next;
        _headLength = 0;
        byte tag = ReadHead();
        if (tag == DeltaFormat.EndTag)
        {
            ReadEnd();
            return false;
        }

        if (tag != DeltaFormat.SegmentTag)
        {
            throw new DeltaFormatException("there is no segment where one should begin");
        }

        int length = (int)ReadNumber(DeltaFormat.MaxPackedSegment);
        if (length < 2 * DeltaFormat.HashLength)
        {
            throw new DeltaFormatException($"a segment of {length} bytes");
        }

        ReadPacked(length);
        StartStreams(length);
        return true;
    }

    /// <summary>Nothing was left over of the present segment.</summary>
    public bool IsUsedUp()
    {
        foreach (PlainStream stream in _streams)
        {
            if (!stream.IsUsedUp)
            {
                return false;
            }
        }

        return true;
    }

    private void ReadPacked(int length)
    {
        if (_packed.Length < length)
        {
            _packed = new byte[length];
        }

        Span<byte> packed = _packed.AsSpan(0, length);
        ReadExactly(packed);
        _hash.Append(_head.AsSpan(0, _headLength));
        _hash.Append(packed[..^DeltaFormat.HashLength]);
        Span<byte> hash = stackalloc byte[DeltaFormat.HashLength];
        _hash.GetHashAndReset(hash);
        if (!hash.SequenceEqual(packed[^DeltaFormat.HashLength..]))
        {
            throw new DeltaFormatException($"segment {Place.Segment} is damaged");
        }
    }

    private void StartStreams(int length)
    {
        ReadOnlySpan<byte> rest = _packed.AsSpan(0, length - DeltaFormat.HashLength);
        long offset = Take(ref rest, header.TarLength);
        OutputLength = Take(ref rest, header.TarLength - Place.TarOffset);
        if (offset != Place.TarOffset || OutputLength == 0 || rest.Length < DeltaFormat.HashLength)
        {
            throw new DeltaFormatException($"segment {Place.Segment} does not go on where the one before ended");
        }

        rest[..DeltaFormat.HashLength].CopyTo(_outputHash);
        rest = rest[DeltaFormat.HashLength..];
        foreach (PlainStream stream in _streams)
        {
            int plain = (int)Take(ref rest, int.MaxValue);
            int packed = plain == 0 ? 0 : (int)Take(ref rest, rest.Length);
            int at = length - DeltaFormat.HashLength - rest.Length;
            stream.Start(_packed.AsMemory(at, packed <= rest.Length ? packed : throw new DeltaFormatException("a stream is longer than its segment")), plain, header.DictionaryLog);
            rest = rest[packed..];
        }

        if (!rest.IsEmpty)
        {
            throw new DeltaFormatException($"segment {Place.Segment} goes on behind its streams");
        }

        Next = new RestartPoint(Place.PackedOffset + _headLength + length, Place.TarOffset + OutputLength, Place.Segment + 1);
    }

    private void ReadEnd()
    {
        long segments = ReadNumber(int.MaxValue);
        long length = ReadNumber(long.MaxValue);
        ulong checksum = XxHash3.HashToUInt64(_head.AsSpan(0, _headLength));
        Span<byte> stated = stackalloc byte[DeltaFormat.ChecksumLength];
        ReadExactly(stated);
        if (checksum != BinaryPrimitives.ReadUInt64LittleEndian(stated) || segments != Place.Segment || length != header.TarLength || Place.TarOffset != length)
        {
            throw new DeltaFormatException("its end does not fit to what was before it");
        }

        if (delta.Read(stated) != 0)
        {
            throw new DeltaFormatException("it goes on behind its end");
        }
    }

    private byte ReadHead()
    {
        ReadExactly(_head.AsSpan(_headLength, 1));
        return _head[_headLength++];
    }

    private long ReadNumber(long most)
    {
        int start = _headLength;
        while (ReadHead() >= 0x80 && _headLength - start < Numbers.MaxLength)
        {
        }

        ReadOnlySpan<byte> number = _head.AsSpan(start, _headLength - start);
        return Take(ref number, most);
    }

    private static long Take(ref ReadOnlySpan<byte> bytes, long most)
        => Numbers.TryTake(ref bytes, out long value) && value <= most ? value : throw new DeltaFormatException("a number of a segment is out of bounds");

    private void ReadExactly(Span<byte> bytes)
    {
        if (delta.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false) < bytes.Length)
        {
            throw new DeltaFormatException("it is cut short");
        }
    }
}
