using System.Buffers;
using System.Buffers.Binary;
using System.IO.Hashing;
using System.Security.Cryptography;
using Coracle.Oci;

namespace Coracle.Delta;

/// <summary>Makes deltas. Every one is applied, segment by segment, while it is made: it gives its target, by SHA-256, or it is an error.</summary>
/// <remarks>Deterministic: the same layers and options give the same bytes, with any number of threads.</remarks>
public sealed class DeltaBuilder
{
    private const int BufferLength = 64 * 1024;

    /// <summary>What else a segment has is some numbers and two hashes.</summary>
    private const int MaxPackedStreams = DeltaFormat.MaxPackedSegment - 512;

    private readonly TargetPlan _plan;
    private readonly DeltaOptions _options;
    private readonly SegmentStreams _streams = new();
    private readonly SegmentWriter _segments;
    private readonly TargetWriter _writer;
    private readonly DeltaHeader _header;
    private readonly TargetTar _hashed;
    private readonly IncrementalHash _diffId = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly byte[] _buffer = new byte[BufferLength];
    private readonly CancellationToken _cancellationToken;

    private DeltaBuilder(TargetPlan plan, DeltaOptions options, CancellationToken cancellationToken)
    {
        (_plan, _options, _cancellationToken) = (plan, options, cancellationToken);
        bool[][] reads = plan.Reads();
        int[] layers = new int[reads.Length];
        DiffId[] diffIds = new DiffId[reads.Length];
        int count = 0;
        for (int i = 0; i < layers.Length; i++)
        {
            layers[i] = Array.IndexOf(reads[i], true) < 0 ? -1 : count;
            if (layers[i] >= 0)
            {
                (diffIds[count], reads[count]) = (plan.Bases[i].DiffId, reads[i]);
                count++;
            }
        }

        _header = DeltaHeaderWriter.Write(plan.Target.DiffId, plan.Target.TarLength, options.DictionaryLog, diffIds[..count], reads);
        _segments = new SegmentWriter(options.DictionaryLog, options.Threads);
        _writer = new TargetWriter(plan, _streams, layers);
        _hashed = new TargetTar(plan.Target);
    }

    /// <param name="bases">Of the layers that a device has; only those are named in the delta of which something is used. At most 127. Not owned.</param>
    /// <param name="target">The layer that it is to get. Not owned.</param>
    /// <param name="output">Written forwards.</param>
    /// <exception cref="InvalidDataException">A layer is not what its record says; nothing that was written is a delta.</exception>
    public static DeltaSummary Create(
        IReadOnlyList<ILayerSource> bases, ILayerSource target, DeltaOptions options, Stream output, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(bases.Count, DeltaFormat.MaxBases);
        var plan = new TargetPlan(bases, target, options, cancellationToken);
        var builder = new DeltaBuilder(plan, options, cancellationToken);
        using (builder._diffId)
        {
            return builder.Write(output);
        }
    }

    private DeltaSummary Write(Stream output)
    {
        output.Write(_header.Bytes.Span);
        var report = new DeltaReport(_plan, _options.OnPath, _streams);
        var place = new RestartPoint(_header.Bytes.Length, 0, 0);
        for (TargetCursor at = default; at.TarOffset < _header.TarLength;)
        {
            byte[] segment = NextSegment(ref at, report);
            Check(segment, place, at.TarOffset - place.TarOffset);
            output.Write(segment);
            place = new RestartPoint(place.PackedOffset + segment.Length, at.TarOffset, place.Segment + 1);
        }

        if (!_diffId.GetHashAndReset().AsSpan().SequenceEqual(DigestBytes(_header.Target)))
        {
            throw new InvalidDataException($"the entries of {_header.Target} do not give its tar: padding that is not zeros, damage, or two bodies with one XXH128");
        }

        byte[] end = End(place);
        output.Write(end);
        return report.Finish(place.Segment, place.PackedOffset + end.Length);
    }

    private static byte[] DigestBytes(DiffId diffId)
    {
        byte[] bytes = new byte[Digest.ByteLength];
        diffId.Digest.CopyTo(bytes);
        return bytes;
    }

    private byte[] NextSegment(ref TargetCursor at, DeltaReport report)
    {
        TargetCursor start = at;
        for (long limit = _options.SegmentLimit; ; limit /= 2)
        {
            report.StartSegment();
            at = _writer.Write(start, limit, report.OnEntry, _cancellationToken);
            if (_segments.Pack(_streams, _cancellationToken) <= MaxPackedStreams)
            {
                break;
            }
        }

        long length = at.TarOffset - start.TarOffset;
        byte[] segment = _segments.Write(_streams, start.TarOffset, length, Hash(length));
        report.EndSegment(segment.Length, at.Entry);
        return segment;
    }

    private byte[] Hash(long length)
    {
        var hash = new XxHash128();
        for (; length > 0;)
        {
            Span<byte> tar = _buffer.AsSpan(0, (int)Math.Min(length, _buffer.Length));
            _hashed.Read(tar);
            hash.Append(tar);
            length -= tar.Length;
        }

        return hash.GetCurrentHash();
    }

    /// <summary>
    /// Applies one segment as any engine will: the decoder compares the hash of what it makes with the target's, and what it makes has to
    /// give the diffID in the end. So the target need not be read once more to be compared.
    /// </summary>
    private void Check(byte[] segment, RestartPoint place, long length)
    {
        using var packed = new MemoryStream(segment);
        using var decoder = DeltaDecoder.Borrowing(_header, place, packed, Open);
        while (length > 0)
        {
            _cancellationToken.ThrowIfCancellationRequested();
            int count = decoder.Read(_buffer.AsSpan(0, (int)Math.Min(length, _buffer.Length)));
            _diffId.AppendData(_buffer, 0, count);
            length -= count;
        }
    }

    private ILayerSource? Open(DiffId diffId)
    {
        foreach (ILayerSource source in _plan.Bases)
        {
            if (source.DiffId == diffId)
            {
                return source;
            }
        }

        return null;
    }

    private byte[] End(RestartPoint place)
    {
        var end = new ArrayBufferWriter<byte>();
        ReadOnlySpan<byte> tag = [DeltaFormat.EndTag];
        end.Write(tag);
        end.WriteNumber(place.Segment);
        end.WriteNumber(_header.TarLength);
        byte[] checksum = new byte[DeltaFormat.ChecksumLength];
        BinaryPrimitives.WriteUInt64LittleEndian(checksum, XxHash3.HashToUInt64(end.WrittenSpan));
        return [.. end.WrittenSpan, .. checksum];
    }
}
