using Coracle.Lzma;

namespace Coracle.Delta;

/// <summary>How the streams of a segment are packed.</summary>
internal static class StreamSettings
{
    public const int Count = 4;

    /// <summary>
    /// In longer streams a long match is taken at once, and few places are looked at. 19.4 MB of programs, nice length and depth: 64 and 48:
    /// 5,088,712 bytes in 7.6 CPU s; 48 and 8: 5,120,632 in 6.4; 24 and 10: 5,126,053 in 6.2; 16 and 6: 5,187,387 in 5.3, and that is too much:
    /// from 5,137,202 on (7/10 of the layer through gzip) the layer would be sent in full instead.
    /// </summary>
    private const int LongStream = 1 << 20;

    private const int NiceLength = 48, Depth = 8;

    /// <summary>A Go program's differences: 48: 185,082 bytes in 1.43 CPU s; 32: 185,790 in 1.35; 24: 187,700 in 1.26.</summary>
    private const int JoinedDepth = 32;

    /// <summary>Three numbers (lc, lp, pb) each. Measured: the first is best for every stream that is large.</summary>
    private static ReadOnlySpan<byte> Settings => [3, 0, 0, 0, 0, 0, 4, 0, 0, 0, 2, 2];

    public static Lzma2Options First(DeltaStream stream, int length, bool isJoined, int dictionaryLog) => At(0, stream, length, isJoined, dictionaryLog);

    /// <param name="isJoined">Differences with the zeros between them: most of them are zeros.</param>
    public static Lzma2Options At(int setting, DeltaStream stream, int length, bool isJoined, int dictionaryLog)
    {
        ReadOnlySpan<byte> three = Settings.Slice(3 * setting, 3);
        var options = new Lzma2Options(DeltaFormat.DictionaryLength(stream, length, dictionaryLog), three[0], three[1], three[2]);
        return isJoined ? options with { PassesRuns = true, Depth = JoinedDepth }
            : length > LongStream ? options with { NiceLength = NiceLength, Depth = Depth }
            : options;
    }
}
