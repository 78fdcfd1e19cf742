using System.IO.Hashing;
using Coracle.Linux;
using Coracle.Tar;
using Microsoft.Win32.SafeHandles;

namespace Coracle.Storage;

/// <summary>
/// Makes the files of one layer, entry by entry, below its diff/ directory. Nothing is ever looked up by a path that could leave
/// it: parents are opened inside the root, and the last component is never followed.
/// </summary>
/// <remarks>
/// As Moby does: parents that the tar does not name are 0755 root:root, an entry replaces what an earlier one made (but a
/// directory is merged with a directory), the root's own entry changes nothing, a hard link's target must be in this layer.
/// Other than Moby, which fails or forgets it: a whiteout beside a directory of its name makes that directory opaque.
/// </remarks>
internal sealed partial class TreeWriter : IDisposable
{
    private readonly DirectoryHandle _diff;
    private readonly DisplacedFiles _displaced;
    private readonly OverlayDialect _dialect;
    private readonly WriteBehind _behind;
    private readonly XxHash128 _hash = new();
    private readonly LayerPath _path = new();
    private readonly LayerPath _target = new();

    // The directory of the last entry: the next one is nearly always beside it or in it.
    private DirectoryHandle? _parent;
    private byte[] _parentPath = new byte[256];
    private int _parentLength;

    /// <param name="diff">Not owned; nor are the others.</param>
    public TreeWriter(
        DirectoryHandle diff, DisplacedFiles displaced, OverlayDialect dialect, WriteBehind behind, IBodyOrigin? origin, StagedBeginning? beginning)
    {
        (_diff, _displaced, _dialect, _behind) = (diff, displaced, dialect, behind);
        (_origin, _beginning, _originFrom) = (origin, beginning, beginning?.Point.TarAt ?? 0);
    }

    /// <summary>File bodies and link targets so far.</summary>
    public long Bytes { get; private set; }

    /// <summary>There are directories whose times must be set once all children are there.</summary>
    public bool HasDirectories { get; private set; }

    public int IgnoredXattrs { get; private set; }

    public string FirstIgnoredXattr { get; private set; } = "";

    /// <summary>Makes what the entry says, reading its body if that becomes a file.</summary>
    /// <returns>True when a body was read and is in diff/ now; <paramref name="hash"/> is its XXH128.</returns>
    public bool Write(TarReader tar, out UInt128 hash)
    {
        hash = default;
        TarEntry entry = tar.Entry;
        _path.Set(entry.Name.Span);
        if (_path.Path.IsEmpty)
        {
            return entry.Type == TarEntryType.Directory
                ? false
                : throw new InvalidTarException("the entry has no name", tar.HeaderOffset, entry.Name.Span);
        }

        DirectoryHandle parent = OpenParent(_path.Parent);
        if (Whiteout.IsOne(_path.Leaf))
        {
            WriteWhiteout(parent, tar);
            return false;
        }

        if (entry.Type == TarEntryType.Directory)
        {
            WriteDirectory(parent, entry);
            return false;
        }

        return WriteNode(parent, tar, out hash);
    }

    public void Dispose() => Forget();

    private bool WriteNode(DirectoryHandle parent, TarReader tar, out UInt128 hash)
    {
        TarEntry entry = tar.Entry;
        ReadOnlySpan<byte> leaf = _path.Leaf;
        SafeFileHandle? file;
        try
        {
            file = MakeNode(parent, leaf, entry);
        }
        catch (LinuxException e) when (e.Errno == Errno.EEXIST)
        {
            MakeRoom(parent, leaf);
            parent = OpenParent(_path.Parent);
            file = MakeNode(parent, leaf, entry);
        }

        if (file is not null)
        {
            WriteFile(parent, file, tar, out hash);
            return entry.Size > 0;
        }

        hash = default;
        SetAttributes(parent, leaf, entry);
        Count(entry.Type == TarEntryType.SymbolicLink ? entry.LinkName.Length : 0);
        return false;
    }

    /// <returns>The open file where it is one.</returns>
    private SafeFileHandle? MakeNode(DirectoryHandle parent, ReadOnlySpan<byte> leaf, TarEntry entry)
    {
        switch (entry.Type)
        {
            case TarEntryType.File:
                return parent.CreateNew(leaf, DirectoryHandle.OwnerOnlyFile);
            case TarEntryType.SymbolicLink:
                parent.MakeSymbolicLink(leaf, entry.LinkName.Span);
                return null;
            case TarEntryType.HardLink:
                MakeHardLink(parent, leaf, entry);
                return null;
            case TarEntryType.Fifo:
                parent.MakeNode(leaf, FileKind.Fifo, entry.Mode, 0, 0);
                return null;
            default:
                FileKind kind = entry.Type == TarEntryType.BlockDevice ? FileKind.BlockDevice : FileKind.CharacterDevice;
                parent.MakeNode(leaf, kind, entry.Mode, entry.DeviceMajor, entry.DeviceMinor);
                return null;
        }
    }

    private void MakeHardLink(DirectoryHandle parent, ReadOnlySpan<byte> leaf, TarEntry entry)
    {
        _target.Set(entry.LinkName.Span);
        if (_target.Parent.SequenceEqual(_path.Parent))
        {
            MakeHardLink(parent, leaf, parent, entry);
            return;
        }

        using DirectoryHandle targetParent = _diff.OpenInside(_target.Parent);
        MakeHardLink(parent, leaf, targetParent, entry);
    }

    private void MakeHardLink(DirectoryHandle parent, ReadOnlySpan<byte> leaf, DirectoryHandle targetParent, TarEntry entry)
    {
        // A whiteout is not a file of this layer: to link it would hide a second name.
        if (_target.Leaf.IsEmpty || !targetParent.TryStat(_target.Leaf, out FileStatus status) || OverlayDialect.IsWhiteout(status))
        {
            string names = $"{InvalidTarException.Show(entry.LinkName.Span)} {InvalidTarException.Show(entry.Name.Span)}";
            throw new LinuxException("link", names, Errno.ENOENT);
        }

        parent.MakeHardLink(leaf, targetParent, _target.Leaf);
    }

    private void WriteDirectory(DirectoryHandle parent, TarEntry entry)
    {
        ReadOnlySpan<byte> leaf = _path.Leaf;
        bool isOpaque = false;
        if (!parent.TryMakeDirectory(leaf, DirectoryHandle.OwnerOnlyDirectory))
        {
            FileStatus status = parent.Stat(leaf);
            isOpaque = OverlayDialect.IsWhiteout(status);
            if (!status.IsDirectory)
            {
                MakeRoom(parent, leaf);
                parent = OpenParent(_path.Parent);
                parent.MakeDirectory(leaf, DirectoryHandle.OwnerOnlyDirectory);
            }
        }

        DirectoryHandle directory = parent.OpenDirectory(leaf);
        Remember(directory, _path.Path);
        SetAttributes(directory, entry);
        if (isOpaque)
        {
            _dialect.MarkOpaque(directory);
        }

        HasDirectories = true;
    }

    /// <summary>Takes away what an earlier entry of this layer made here; what the record needs of it is kept aside.</summary>
    private void MakeRoom(DirectoryHandle parent, ReadOnlySpan<byte> leaf)
    {
        FileStatus status = parent.Stat(leaf);
        if (OverlayDialect.IsWhiteout(status))
        {
            parent.RemoveFile(leaf);
            return;
        }

        _displaced.Take(parent, leaf);
        // The path to the last directory may have led through it.
        Forget();
    }

    private DirectoryHandle OpenParent(ReadOnlySpan<byte> path)
    {
        if (_parent is not null && path.SequenceEqual(_parentPath.AsSpan(0, _parentLength)))
        {
            return _parent;
        }

        DirectoryHandle parent;
        try
        {
            parent = _diff.OpenOrCreateInside(path);
        }
        catch (LinuxException e) when (e.Errno == Errno.ENOTDIR && Uncover(path))
        {
            parent = _diff.OpenOrCreateInside(path);
        }

        Remember(parent, path);
        return parent;
    }

    private void Remember(DirectoryHandle directory, ReadOnlySpan<byte> path)
    {
        Forget();
        _parent = directory;
        if (_parentPath.Length < path.Length)
        {
            _parentPath = new byte[2 * path.Length];
        }

        path.CopyTo(_parentPath);
        _parentLength = path.Length;
    }

    private void Forget()
    {
        _parent?.Dispose();
        _parent = null;
    }
}
