using Coracle.Oci;

namespace Coracle.Core;

/// <summary>What containers need of images. The engine's is <c>ImageCatalog</c>; tests of containers bring their own.</summary>
public interface IImageCatalog
{
    /// <summary>
    /// The image behind a name, an id or a unique prefix of one, held: its layers stay on disk until the hold is disposed,
    /// which the caller does once its own record names them durably (see <see cref="ImageUsers"/>).
    /// </summary>
    /// <exception cref="EngineException">404 <c>No such image: x</c>; 400 when the text is neither name nor id, or the prefix is ambiguous.</exception>
    ImageHold Hold(string nameOrId);

    /// <summary>The same without a hold, for those who only look.</summary>
    /// <exception cref="EngineException">As <see cref="Hold"/>.</exception>
    ImageDetails Resolve(string nameOrId);

    /// <returns>Null where the image is gone: a container may outlive the name and the record of its image.</returns>
    ImageDetails? Find(Digest id);
}

/// <summary>An image as the engine uses it. Immutable, read from its config's bytes.</summary>
/// <param name="Id">The digest of the config: Docker's image id.</param>
public sealed record ImageDetails(Digest Id, ImageConfig Config)
{
    /// <summary>The lowest first; their directories are the layer store's to tell.</summary>
    public IReadOnlyList<DiffId> Layers => Config.Layers;
}

/// <summary>Keeps an image's layers from the collector while somebody is about to depend on them.</summary>
public sealed class ImageHold(ImageDetails image, Action release) : IDisposable
{
    private Action? _release = release;

    public ImageDetails Image => image;

    public void Dispose() => Interlocked.Exchange(ref _release, null)?.Invoke();
}

/// <summary>A container that was made from an image, as image deletion needs to know it.</summary>
/// <param name="ContainerId">64 hex digits.</param>
/// <param name="Layers">What the container's root file system stands on, whether or not the image still has a record.</param>
public sealed record ImageUser(string ContainerId, Digest ImageId, bool Running, IReadOnlyList<DiffId> Layers);

/// <summary>All containers, running or not. Asked at each deletion of an image and never kept.</summary>
public delegate IReadOnlyList<ImageUser> ImageUsers();
