using System.IO.Hashing;
using System.Text;

namespace Coracle.Core;

/// <summary>Sorts the files of a target by directory and by what became of them. Nine bytes for each file of the bases.</summary>
internal sealed class PathTally
{
    /// <summary>Components of a path that a row has: usr/lib is one.</summary>
    private const int Depth = 2;

    /// <summary>What is beyond these is counted together.</summary>
    private const int MaxRows = 1000;

    private const string Others = "…";

    private readonly Dictionary<string, DirectoryTally> _rows = new(StringComparer.Ordinal);
    private ulong[] _old = new ulong[1024];
    private bool[] _seen = [];
    private int _count;

    public IReadOnlyList<DirectoryTally> Rows => [.. _rows.Values];

    /// <summary>All files of the bases come first.</summary>
    public void AddOld(ReadOnlySpan<byte> name)
    {
        if (_count == _old.Length)
        {
            Array.Resize(ref _old, 2 * _count);
        }

        _old[_count++] = HashOf(name);
    }

    public void EndOld()
    {
        Array.Sort(_old, 0, _count);
        _seen = new bool[_count];
    }

    /// <summary>Then those of the target.</summary>
    public void Add(ReadOnlySpan<byte> name, bool isCopied, long bytes)
    {
        bool isOld = See(name);
        Row(name).Add(isCopied ? PathFate.Copied : isOld ? PathFate.Patched : PathFate.New, bytes);
    }

    /// <summary>Then the bases' once more: what the target did not have is removed.</summary>
    public void AddUnlessSeen(ReadOnlySpan<byte> name, long bytes)
    {
        if (!_seen[First(name)])
        {
            See(name);
            Row(name).Add(PathFate.Removed, bytes);
        }
    }

    private bool See(ReadOnlySpan<byte> name)
    {
        int place = First(name);
        if (place < 0)
        {
            return false;
        }

        _seen[place] = true;
        return true;
    }

    /// <summary>A name that several layers have stands there as often: the first of them counts.</summary>
    private int First(ReadOnlySpan<byte> name)
    {
        ulong hash = HashOf(name);
        int place = Array.BinarySearch(_old, 0, _count, hash);
        while (place > 0 && _old[place - 1] == hash)
        {
            place--;
        }

        return place;
    }

    private DirectoryTally Row(ReadOnlySpan<byte> name)
    {
        string path = DirectoryOf(Clean(name));
        if (!_rows.TryGetValue(path, out DirectoryTally? row))
        {
            path = _rows.Count < MaxRows ? path : Others;
            if (!_rows.TryGetValue(path, out row))
            {
                _rows.Add(path, row = new DirectoryTally(path));
            }
        }

        return row;
    }

    private static string DirectoryOf(ReadOnlySpan<byte> name)
    {
        int end = 0;
        for (int depth = 0; depth < Depth; depth++)
        {
            int slash = name[Math.Min(name.Length, end + (depth > 0 ? 1 : 0))..].IndexOf((byte)'/');
            if (slash < 0)
            {
                break;
            }

            end += slash + (depth > 0 ? 1 : 0);
        }

        return Encoding.UTF8.GetString(name[..end]);
    }

    private static ulong HashOf(ReadOnlySpan<byte> name) => XxHash3.HashToUInt64(Clean(name));

    private static ReadOnlySpan<byte> Clean(ReadOnlySpan<byte> name)
    {
        while (name.StartsWith("./"u8) || name.StartsWith("/"u8))
        {
            name = name[(name.IndexOf((byte)'/') + 1)..];
        }

        return name;
    }
}
