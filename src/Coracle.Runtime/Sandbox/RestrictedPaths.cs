using System.Text;
using Coracle.Linux;
using Microsoft.Win32.SafeHandles;

namespace Coracle.Runtime;

/// <summary>Masked and read-only paths: those below /proc by the child, which mounts it; the others here.</summary>
internal static class RestrictedPaths
{
    private const string Proc = "/proc/";

    internal static void Apply(DirectoryHandle root, IsolationSpec isolation, SafeFileHandle nullDevice)
    {
        foreach (string path in isolation.MaskedPaths)
        {
            if (NameInProc(path) is null && TryPin(root, path) is { } target)
            {
                using (target)
                {
                    PathMask.Cover(target, nullDevice, path);
                }
            }
        }

        foreach (string path in isolation.ReadonlyPaths)
        {
            if (NameInProc(path) is null && TryPin(root, path) is { } target)
            {
                using (target)
                {
                    MakeReadOnly(target);
                }
            }
        }
    }

    /// <param name="nullDevice">Its descriptor in the child.</param>
    internal static void Plan(LaunchPlan plan, IsolationSpec isolation, int nullDevice, MountFlags procFlags)
    {
        foreach (string path in isolation.ReadonlyPaths)
        {
            if (NameInProc(path) is { } name)
            {
                plan.ReadOnlyInProc(name, procFlags);
            }
        }

        foreach (string path in isolation.MaskedPaths)
        {
            if (NameInProc(path) is { } name)
            {
                plan.MaskInProc(nullDevice, name);
            }
        }
    }

    private static void MakeReadOnly(SafeFileHandle target)
    {
        using MountTree tree = MountTree.Clone(MountTree.PathOf(target), recursive: true);
        tree.AttachTo(target);
        tree.MakeReadOnly(recursive: true);
    }

    /// <returns>Null when it is not there: then there is nothing to hide.</returns>
    private static SafeFileHandle? TryPin(DirectoryHandle root, string path)
    {
        try
        {
            return root.PinInside(Encoding.UTF8.GetBytes(path));
        }
        catch (LinuxException failure) when (failure.Errno is Errno.ENOENT or Errno.ENOTDIR)
        {
            return null;
        }
    }

    private static string? NameInProc(string path)
    {
        string clean = ContainerPath.Clean(path);
        return clean.StartsWith(Proc, StringComparison.Ordinal) ? clean[Proc.Length..] : null;
    }
}
