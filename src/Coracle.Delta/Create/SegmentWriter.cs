using System.Buffers;
using System.IO.Hashing;
using Coracle.Lzma;

namespace Coracle.Delta;

/// <summary>Packs the streams of a segment and puts it together.</summary>
internal sealed class SegmentWriter(int dictionaryLog, int threads)
{
    // (lc, lp, pb): text; numbers without alignment; code of four-byte instructions; the plainest.
    private static ReadOnlySpan<byte> Settings => [3, 0, 0, 3, 0, 2, 0, 2, 2, 0, 0, 0];

    private readonly MemoryStream[,] _packed = new MemoryStream[8, 4];

    /// <returns>The segment as it stands in the delta.</returns>
    public byte[] Write(SegmentStreams streams, long outputOffset, long outputLength, ReadOnlySpan<byte> outputHash, CancellationToken cancellationToken)
    {
        int settings = Settings.Length / 3;
        Workers.Run(streams.Count * settings, threads, () => new Lzma2Encoder(), (encoder, i) => Pack((Lzma2Encoder)encoder, streams, i / settings, i % settings), cancellationToken);
        var body = new ArrayBufferWriter<byte>();
        body.WriteNumber(outputOffset);
        body.WriteNumber(outputLength);
        body.Write(outputHash);
        for (int i = 0; i < streams.Count; i++)
        {
            int plain = streams[(DeltaStream)i].WrittenCount;
            body.WriteNumber(plain);
            if (plain > 0)
            {
                MemoryStream packed = Smallest(i, settings);
                body.WriteNumber(packed.Length);
                body.Write(packed.GetBuffer().AsSpan(0, (int)packed.Length));
            }
        }

        var segment = new ArrayBufferWriter<byte>(body.WrittenCount + 64);
        ReadOnlySpan<byte> tag = [DeltaFormat.SegmentTag];
        segment.Write(tag);
        segment.WriteNumber(body.WrittenCount + DeltaFormat.HashLength);
        segment.Write(body.WrittenSpan);
        return [.. segment.WrittenSpan, .. XxHash128.Hash(segment.WrittenSpan)];
    }

    private void Pack(Lzma2Encoder encoder, SegmentStreams streams, int stream, int setting)
    {
        ReadOnlySpan<byte> plain = streams[(DeltaStream)stream].WrittenSpan;
        if (plain.IsEmpty)
        {
            return;
        }

        MemoryStream packed = _packed[stream, setting] ??= new MemoryStream();
        packed.SetLength(0);
        int dictionary = DeltaFormat.DictionaryLength((DeltaStream)stream, plain.Length, dictionaryLog);
        encoder.Encode(plain, new Lzma2Options(dictionary, Settings[3 * setting], Settings[(3 * setting) + 1], Settings[(3 * setting) + 2]), packed);
    }

    private MemoryStream Smallest(int stream, int settings)
    {
        MemoryStream smallest = _packed[stream, 0];
        for (int i = 1; i < settings; i++)
        {
            smallest = _packed[stream, i].Length < smallest.Length ? _packed[stream, i] : smallest;
        }

        return smallest;
    }
}
