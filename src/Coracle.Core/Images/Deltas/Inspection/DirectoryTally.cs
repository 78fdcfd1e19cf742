namespace Coracle.Core;

/// <summary>What became of the files of one directory.</summary>
public sealed class DirectoryTally(string path)
{
    private const int Kinds = 4;

    private readonly long[] _files = new long[Kinds];
    private readonly long[] _bytes = new long[Kinds];

    /// <summary>Without a slash in front or behind; empty for the root.</summary>
    public string Path => path;

    /// <summary>Files that have content.</summary>
    public long Files(PathFate fate) => _files[(int)fate];

    /// <summary>Of their bodies; of the old ones where they are removed.</summary>
    public long Bytes(PathFate fate) => _bytes[(int)fate];

    internal void Add(PathFate fate, long bytes)
    {
        _files[(int)fate]++;
        _bytes[(int)fate] += bytes;
    }
}
