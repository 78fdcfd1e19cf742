using Coracle.Linux;

namespace Coracle.Storage;

/// <summary>Where a container's own writes go.</summary>
/// <param name="UpperDirectory">Absolute path; the overlay's upper directory.</param>
/// <param name="WorkDirectory">Absolute path beside it, on the same file system, as overlayfs wants.</param>
public sealed record WritableLayer(string UpperDirectory, string WorkDirectory);

/// <summary>The writable layers of containers, in containers/&lt;id&gt;/layer/. The rest of that directory is the containers' own.</summary>
public sealed class WritableLayers
{
    private const string LayerName = "layer";
    private const string UpperName = "upper";
    private const string WorkName = "work";

    /// <summary>Octal 0755: overlayfs shows the upper root's mode as the mode of "/".</summary>
    private const int RootMode = 0x1ED;

    private readonly DirectoryHandle _containers;
    private readonly Staging _staging;
    private readonly string _path;

    internal WritableLayers(DirectoryHandle containers, Staging staging, string path)
        => (_containers, _staging, _path) = (containers, staging, path);

    /// <summary>Makes an empty one; the one that is there stays. Not durable on its own: the container's record is what makes it wanted.</summary>
    public WritableLayer Create(string containerId)
    {
        using DirectoryHandle container = _containers.OpenOrCreateDirectory(containerId);
        using DirectoryHandle layer = container.OpenOrCreateDirectory(LayerName);
        using DirectoryHandle upper = layer.OpenOrCreateDirectory(UpperName, RootMode);
        upper.SetItsMode(RootMode);
        layer.OpenOrCreateDirectory(WorkName).Dispose();
        return Paths(containerId);
    }

    public WritableLayer Paths(string containerId)
        => new($"{_path}/{containerId}/{LayerName}/{UpperName}", $"{_path}/{containerId}/{LayerName}/{WorkName}");

    /// <summary>Removes the writable layer in a way that a crash does not leave half of it.</summary>
    /// <returns>False when there was none.</returns>
    public bool Remove(string containerId)
    {
        if (!_containers.TryOpenDirectory(containerId, out DirectoryHandle? container))
        {
            return false;
        }

        using (container)
        {
            return _staging.Remove(container, LayerName);
        }
    }

    /// <summary>Removes containers/&lt;id&gt;/ with everything in it, the same way.</summary>
    public bool RemoveContainer(string containerId) => _staging.Remove(_containers, containerId);

    /// <summary>Bytes of the files that the container has written (<c>docker ps -s</c>). Walks them all.</summary>
    public long SizeOf(string containerId)
    {
        using DirectoryHandle container = _containers.OpenDirectory(containerId);
        using DirectoryHandle layer = container.OpenDirectory(LayerName);
        using DirectoryHandle upper = layer.OpenDirectory(UpperName);
        return DiskUsage.Of(upper);
    }
}
