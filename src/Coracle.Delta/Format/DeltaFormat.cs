namespace Coracle.Delta;

/// <summary>The numbers of docs/formats/delta.md.</summary>
internal static class DeltaFormat
{
    public const byte Version = 1;
    public const byte Lzma2Codec = 1;

    public const int FixedHeaderLength = 16;
    public const int MaxHeaderLength = 256 * 1024;
    public const int MaxBases = 127;
    public const long MaxEntries = 1L << 32;

    public const int MinDictionaryLog = 12, MaxDictionaryLog = 20;

    public const byte SegmentTag = (byte)'S', EndTag = (byte)'E';
    public const int HashLength = 16, ChecksumLength = 8;

    /// <summary>What a decoder holds of a packed delta at a time.</summary>
    public const int MaxPackedSegment = 1280 * 1024;

    public const int StreamCount = 10;

    public const int BlockLength = 512;

    /// <summary>Longer ones (large attributes, maps of sparse files) travel as raw bytes.</summary>
    public const int MaxHeadersLength = 64 * 1024;

    public const int MaxNameLength = ushort.MaxValue;

    public static ReadOnlySpan<byte> Magic => "CORACLDL"u8;

    /// <returns>Zero bytes behind something of this length.</returns>
    public static int Padding(long length) => (int)(-length & (BlockLength - 1));

    public static int DictionaryLength(DeltaStream stream, int plainLength, int dictionaryLog)
    {
        bool isLarge = stream is DeltaStream.Text or DeltaStream.Differences or DeltaStream.Literals;
        int most = Math.Max(1 << MinDictionaryLog, 1 << (isLarge ? dictionaryLog : dictionaryLog - 3));
        int length = 1 << MinDictionaryLog;
        while (length < most && length < plainLength)
        {
            length <<= 1;
        }

        return length;
    }
}
