using System.Buffers;
using System.IO.Hashing;
using Coracle.Lzma;

namespace Coracle.Delta;

/// <summary>Packs the streams of a segment and puts it together.</summary>
internal sealed class SegmentWriter(int dictionaryLog, int threads)
{
    /// <summary>Streams up to this length are packed in several ways: a few bytes count there, and time does not.</summary>
    private const int SmallStream = 24 * 1024;

    /// <summary>Longer ones are packed in one of both forms only, see <see cref="DifferenceSample"/>.</summary>
    private const int LongJoined = 256 * 1024;

    // Behind the streams themselves: their differences in longer runs.
    private const int JoinedRuns = DeltaFormat.StreamCount, JoinedBytes = JoinedRuns + 1, PackCount = JoinedBytes + 1;

    private readonly JoinedDifferences _joined = new();
    private readonly MemoryStream[] _packed = new MemoryStream[PackCount * StreamSettings.Count];
    private bool _isJoined;
    private bool _isChosen;
    private bool _useJoined;

    /// <returns>Their length when packed.</returns>
    public long Pack(SegmentStreams streams, CancellationToken cancellationToken)
    {
        ReadOnlySpan<byte> runs = streams[DeltaStream.Runs].WrittenSpan, differences = streams[DeltaStream.Differences].WrittenSpan;
        _isJoined = _joined.TryJoin(runs, differences);
        _isChosen = _isJoined && _joined.Bytes.WrittenCount > LongJoined;
        _useJoined = _isChosen && DifferenceSample.IsSmallerJoined(runs, differences, dictionaryLog);
        Workers.Run(_packed.Length, threads, () => new Lzma2Encoder(), (encoder, i) => PackOne((Lzma2Encoder)encoder, streams, i), cancellationToken);
        _useJoined = _isChosen ? _useJoined : _isJoined && Smallest(JoinedRuns).Length + Smallest(JoinedBytes).Length
            < Smallest((int)DeltaStream.Runs).Length + Smallest((int)DeltaStream.Differences).Length;
        long length = 0;
        for (int i = 0; i < DeltaFormat.StreamCount; i++)
        {
            length += Smallest(PackOf(i)).Length;
        }

        return length;
    }

    /// <summary>After <see cref="Pack"/>, of the same streams.</summary>
    /// <returns>The segment as it stands in the delta.</returns>
    public byte[] Write(SegmentStreams streams, long outputOffset, long outputLength, ReadOnlySpan<byte> outputHash)
    {
        var body = new ArrayBufferWriter<byte>();
        body.WriteNumber(outputOffset);
        body.WriteNumber(outputLength);
        body.Write(outputHash);
        for (int i = 0; i < DeltaFormat.StreamCount; i++)
        {
            WriteStream(body, Plain(streams, PackOf(i)).WrittenCount, PackOf(i));
        }

        var segment = new ArrayBufferWriter<byte>(body.WrittenCount + 64);
        ReadOnlySpan<byte> tag = [DeltaFormat.SegmentTag];
        segment.Write(tag);
        segment.WriteNumber(body.WrittenCount + DeltaFormat.HashLength);
        segment.Write(body.WrittenSpan);
        return [.. segment.WrittenSpan, .. XxHash128.Hash(segment.WrittenSpan)];
    }

    private int PackOf(int stream)
        => !_useJoined ? stream : (DeltaStream)stream == DeltaStream.Runs ? JoinedRuns : (DeltaStream)stream == DeltaStream.Differences ? JoinedBytes : stream;

    private void WriteStream(ArrayBufferWriter<byte> body, int plainLength, int pack)
    {
        body.WriteNumber(plainLength);
        if (plainLength > 0)
        {
            MemoryStream packed = Smallest(pack);
            body.WriteNumber(packed.Length);
            body.Write(packed.GetBuffer().AsSpan(0, (int)packed.Length));
        }
    }

    private ArrayBufferWriter<byte> Plain(SegmentStreams streams, int pack)
        => pack == JoinedRuns ? _joined.Runs : pack == JoinedBytes ? _joined.Bytes : streams[(DeltaStream)pack];

    /// <param name="piece">All streams with the first setting, then all with the second: the long ones begin early.</param>
    private void PackOne(Lzma2Encoder encoder, SegmentStreams streams, int piece)
    {
        int pack = piece % PackCount;
        int setting = piece / PackCount;
        MemoryStream packed = _packed[(pack * StreamSettings.Count) + setting] ??= new MemoryStream();
        packed.SetLength(0);
        ReadOnlySpan<byte> plain = Plain(streams, pack).WrittenSpan;
        if (plain.IsEmpty || IsLeftOut(pack) || (setting > 0 && plain.Length > SmallStream))
        {
            return;
        }

        DeltaStream kind = pack == JoinedRuns ? DeltaStream.Runs : pack == JoinedBytes ? DeltaStream.Differences : (DeltaStream)pack;
        encoder.Encode(plain, StreamSettings.At(setting, kind, plain.Length, pack == JoinedBytes, dictionaryLog), packed);
    }

    /// <summary>The form of the differences that there is not, or that was not chosen.</summary>
    private bool IsLeftOut(int pack)
        => pack >= JoinedRuns ? !_isJoined || (_isChosen && !_useJoined)
            : _isChosen && _useJoined && pack is (int)DeltaStream.Runs or (int)DeltaStream.Differences;

    private MemoryStream Smallest(int pack)
    {
        MemoryStream smallest = _packed[pack * StreamSettings.Count];
        for (int i = 1; i < StreamSettings.Count; i++)
        {
            MemoryStream other = _packed[(pack * StreamSettings.Count) + i];
            smallest = other.Length > 0 && other.Length < smallest.Length ? other : smallest;
        }

        return smallest;
    }
}
