namespace Coracle.Delta;

/// <summary>How a delta is made.</summary>
public sealed class DeltaOptions
{
    private const int MinSegment = 4096;

    /// <summary>What creation may hold beside its streams' buffers (some 64 MiB): old files, the index of them, and the new file that is looked for in it.</summary>
    public long MemoryBytes { get; init; } = 256L << 20;

    /// <summary>Of ours, at the same time. The result does not depend on it.</summary>
    public int Threads { get; init; } = Environment.ProcessorCount;

    /// <summary>The logarithm of the largest dictionary, 12 to 20: what a decoder needs follows from it.</summary>
    public int DictionaryLog { get; init; } = DeltaFormat.MaxDictionaryLog;

    /// <summary>Where a segment ends, packed, about; it has at least 4 KiB and at most 1 MiB.</summary>
    public int SegmentBytes { get; init; } = 1 << 20;

    /// <summary>Told of each path, for reports: of the target's in their order, then of those that are gone.</summary>
    public Action<DeltaPath>? OnPath { get; init; }

    internal int SegmentLimit => Math.Clamp(SegmentBytes, MinSegment, 1 << 20);
}
