using System.Buffers.Binary;
using System.IO.Hashing;
using Coracle.Oci;

namespace Coracle.Delta;

/// <summary>What stands in front of a delta: what it makes, and of what.</summary>
public sealed class DeltaHeader
{
    private readonly DeltaBase[] _bases;

    internal DeltaHeader(DiffId target, long tarLength, int dictionaryLog, DeltaBase[] bases, ReadOnlyMemory<byte> bytes)
        => (Target, TarLength, DictionaryLog, _bases, Bytes) = (target, tarLength, dictionaryLog, bases, bytes);

    public DiffId Target { get; }

    /// <summary>Bytes of the target's tar.</summary>
    public long TarLength { get; }

    public ReadOnlySpan<DeltaBase> Bases => _bases;

    /// <summary>The header as it stands in the delta: what <see cref="Parse"/> takes when decoding goes on at a restart point.</summary>
    public ReadOnlyMemory<byte> Bytes { get; }

    internal int DictionaryLog { get; }

    /// <summary>Reads the header from the front of a delta; not one byte more.</summary>
    /// <exception cref="DeltaFormatException">It is damaged or cut short.</exception>
    /// <exception cref="DeltaVersionException">Another version or codec, or a dictionary that is larger than ours.</exception>
    public static DeltaHeader Read(Stream delta)
    {
        byte[] start = new byte[DeltaFormat.FixedHeaderLength];
        if (delta.ReadAtLeast(start, start.Length, throwOnEndOfStream: false) < start.Length)
        {
            throw new DeltaFormatException("it ends inside its header");
        }

        byte[] bytes = new byte[HeaderLength(start)];
        start.CopyTo(bytes, 0);
        Span<byte> rest = bytes.AsSpan(start.Length);
        return delta.ReadAtLeast(rest, rest.Length, throwOnEndOfStream: false) == rest.Length ? Parse(bytes)
            : throw new DeltaFormatException("it ends inside its header");
    }

    /// <inheritdoc cref="Read"/>
    /// <param name="bytes">The header alone.</param>
    public static DeltaHeader Parse(ReadOnlyMemory<byte> bytes)
    {
        ReadOnlySpan<byte> rest = bytes.Span;
        if (rest.Length < DeltaFormat.FixedHeaderLength || HeaderLength(rest) != rest.Length)
        {
            throw new DeltaFormatException("its header has another length than it says");
        }

        if (BinaryPrimitives.ReadUInt64LittleEndian(rest[^DeltaFormat.ChecksumLength..]) != XxHash3.HashToUInt64(rest[..^DeltaFormat.ChecksumLength]))
        {
            throw new DeltaFormatException("the checksum of its header is wrong");
        }

        int dictionaryLog = rest[11];
        rest = rest[DeltaFormat.FixedHeaderLength..^DeltaFormat.ChecksumLength];
        DiffId target = TakeDiffId(ref rest);
        long length = Take(ref rest, long.MaxValue / 2);
        var bases = new DeltaBase[Take(ref rest, DeltaFormat.MaxBases)];
        for (int i = 0; i < bases.Length; i++)
        {
            bases[i] = new DeltaBase(TakeDiffId(ref rest), TakeRuns(ref rest));
        }

        return rest.IsEmpty ? new DeltaHeader(target, length, dictionaryLog, bases, bytes)
            : throw new DeltaFormatException("its header goes on behind its last base");
    }

    private static int HeaderLength(ReadOnlySpan<byte> start)
    {
        if (!start.StartsWith(DeltaFormat.Magic))
        {
            throw new DeltaFormatException("it does not begin as one");
        }

        int version = BinaryPrimitives.ReadUInt16LittleEndian(start[8..]);
        if (version != DeltaFormat.Version || start[10] != DeltaFormat.Lzma2Codec)
        {
            throw new DeltaVersionException(version != DeltaFormat.Version ? $"version {version}" : $"codec {start[10]}");
        }

        if (start[11] is < DeltaFormat.MinDictionaryLog or > DeltaFormat.MaxDictionaryLog)
        {
            throw new DeltaVersionException($"a dictionary of 2^{start[11]} bytes");
        }

        uint length = BinaryPrimitives.ReadUInt32LittleEndian(start[12..]);
        return length is >= DeltaFormat.FixedHeaderLength + Digest.ByteLength + 2 + DeltaFormat.ChecksumLength and <= DeltaFormat.MaxHeaderLength
            ? (int)length : throw new DeltaFormatException($"a header of {length} bytes");
    }

    private static DiffId TakeDiffId(ref ReadOnlySpan<byte> rest)
    {
        if (rest.Length < Digest.ByteLength)
        {
            throw new DeltaFormatException("its header is cut short");
        }

        var digest = new Digest(rest[..Digest.ByteLength]);
        rest = rest[Digest.ByteLength..];
        return new DiffId(digest);
    }

    private static long[] TakeRuns(ref ReadOnlySpan<byte> rest)
    {
        // A run has at least two bytes, so that what is left of the header bounds their number.
        long[] runs = new long[2 * Take(ref rest, rest.Length / 2)];
        long next = 0;
        for (int i = 0; i < runs.Length; i += 2)
        {
            runs[i] = next + Take(ref rest, DeltaFormat.MaxEntries);
            runs[i + 1] = Take(ref rest, DeltaFormat.MaxEntries) + 1;
            next = runs[i] + runs[i + 1];
            if (next > DeltaFormat.MaxEntries)
            {
                throw new DeltaFormatException("a base has too many entries");
            }
        }

        return runs;
    }

    private static long Take(ref ReadOnlySpan<byte> rest, long most)
        => Numbers.TryTake(ref rest, out long value) && value <= most ? value : throw new DeltaFormatException("a number in its header is out of bounds");
}
