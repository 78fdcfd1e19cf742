using System.IO.Hashing;
using System.Security.Cryptography;

namespace Coracle.Tests.Delta.Second;

/// <summary>
/// Deltas read a second time, by code that was written from docs/formats/delta.md alone, before its writer had seen a line of
/// Coracle.Delta or Coracle.Lzma: what both decoders agree on is what the page says. Everything is in memory, nothing is fast.
/// </summary>
internal static class SecondDecoder
{
    private const int MaxSegmentLength = 1_310_720;

    /// <param name="limit">Where to stop an output that grows: the format allows a few bytes to give 2^63 zeros.</param>
    /// <returns>The target's tar, of which the SHA-256 has been found right.</returns>
    /// <exception cref="RefusedException">The delta, or a base, is not what it has to be.</exception>
    public static byte[] Decode(ReadOnlyMemory<byte> delta, IBaseLayers layers, int limit = 256 * 1024 * 1024)
    {
        DeltaHeader header = DeltaHeader.Read(delta, out int length);
        var sources = new Sources(header, layers);
        using var output = new MemoryStream();
        var cursor = new Cursor(delta[length..], "delta");
        for (long segments = 0; !ReadEnd(cursor, header, output.Length, segments); segments++)
        {
            RefusedException.Unless(output.Length < header.TarLength, "a segment behind the tar's end");
            output.Write(ReadSegment(cursor, header, sources, output.Length, limit - output.Length));
        }

        RefusedException.Unless(cursor.IsAtEnd, "bytes behind the end");
        byte[] tar = output.ToArray();
        RefusedException.Unless(SHA256.HashData(tar).AsSpan().SequenceEqual(header.Target), "the tar is not the target");
        return tar;
    }

    /// <returns>False if there is a segment instead; its mark has been read.</returns>
    private static bool ReadEnd(Cursor cursor, DeltaHeader header, long written, long segments)
    {
        int start = cursor.Position;
        byte mark = cursor.Byte();
        if (mark == 'S')
        {
            return false;
        }

        RefusedException.Unless(mark == 'E', $"neither a segment nor an end: {mark}");
        RefusedException.Unless(cursor.Number() == segments, "end: another number of segments");
        RefusedException.Unless(cursor.Number() == header.TarLength && written == header.TarLength, "end: another length of the tar");
        ulong sum = XxHash3.HashToUInt64(cursor.Since(start).Span);
        RefusedException.Unless(cursor.UInt64() == sum, "the end is damaged");
        return true;
    }

    private static byte[] ReadSegment(Cursor cursor, DeltaHeader header, Sources sources, long written, long limit)
    {
        int start = cursor.Position - 1;
        long length = cursor.Number(MaxSegmentLength);
        int inside = cursor.Position;
        cursor.Take(length);
        ReadOnlyMemory<byte> all = cursor.Since(start);
        RefusedException.Unless(length >= 16, "a segment without its hash");
        RefusedException.Unless(XxHash128.Hash(all.Span[..^16]).AsSpan().SequenceEqual(all.Span[^16..]), "the segment is damaged");

        var body = new Cursor(all[(inside - start)..^16], "segment");
        RefusedException.Unless(body.Number() == written, "the segment belongs elsewhere");
        long outputLength = body.Number(header.TarLength - written);
        RefusedException.Unless(outputLength >= 1, "a segment without output");
        RefusedException.Unless(outputLength <= limit, "more output than the caller wants");
        byte[] hash = body.Take(16).ToArray();
        var streams = new SegmentStreams(SegmentStreams.Unpack(body, header.DictionaryBits, limit));
        RefusedException.Unless(body.IsAtEnd, "bytes behind the streams");

        byte[] output = new SegmentOperations(streams, sources, header.TarLength - written, (int)outputLength).Run();
        RefusedException.Unless(XxHash128.Hash(output).AsSpan().SequenceEqual(hash), "the segment's output is another");
        return output;
    }
}
