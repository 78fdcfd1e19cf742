using Coracle.Linux;
using Microsoft.Win32.SafeHandles;

namespace Coracle.Core;

/// <summary>One file of a rotated log, held open: renaming and removal no longer matter to whoever reads it.</summary>
internal sealed class LogFile(SafeFileHandle handle, ulong inode) : IDisposable
{
    public SafeFileHandle Handle => handle;

    public ulong Inode => inode;

    public void Dispose() => handle.Dispose();
}

/// <summary>The files of one container's log: <c>x.log</c> is being written, <c>x.log.1</c> was before, and so on.</summary>
internal sealed class LogFiles(DirectoryHandle directory, string name)
{
    /// <summary>More old files than anybody keeps.</summary>
    private const int MostFiles = 1000;

    /// <summary>
    /// Opens every file newer than the one named, the oldest first. The newest is opened first, so a rotation meanwhile shows a
    /// file twice (seen by its inode) and never hides one.
    /// </summary>
    /// <param name="known">Inode of a file that was read already; 0 opens all.</param>
    public List<LogFile> OpenNewerThan(ulong known)
    {
        List<LogFile> files = [];
        for (int i = 0; i < MostFiles; i++)
        {
            string file = i == 0 ? name : string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{name}.{i}");
            if (!directory.TryStat(file, out FileStatus status) || !directory.TryOpenRead(file, out SafeFileHandle? handle))
            {
                if (i == 0)
                {
                    continue; // between the renaming of the old and the making of the new one
                }

                break;
            }

            if (status.Inode == known)
            {
                handle.Dispose();
                break;
            }

            if (files.Exists(seen => seen.Inode == status.Inode))
            {
                handle.Dispose();
            }
            else
            {
                files.Add(new LogFile(handle, status.Inode));
            }
        }

        files.Reverse();
        return files;
    }
}
