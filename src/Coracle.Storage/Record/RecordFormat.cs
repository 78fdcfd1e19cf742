namespace Coracle.Storage;

/// <summary>The numbers of docs/formats/layer-record.md, versions 1 and 2. All integers are little-endian.</summary>
internal static class RecordFormat
{
    public const uint Version = 1;

    /// <summary>Written where the tar has sparse files, and only there: engines that know version 1 alone can read all other layers.</summary>
    public const uint VersionWithSparse = 2;

    public const int HeaderLength = 128;
    public const int RowLength = 48;
    public const int FrameRowLength = 16;

    /// <summary>
    /// Uncompressed bytes in one zstd frame. Larger frames gain little (headers repeat within a few KiB), smaller ones make
    /// looking up one header cheaper; both ends hold one frame in memory.
    /// </summary>
    public const int FrameLength = 128 * 1024;

    /// <summary>All frames together, compressed. An entry costs 20 to 40 bytes, so this is some 500,000 entries.</summary>
    public const long MaxFramesLength = 16 * 1024 * 1024;

    /// <summary>What a few megabytes of zeros become when they are somebody's headers is 2 MiB of frame table, no more.</summary>
    public const int MaxFrames = 128 * 1024;

    public static ReadOnlySpan<byte> Magic => "CORACLLR"u8;
}
