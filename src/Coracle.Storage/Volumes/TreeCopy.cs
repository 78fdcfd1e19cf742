using Coracle.Linux;
using Microsoft.Win32.SafeHandles;

namespace Coracle.Storage;

/// <summary>
/// Copies a tree from handle to handle: content, owner, mode, times, extended attributes, links of both kinds, devices. Symbolic links are
/// copied as they are and never followed. Not durable by itself.
/// </summary>
internal sealed class TreeCopy
{
    /// <summary>Each level holds two descriptors and a listing. Deeper trees exist only to hurt.</summary>
    private const int MaxDepth = 128;

    private const int BufferLength = 128 * 1024;

    /// <summary>Each holds a descriptor. Further files of several names are copied once for each name.</summary>
    private const int MaxLinked = 4096;

    private readonly byte[] _buffer = new byte[BufferLength];

    // Files of several names, by inode (a tree is on one file system): where the first of them was put.
    private readonly Dictionary<ulong, Linked> _linked = [];

    /// <param name="to">Empty.</param>
    public static void Copy(DirectoryHandle from, DirectoryHandle to)
    {
        TreeCopy copy = new();
        try
        {
            copy.CopyContent(from, to, 0);
        }
        finally
        {
            foreach (Linked linked in copy._linked.Values)
            {
                linked.Directory.Dispose();
            }
        }

        CopyAttributes(from, to);
    }

    /// <summary>What a directory is by itself: owner, mode, extended attributes, times.</summary>
    public static void CopyAttributes(DirectoryHandle from, DirectoryHandle to)
    {
        FileStatus status = from.Status();
        to.SetItsOwner(status.Uid, status.Gid);
        to.SetItsMode(status.Mode);
        foreach (byte[] attribute in from.ListItsExtendedAttributes())
        {
            if (!OverlayDialect.IsReserved(attribute) && from.GetItsExtendedAttribute(attribute) is { } value)
            {
                to.SetItsExtendedAttribute(attribute, value);
            }
        }

        to.SetItsModified(status.ModifiedNanoseconds);
    }

    private void CopyContent(DirectoryHandle from, DirectoryHandle to, int depth)
    {
        using DirectoryReader entries = from.ReadEntries();
        while (entries.Next())
        {
            ReadOnlySpan<byte> name = entries.Name;
            FileStatus status = from.Stat(name);
            if (status.IsDirectory)
            {
                CopyDirectory(from, to, name, depth);
                continue;
            }

            if (status.LinkCount > 1 && _linked.TryGetValue(status.Inode, out Linked? first))
            {
                to.MakeHardLink(name, first.Directory, first.Name);
                continue;
            }

            CopyOne(from, to, name, status);
            if (status.LinkCount > 1)
            {
                Remember(status.Inode, to, name);
            }
        }
    }

    private void Remember(ulong inode, DirectoryHandle directory, ReadOnlySpan<byte> name)
    {
        if (_linked.Count < MaxLinked)
        {
            _linked.Add(inode, new Linked(directory.Duplicate(), name.ToArray()));
        }
    }

    private void CopyDirectory(DirectoryHandle from, DirectoryHandle to, ReadOnlySpan<byte> name, int depth)
    {
        if (depth == MaxDepth)
        {
            throw new LinuxException("copy", $"{from} (deeper than {MaxDepth} directories)", Errno.ENAMETOOLONG);
        }

        to.MakeDirectory(name, DirectoryHandle.OwnerOnlyDirectory);
        using DirectoryHandle source = from.OpenDirectory(name);
        using DirectoryHandle target = to.OpenDirectory(name);
        CopyContent(source, target, depth + 1);
        CopyAttributes(source, target);
    }

    private void CopyOne(DirectoryHandle from, DirectoryHandle to, ReadOnlySpan<byte> name, in FileStatus status)
    {
        switch (status.Kind)
        {
            case FileKind.File:
                CopyFile(from, to, name);
                break;
            case FileKind.SymbolicLink:
                to.MakeSymbolicLink(name, from.ReadLink(name));
                break;
            case FileKind.CharacterDevice or FileKind.BlockDevice or FileKind.Fifo:
                to.MakeNode(name, status.Kind, status.Mode, status.DeviceMajor, status.DeviceMinor);
                break;
            default:
                return; // a socket's file means nothing without its process
        }

        to.SetOwner(name, status.Uid, status.Gid);
        if (status.Kind != FileKind.SymbolicLink)
        {
            to.SetMode(name, status.Mode); // after the owner, which clears setuid
        }

        foreach (byte[] attribute in from.ListExtendedAttributes(name))
        {
            if (!OverlayDialect.IsReserved(attribute) && from.GetExtendedAttribute(name, attribute) is { } value)
            {
                to.SetExtendedAttribute(name, attribute, value);
            }
        }

        to.SetModified(name, status.ModifiedNanoseconds);
    }

    private void CopyFile(DirectoryHandle from, DirectoryHandle to, ReadOnlySpan<byte> name)
    {
        using SafeFileHandle source = from.OpenRead(name);
        using SafeFileHandle target = to.CreateNew(name, DirectoryHandle.OwnerOnlyFile);
        // Holes stay holes: an image may have files that are larger with them than the disk.
        FileBytes.SetLength(target, RandomAccess.GetLength(source));
        long done = 0;
        while (FileBytes.NextData(source, done) is >= 0 and long data)
        {
            // No further than the data goes: holes smaller than the buffer are holes as well.
            int wanted = (int)Math.Min(_buffer.Length, FileBytes.NextHole(source, data) - data);
            int read = FileBytes.Read(source, _buffer.AsSpan(0, wanted), data);
            if (read == 0)
            {
                break; // it was cut shorter meanwhile
            }

            FileBytes.Write(target, _buffer.AsSpan(0, read), data);
            done = data + read;
        }
    }

    private sealed class Linked(DirectoryHandle directory, byte[] name)
    {
        public DirectoryHandle Directory => directory;

        public byte[] Name => name;
    }
}
