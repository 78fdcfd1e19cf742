using Coracle.Linux;
using Coracle.Tar;
using Microsoft.Win32.SafeHandles;

namespace Coracle.Storage;

// Owner, then mode (chown clears setuid), then attributes (chown clears security.capability too), then times.
internal sealed partial class TreeWriter
{
    private const long NanosecondsPerSecond = 1_000_000_000;

    /// <summary>What Moby's boundTime does: a time before 1970, or beyond what 64 bits of nanoseconds hold, becomes 1970.</summary>
    internal static long Nanoseconds(TarTime time)
        => time.Seconds is < 0 or >= long.MaxValue / NanosecondsPerSecond ? 0 : (time.Seconds * NanosecondsPerSecond) + time.Nanoseconds;

    private void SetAttributes(SafeFileHandle file, TarEntry entry)
    {
        OpenFile.SetOwner(file, entry.Uid, entry.Gid);
        OpenFile.SetMode(file, entry.Mode);
        for (int i = 0; i < entry.Xattrs.Count; i++)
        {
            TarXattr xattr = entry.Xattrs[i];
            if (OverlayDialect.IsReserved(xattr.Name.Span))
            {
                Ignore(xattr);
                continue;
            }

            try
            {
                OpenFile.SetExtendedAttribute(file, xattr.Name.Span, xattr.Value.Span);
            }
            catch (LinuxException e) when (IsIgnorable(e))
            {
                Ignore(xattr);
            }
        }

        OpenFile.SetModified(file, Nanoseconds(entry.ModifiedAt));
    }

    private void SetAttributes(DirectoryHandle directory, TarEntry entry)
    {
        directory.SetItsOwner(entry.Uid, entry.Gid);
        directory.SetItsMode(entry.Mode);
        for (int i = 0; i < entry.Xattrs.Count; i++)
        {
            TarXattr xattr = entry.Xattrs[i];
            if (OverlayDialect.IsReserved(xattr.Name.Span))
            {
                Ignore(xattr);
                continue;
            }

            try
            {
                directory.SetItsExtendedAttribute(xattr.Name.Span, xattr.Value.Span);
            }
            catch (LinuxException e) when (IsIgnorable(e))
            {
                Ignore(xattr);
            }
        }
    }

    /// <summary>Links and nodes. A hard link's header sets its inode's attributes once more, as in Docker.</summary>
    private void SetAttributes(DirectoryHandle parent, ReadOnlySpan<byte> leaf, TarEntry entry)
    {
        parent.SetOwner(leaf, entry.Uid, entry.Gid);
        bool isSymbolicLink = entry.Type == TarEntryType.SymbolicLink
            || (entry.Type == TarEntryType.HardLink && parent.Stat(leaf).Kind == FileKind.SymbolicLink);
        if (!isSymbolicLink)
        {
            parent.SetMode(leaf, entry.Mode);
        }

        for (int i = 0; i < entry.Xattrs.Count; i++)
        {
            TarXattr xattr = entry.Xattrs[i];
            if (OverlayDialect.IsReserved(xattr.Name.Span))
            {
                Ignore(xattr);
                continue;
            }

            try
            {
                parent.SetExtendedAttribute(leaf, xattr.Name.Span, xattr.Value.Span);
            }
            catch (LinuxException e) when (IsIgnorable(e))
            {
                Ignore(xattr);
            }
        }

        parent.SetModified(leaf, Nanoseconds(entry.ModifiedAt));
    }

    /// <summary>As Moby: a file system without attributes, or a namespace that may not set them, is no reason to refuse an image.</summary>
    private static bool IsIgnorable(LinuxException e) => e.Errno is Errno.EOPNOTSUPP or Errno.EPERM;

    private void Ignore(TarXattr xattr)
    {
        if (IgnoredXattrs++ == 0)
        {
            FirstIgnoredXattr = InvalidTarException.Show(xattr.Name.Span);
        }
    }
}
