using Coracle.Linux;

namespace Coracle.Storage;

/// <summary>The names overlayfs uses in a lower directory: its whiteouts and its opaque mark.</summary>
/// <remarks>
/// Trusted attributes need CAP_SYS_ADMIN; in a user namespace overlayfs is mounted with <c>userxattr</c> and looks for user.*
/// ones. One data root speaks one dialect, written in store.json.
/// </remarks>
internal sealed class OverlayDialect
{
    public static readonly OverlayDialect Trusted = new("trusted");
    public static readonly OverlayDialect User = new("user");

    private readonly byte[] _opaque;

    private OverlayDialect(string name)
    {
        Name = name;
        _opaque = System.Text.Encoding.ASCII.GetBytes($"{name}.overlay.opaque");
    }

    /// <summary>As store.json has it.</summary>
    public string Name { get; }

    /// <summary>A layer's directory hides what lower layers have below it.</summary>
    public void MarkOpaque(DirectoryHandle directory) => directory.SetItsExtendedAttribute(_opaque, "y"u8);

    /// <summary>A layer hides what lower layers have at this name: a character device 0:0 (Documentation/filesystems/overlayfs.rst).</summary>
    public static void MakeWhiteout(DirectoryHandle directory, ReadOnlySpan<byte> name)
        => directory.MakeNode(name, FileKind.CharacterDevice, 0, 0, 0);

    public static bool IsWhiteout(in FileStatus status)
        => status is { Kind: FileKind.CharacterDevice, DeviceMajor: 0, DeviceMinor: 0 };

    /// <summary>An image must not be able to speak to overlayfs: redirect and metacopy would show files of other places.</summary>
    /// <remarks>
    /// They are left out, not refused: Moby neither refuses nor strips them, and images that hold some (origin, impure, opaque)
    /// are about, made by builders that packed an upper directory as it was. Left out they say nothing, and the image works.
    /// </remarks>
    public static bool IsReserved(ReadOnlySpan<byte> attribute)
        => attribute.StartsWith("trusted.overlay."u8) || attribute.StartsWith("user.overlay."u8);

    /// <summary>Trusted where this process may set it here, else user.</summary>
    public static OverlayDialect Probe(DirectoryHandle directory)
    {
        try
        {
            Trusted.MarkOpaque(directory);
            return Trusted;
        }
        catch (LinuxException e) when (e.Errno is Errno.EPERM or Errno.EOPNOTSUPP)
        {
            return User;
        }
    }
}
