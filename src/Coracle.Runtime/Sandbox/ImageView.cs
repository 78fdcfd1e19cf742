using System.Runtime.ExceptionServices;
using Coracle.Linux;

namespace Coracle.Runtime;

/// <summary>A look at the files of an image, its layers stacked as a container sees them, without a container.</summary>
/// <remarks>
/// For the engine, which has many threads: the stack is mounted read-only in a mount namespace that belongs to one thread, made for the
/// look and gone with it, so the host never has that mount and a kill leaves nothing behind.
/// </remarks>
public static class ImageView
{
    /// <summary>Calls <paramref name="look"/> with the image's root, on another thread, and returns when it has. Blocking.</summary>
    /// <param name="lowerDirectories">The layers' <c>diff/</c> directories, topmost first.</param>
    /// <param name="look">The root is its only until it returns. Paths from outside are looked up by its confined verbs.</param>
    public static void Visit(IReadOnlyList<string> lowerDirectories, Action<DirectoryHandle> look)
    {
        ExceptionDispatchInfo? failure = null;
        Thread thread = new(() =>
        {
            try
            {
                Look(lowerDirectories, look);
            }
            catch (Exception e)
            {
                failure = ExceptionDispatchInfo.Capture(e);
            }
        });
        thread.Start();
        thread.Join();
        failure?.Throw();
    }

    private static void Look(IReadOnlyList<string> lowerDirectories, Action<DirectoryHandle> look)
    {
        if (lowerDirectories.Count == 1)
        {
            using DirectoryHandle only = DirectoryHandle.Open(lowerDirectories[0]);
            look(only); // overlayfs wants two layers, or an upper one
            return;
        }

        using var visit = new NamespaceVisit();
        visit.Unshare(NamespaceKinds.Mount);
        Mounts.SetPropagation("/", MountFlags.Private | MountFlags.Recursive);
        using DirectoryHandle root = OverlayRoot.MountReadOnly(lowerDirectories);
        look(root);
    }
}
