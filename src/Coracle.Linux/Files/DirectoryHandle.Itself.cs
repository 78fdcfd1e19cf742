namespace Coracle.Linux;

// Owner, mode and attributes of the open directory itself: no name is looked up again.
public sealed unsafe partial class DirectoryHandle
{
    /// <inheritdoc cref="SetOwner(ReadOnlySpan{byte}, uint, uint)"/>
    public void SetItsOwner(uint uid, uint gid)
    {
        using var self = new Borrowed(this);
        if (LibC.fchown(self.Fd, uid, gid) != 0)
        {
            throw LinuxException.FromLastError("fchown", _label);
        }
    }

    /// <inheritdoc cref="SetMode(ReadOnlySpan{byte}, int)"/>
    public void SetItsMode(int mode)
    {
        using var self = new Borrowed(this);
        if (LibC.fchmod(self.Fd, (uint)mode) != 0)
        {
            throw LinuxException.FromLastError("fchmod", _label);
        }
    }

    /// <inheritdoc cref="SetExtendedAttribute(ReadOnlySpan{byte}, ReadOnlySpan{byte}, ReadOnlySpan{byte})"/>
    public void SetItsExtendedAttribute(ReadOnlySpan<byte> attribute, ReadOnlySpan<byte> value)
    {
        using var self = new Borrowed(this);
        fixed (byte* cAttribute = new CText(attribute, stackalloc byte[CText.StackLength]), cValue = value)
        {
            if (LibC.fsetxattr(self.Fd, cAttribute, cValue, (nuint)value.Length, flags: 0) != 0)
            {
                throw LinuxException.FromLastError("fsetxattr", _label);
            }
        }
    }

    /// <inheritdoc cref="GetExtendedAttribute(ReadOnlySpan{byte}, ReadOnlySpan{byte})"/>
    public byte[]? GetItsExtendedAttribute(ReadOnlySpan<byte> attribute) => GetAttribute("."u8, attribute);

    /// <inheritdoc cref="ListExtendedAttributes(ReadOnlySpan{byte})"/>
    public IReadOnlyList<byte[]> ListItsExtendedAttributes() => ListAttributes("."u8);

    /// <inheritdoc cref="SetModified(ReadOnlySpan{byte}, long)"/>
    public void SetItsModified(long nanoseconds)
    {
        using var self = new Borrowed(this);
        timespec* times = stackalloc timespec[2];
        times[0] = times[1] = OpenFile.Timespec(nanoseconds);
        if (LibC.futimens(self.Fd, times) != 0)
        {
            throw LinuxException.FromLastError("futimens", _label);
        }
    }

    /// <returns>Bytes that this process may still write to the file system, and inodes it may still make.</returns>
    public (long Bytes, long Inodes) FreeRoom()
    {
        using var self = new Borrowed(this);
        statvfs64 status;
        if (LibC.fstatvfs64(self.Fd, &status) != 0)
        {
            throw LinuxException.FromLastError("statvfs", _label);
        }

        // File systems that make inodes as they go (btrfs) say 0 of 0.
        long inodes = status.f_files == 0 ? long.MaxValue : (long)Math.Min(status.f_favail, long.MaxValue);
        return ((long)(status.f_bavail * status.f_frsize), inodes);
    }
}
