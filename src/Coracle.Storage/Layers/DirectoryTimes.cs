using Coracle.Linux;
using Coracle.Tar;

namespace Coracle.Storage;

/// <summary>
/// Sets the times of a layer's directories, once all that is in them is there. Which directories there are is read back from the
/// record: a list of them would grow with the layer.
/// </summary>
internal static class DirectoryTimes
{
    public static void Set(DirectoryHandle diff, RecordReader record)
    {
        var path = new LayerPath();
        while (record.MoveNext())
        {
            path.Set(record.Entry.Name.Span);
            if (record.Entry.Type == TarEntryType.Directory && !path.Path.IsEmpty && !Whiteout.IsOne(path.Leaf))
            {
                Set(diff, path, TreeWriter.Nanoseconds(record.Entry.ModifiedAt));
            }
        }
    }

    private static void Set(DirectoryHandle diff, LayerPath path, long nanoseconds)
    {
        try
        {
            using DirectoryHandle parent = diff.OpenInside(path.Parent);
            if (parent.TryStat(path.Leaf, out FileStatus status) && status.IsDirectory)
            {
                parent.SetModified(path.Leaf, nanoseconds);
            }
        }
        catch (LinuxException e) when (e.Errno is Errno.ENOENT or Errno.ENOTDIR or Errno.ELOOP)
        {
            // A later entry has replaced what led to it: it is not this entry's directory any more.
        }
    }
}
