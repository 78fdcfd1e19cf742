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

        var layers = new List<DirectoryHandle>();
        try
        {
            string data = Options(root, layers);
            Mounts.Mount("overlay", root.UpperDirectory, "overlay", MountFlags.None, data);
        }
        finally
        {
            foreach (DirectoryHandle layer in layers)
            {
                layer.Dispose();
            }
        }

        return DirectoryHandle.Open(root.UpperDirectory);
    }

    /// <param name="layers">Receives the directories opened for it: the names in the data are their descriptors.</param>
    private static string Options(RootFilesystem root, List<DirectoryHandle> layers)
    {
        var data = new StringBuilder("lowerdir=");
        for (int i = 0; i < root.LowerDirectories.Count; i++)
        {
            data.Append(i == 0 ? "" : ":").Append(Open(root.LowerDirectories[i], layers));
        }

        data.Append(",upperdir=").Append(Open(root.UpperDirectory, layers));
        data.Append(",workdir=").Append(Open(root.WorkDirectory, layers));
        data.Append(',').Append(Always);
        return (root.Volatile ? data.Append(",volatile") : data).ToString();
    }

    private static string Open(string path, List<DirectoryHandle> layers)
    {
        DirectoryHandle layer = DirectoryHandle.Open(path);
        layers.Add(layer);
        return layer.ProcPath;
    }
}
