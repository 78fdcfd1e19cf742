using Coracle.Linux;

namespace Coracle.Storage;

/// <summary>Adds up a tree that may be changing meanwhile.</summary>
internal static class DiskUsage
{
    /// <summary>Directories are held open on the way down; what is deeper is not counted.</summary>
    private const int MaxDepth = 128;

    /// <summary>Bytes of files and links as they say; an inode of several names counts once, as Docker counts. One file system.</summary>
    public static long Of(DirectoryHandle directory) => Of(directory, [], 0);

    private static long Of(DirectoryHandle directory, HashSet<ulong> linked, int depth)
    {
        long sum = 0;
        using DirectoryReader entries = directory.ReadEntries();
        while (entries.Next())
        {
            // Gone between the two looks: a container is running in it.
            if (!directory.TryStat(entries.Name, out FileStatus status))
            {
                continue;
            }

            if (!status.IsDirectory)
            {
                sum += status.LinkCount < 2 || linked.Add(status.Inode) ? status.Size : 0;
            }
            else if (depth < MaxDepth && directory.TryOpenDirectory(entries.Name, out DirectoryHandle? below))
            {
                using (below)
                {
                    sum += Of(below, linked, depth + 1);
                }
            }
        }

        return sum;
    }
}
