using Coracle.Linux;

namespace Coracle.Core;

/// <summary>Looks at the host's own files, whose paths an operator gave.</summary>
internal static class HostPath
{
    /// <summary>Longer host files (resolv.conf, hosts) are cut: they are copied, not understood.</summary>
    private const int MaxBytes = 64 * 1024;

    public static bool Exists(string path)
    {
        if (path.Trim('/').Length == 0)
        {
            return true;
        }

        try
        {
            (DirectoryHandle parent, string leaf) = OpenParent(path);
            using (parent)
            {
                return parent.Exists(leaf);
            }
        }
        catch (LinuxException)
        {
            return false;
        }
    }

    /// <summary>Where a path leads, with no link left in it.</summary>
    /// <exception cref="LinuxException">It is not there.</exception>
    public static string RealPath(string path)
    {
        using MountTree tree = MountTree.Pin(path);
        return MountTree.TargetOf(tree);
    }

    /// <summary>Of what a path leads to.</summary>
    /// <exception cref="LinuxException">It is not there.</exception>
    public static FileStatus Status(string path)
    {
        string real = RealPath(path);
        (DirectoryHandle parent, string leaf) = OpenParent(real);
        using (parent)
        {
            return parent.TryStat(System.Text.Encoding.UTF8.GetBytes(leaf), out FileStatus status) ? status : throw new LinuxException("stat", path, Errno.ENOENT);
        }
    }

    /// <returns>Empty when the file cannot be read: a container gets an empty one then, as with Docker.</returns>
    public static byte[] ReadOrEmpty(string path)
    {
        try
        {
            // Opened as a directory would be: /etc/resolv.conf is a link on many hosts, and the host's links are to be followed.
            using DirectoryHandle root = DirectoryHandle.Open("/");
            if (!root.TryOpenReadInside(System.Text.Encoding.UTF8.GetBytes(path.TrimStart('/')), out Microsoft.Win32.SafeHandles.SafeFileHandle? file))
            {
                return [];
            }

            using (file)
            {
                byte[] content = new byte[MaxBytes];
                int length = RandomAccess.Read(file, content, fileOffset: 0);
                return content[..length];
            }
        }
        catch (LinuxException)
        {
            return [];
        }
    }

    private static (DirectoryHandle Parent, string Leaf) OpenParent(string path)
    {
        string trimmed = path.TrimEnd('/');
        int slash = trimmed.LastIndexOf('/');
        return (DirectoryHandle.Open(slash == 0 ? "/" : trimmed[..slash]), trimmed[(slash + 1)..]);
    }
}
