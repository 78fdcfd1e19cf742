using System.Buffers.Text;

namespace Coracle.Linux;

// Removing whole trees, which a layer or a container has made as it pleased: deep, wide, full of links.
public sealed unsafe partial class DirectoryHandle
{
    /// <summary>Where directories from below are brought up to; a clash with a name of the tree only costs another number.</summary>
    private static ReadOnlySpan<byte> LiftedPrefix => ".coracle-rm-"u8;

    private const int LiftedNameLength = 32;

    /// <summary>
    /// Removes a file, a link, or a directory with everything in it. Links are never followed. A mount point in the tree ends it with
    /// EBUSY; what is mounted there is not touched. Depth costs neither descriptors nor stack: at most three are open.
    /// </summary>
    /// <returns>False when there was nothing of that name.</returns>
    public bool RemoveTree(ReadOnlySpan<byte> name)
    {
        switch (RemoveOne(name))
        {
            case Removed.Absent:
                return false;
            case Removed.Gone:
                return true;
        }

        using (DirectoryHandle tree = OpenDirectory(name))
        {
            tree.RemoveContent();
        }

        RemoveDirectory(name);
        return true;
    }

    /// <summary>Removes everything in this directory, as <see cref="RemoveTree(ReadOnlySpan{byte})"/> does.</summary>
    public void RemoveContent()
    {
        using DirectoryReader entries = ReadEntries();
        int lifted = 0;
        bool found;
        do
        {
            found = false;
            while (entries.Next())
            {
                found = true;
                if (RemoveOne(entries.Name) == Removed.NotEmpty)
                {
                    RemoveFlat(entries.Name, ref lifted);
                }
            }

            entries.Rewind(); // what was lifted meanwhile may have been passed over
        }
        while (found);
    }

    private enum Removed
    {
        Absent,
        Gone,
        NotEmpty,
    }

    private Removed RemoveOne(ReadOnlySpan<byte> name)
    {
        using var self = new Borrowed(this);
        fixed (byte* cName = Leaf(name, stackalloc byte[CText.StackLength]))
        {
            if (LibC.unlinkat(self.Fd, cName, flags: 0) == 0)
            {
                return Removed.Gone;
            }

            if (LinuxException.LastErrno == Errno.ENOENT)
            {
                return Removed.Absent;
            }

            if (LinuxException.LastErrno is not (Errno.EISDIR or Errno.EPERM))
            {
                throw Failure("unlink", name);
            }

            // The kernel looks at mount points before it looks at emptiness, so nothing that is mounted is ever entered.
            if (LibC.unlinkat(self.Fd, cName, Abi.AT_REMOVEDIR) == 0)
            {
                return Removed.Gone;
            }

            return LinuxException.LastErrno is Errno.ENOTEMPTY or Errno.EEXIST ? Removed.NotEmpty : throw Failure("rmdir", name);
        }
    }

    /// <summary>Empties and removes one directory; the directories in it are moved up here, for the caller's loop to find.</summary>
    private void RemoveFlat(ReadOnlySpan<byte> name, ref int lifted)
    {
        using (DirectoryHandle directory = OpenDirectory(name))
        using (DirectoryReader entries = directory.ReadEntries())
        {
            bool found;
            do
            {
                found = false;
                while (entries.Next())
                {
                    found = true;
                    if (directory.RemoveOne(entries.Name) == Removed.NotEmpty)
                    {
                        directory.Lift(entries.Name, this, ref lifted);
                    }
                }

                entries.Rewind();
            }
            while (found);
        }

        RemoveDirectory(name);
    }

    private void Lift(ReadOnlySpan<byte> name, DirectoryHandle up, ref int lifted)
    {
        using var self = new Borrowed(this);
        using var other = new Borrowed(up);
        Span<byte> free = stackalloc byte[LiftedNameLength];
        LiftedPrefix.CopyTo(free);
        fixed (byte* cName = Leaf(name, stackalloc byte[CText.StackLength]), cFree = free)
        {
            do
            {
                Utf8Formatter.TryFormat(lifted++, free[LiftedPrefix.Length..], out int digits);
                free[LiftedPrefix.Length + digits] = 0;
                if (LibC.renameat2(self.Fd, cName, other.Fd, cFree, 0) == 0)
                {
                    return;
                }
            }
            while (LinuxException.LastErrno is Errno.ENOTEMPTY or Errno.EEXIST or Errno.ENOTDIR);

            throw Failure("rename", name);
        }
    }
}
