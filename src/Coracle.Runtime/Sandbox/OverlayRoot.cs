using System.Text;
using Coracle.Linux;

namespace Coracle.Runtime;

/// <summary>Mounts a container's root: its layers below, its writable layer on top.</summary>
internal static class OverlayRoot
{
    /// <summary>
    /// As many as one page of mount data names by descriptor; Docker's own limit is 128 with an init layer of its own among them.
    /// </summary>
    internal const int MaxLayers = 127;

    // redirect_dir, metacopy and index would put into the writable layer what its tar cannot say; xino keeps st_ino stable.
    private const string Always = "redirect_dir=off,metacopy=off,index=off,xino=auto";

    /// <param name="root">Its <see cref="RootFilesystem.UpperDirectory"/> is also where it is mounted: a directory that surely exists,
    /// and nobody else sees this mount namespace.</param>
    /// <returns>The mounted root.</returns>
    internal static DirectoryHandle Mount(RootFilesystem root)
    {
        if (root.LowerDirectories.Count > MaxLayers)
        {
            throw new LaunchFailedException(
                LaunchFailureKind.Other, $"max depth exceeded: an image may have {MaxLayers} layers, this one has {root.LowerDirectories.Count}");
        }

        return Mount(root.UpperDirectory, MountFlags.None, layers => Options(root, layers));
    }

    /// <summary>Layers alone, two at least, mounted over the topmost of them: where nobody else sees this mount namespace.</summary>
    internal static DirectoryHandle MountReadOnly(IReadOnlyList<string> lowerDirectories) => Mount(
        lowerDirectories[0], MountFlags.ReadOnly, layers => Lower(lowerDirectories, layers).Append(',').Append(Always).ToString());

    private static DirectoryHandle Mount(string target, MountFlags flags, Func<List<DirectoryHandle>, string> options)
    {
        var layers = new List<DirectoryHandle>();
        try
        {
            Mounts.Mount("overlay", target, "overlay", flags, options(layers));
        }
        finally
        {
            foreach (DirectoryHandle layer in layers)
            {
                layer.Dispose();
            }
        }

        return DirectoryHandle.Open(target);
    }

    /// <param name="layers">Receives the directories opened for it: the names in the data are their descriptors.</param>
    private static string Options(RootFilesystem root, List<DirectoryHandle> layers)
    {
        StringBuilder data = Lower(root.LowerDirectories, layers);
        data.Append(",upperdir=").Append(Open(root.UpperDirectory, layers));
        data.Append(",workdir=").Append(Open(root.WorkDirectory, layers));
        data.Append(',').Append(Always);
        return (root.Volatile ? data.Append(",volatile") : data).ToString();
    }

    private static StringBuilder Lower(IReadOnlyList<string> directories, List<DirectoryHandle> layers)
    {
        var data = new StringBuilder("lowerdir=");
        for (int i = 0; i < directories.Count; i++)
        {
            data.Append(i == 0 ? "" : ":").Append(Open(directories[i], layers));
        }

        return data;
    }

    private static string Open(string path, List<DirectoryHandle> layers)
    {
        DirectoryHandle layer = DirectoryHandle.Open(path);
        layers.Add(layer);
        return layer.ProcPath;
    }
}
