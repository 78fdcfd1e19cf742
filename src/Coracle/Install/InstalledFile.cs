using System.Text;
using Coracle.Linux;
using Microsoft.Win32.SafeHandles;

namespace Coracle;

/// <summary>A path below the root that is installed to. Links on the way stay inside that root.</summary>
internal sealed class InstalledFile
{
    private readonly DirectoryHandle _root;
    private readonly byte[] _parent;
    private readonly string _name;
    private readonly string _path;

    /// <param name="root">Borrowed.</param>
    public InstalledFile(DirectoryHandle root, string path)
    {
        int slash = path.LastIndexOf('/');
        _root = root;
        _path = path;
        _parent = Encoding.UTF8.GetBytes(path[..slash]);
        _name = path[(slash + 1)..];
    }

    /// <summary>Of whatever kind, also a link to nowhere.</summary>
    public bool Exists => Status() is not null;

    public FileStatus? Status()
    {
        if (!_root.TryOpenInside(_parent, out DirectoryHandle? parent))
        {
            return null;
        }

        using (parent)
        {
            return parent.TryStat(_name, out FileStatus status) ? status : null;
        }
    }

    /// <returns>Null when there is none.</returns>
    /// <param name="maxBytes">What the caller is ready to hold; a longer file throws EFBIG.</param>
    public byte[]? TryRead(int maxBytes)
    {
        if (!_root.TryOpenReadInside(Encoding.UTF8.GetBytes(_path), out SafeFileHandle? file))
        {
            return null;
        }

        using (file)
        {
            long length = RandomAccess.GetLength(file);
            if (length > maxBytes)
            {
                throw new LinuxException("read", $"{_path} ({length} bytes, at most {maxBytes})", Errno.EFBIG);
            }

            byte[] content = new byte[length];
            FileBytes.ReadExactly(file, content, offset: 0);
            return content;
        }
    }

    /// <returns>Null when it is no symbolic link.</returns>
    public string? TryReadLink()
    {
        if (Status() is not { Kind: FileKind.SymbolicLink })
        {
            return null;
        }

        using DirectoryHandle parent = _root.OpenInside(_parent);
        return Encoding.UTF8.GetString(parent.ReadLink(Encoding.UTF8.GetBytes(_name)));
    }

    /// <summary>Whole or not at all, with exactly these twelve bits; directories on the way are made.</summary>
    public void Replace(ReadOnlySpan<byte> content, int mode)
    {
        using DirectoryHandle parent = _root.OpenOrCreateInside(_parent);
        DurableFile.Replace(parent, _name, content, mode);
        parent.SetMode(Encoding.UTF8.GetBytes(_name), mode); // the umask has had its say
    }

    /// <summary>New content for a file that keeps its owner and mode.</summary>
    public void Rewrite(ReadOnlySpan<byte> content)
    {
        FileStatus before = Status() ?? throw new LinuxException("statx", _path, Errno.ENOENT);
        using DirectoryHandle parent = _root.OpenInside(_parent);
        DurableFile.Replace(parent, _name, content);
        parent.SetOwner(Encoding.UTF8.GetBytes(_name), before.Uid, before.Gid);
        parent.SetMode(Encoding.UTF8.GetBytes(_name), before.Mode);
    }

    public void Link(string target)
    {
        using DirectoryHandle parent = _root.OpenOrCreateInside(_parent);
        parent.MakeSymbolicLink(Encoding.UTF8.GetBytes(_name), Encoding.UTF8.GetBytes(target));
    }

    public void Remove()
    {
        using DirectoryHandle parent = _root.OpenInside(_parent);
        parent.RemoveIfPresent(_name);
    }
}
