using System.Buffers;
using Coracle.Lzma;

namespace Coracle.Delta;

/// <summary>
/// Whether differences pack better joined or apart, by parts of them: packing all of them both ways, to keep one, was most of the time that
/// a delta took (node-red's JavaScript: 3.7 of 5.3 CPU s). The two differ by 8 % or more, one way or the other.
/// </summary>
internal static class DifferenceSample
{
    private const int Parts = 4;

    /// <summary>Of the runs, with the differences that they tell of.</summary>
    private const int PartLength = 8 * 1024;

    public static bool IsSmallerJoined(ReadOnlySpan<byte> runs, ReadOnlySpan<byte> bytes, int dictionaryLog)
    {
        ArrayBufferWriter<byte> someRuns = new(), someBytes = new();
        Take(runs, bytes, someRuns, someBytes);
        var joined = new JoinedDifferences();
        if (!joined.TryJoin(someRuns.WrittenSpan, someBytes.WrittenSpan))
        {
            return false;
        }

        var encoder = new Lzma2Encoder();
        return Length(DeltaStream.Runs, joined.Runs, isJoined: false) + Length(DeltaStream.Differences, joined.Bytes, isJoined: true)
            < Length(DeltaStream.Runs, someRuns, isJoined: false) + Length(DeltaStream.Differences, someBytes, isJoined: false);

        long Length(DeltaStream stream, ArrayBufferWriter<byte> plain, bool isJoined)
        {
            var packed = new MemoryStream();
            encoder.Encode(plain.WrittenSpan, StreamSettings.First(stream, plain.WrittenCount, isJoined, dictionaryLog), packed);
            return packed.Length;
        }
    }

    /// <summary>Parts at the same distance from each other, all there is where it is short.</summary>
    private static void Take(ReadOnlySpan<byte> runs, ReadOnlySpan<byte> bytes, ArrayBufferWriter<byte> someRuns, ArrayBufferWriter<byte> someBytes)
    {
        int period = Math.Max(runs.Length / Parts, PartLength);
        ReadOnlySpan<byte> rest = runs;
        for (int at = 0; Numbers.TryTake(ref rest, out long zeros) && Numbers.TryTake(ref rest, out long others); at = runs.Length - rest.Length)
        {
            if (at % period < PartLength)
            {
                someRuns.WriteNumber(zeros);
                someRuns.WriteNumber(others);
                someBytes.Write(bytes[..(int)others]);
            }

            bytes = bytes[(int)others..];
        }
    }
}
