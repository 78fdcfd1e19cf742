using Coracle.Lzma;

namespace Coracle.Delta;

/// <summary>How the streams of a segment are packed.</summary>
internal static class StreamSettings
{
    public const int Count = 4;

    /// <summary>In longer streams a long match is taken at once: 2.4 MB of programs are 0.06 % larger in a seventh less time.</summary>
    private const int LongStream = 1 << 20;

    private const int NiceLength = 64, Depth = 48;

    /// <summary>Three numbers (lc, lp, pb) each. Measured: the first is best for every stream that is large.</summary>
    private static ReadOnlySpan<byte> Settings => [3, 0, 0, 0, 0, 0, 4, 0, 0, 0, 2, 2];

    public static Lzma2Options First(DeltaStream stream, int length, bool isJoined, int dictionaryLog) => At(0, stream, length, isJoined, dictionaryLog);

    /// <param name="isJoined">Differences with the zeros between them: most of them are zeros.</param>
    public static Lzma2Options At(int setting, DeltaStream stream, int length, bool isJoined, int dictionaryLog)
    {
        ReadOnlySpan<byte> three = Settings.Slice(3 * setting, 3);
        var options = new Lzma2Options(DeltaFormat.DictionaryLength(stream, length, dictionaryLog), three[0], three[1], three[2]);
        return isJoined ? options with { PassesRuns = true, Depth = Depth }
            : length > LongStream ? options with { NiceLength = NiceLength, Depth = Depth }
            : options;
    }
}
