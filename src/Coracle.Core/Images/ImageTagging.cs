using Coracle.Oci;

namespace Coracle.Core;

/// <summary>Gives images names.</summary>
public sealed class ImageTagging(ImageCatalog images, EventStream events, TimeProvider time)
{
    /// <summary>Another image that had the name loses it.</summary>
    /// <param name="tag">Empty means the tag in <paramref name="repository"/>, or <c>latest</c>.</param>
    /// <exception cref="EngineException">404 for the image, 400 for the name.</exception>
    public void Tag(string nameOrId, string repository, string tag)
    {
        ImageReference name = ParseName(repository, tag);
        lock (images.Changing)
        {
            Name(images.FindRecord(nameOrId).Id, name);
        }
    }

    /// <exception cref="EngineException">400, in Docker's words.</exception>
    public static ImageReference ParseName(string repository, string tag)
    {
        try
        {
            ImageReference name = ImageReference.Parse(repository);
            return name.Digest is null
                ? (tag.Length > 0 ? name.WithTag(tag) : name.WithDefaultTag())
                : throw new EngineException(Refusal.InvalidArgument, "refusing to create a tag with a digest reference");
        }
        catch (OciFormatException error)
        {
            throw new EngineException(Refusal.InvalidArgument, error.Message, error);
        }
    }

    /// <summary>Under <see cref="ImageCatalog.Changing"/>.</summary>
    internal void Name(Digest id, ImageReference name)
    {
        images.Store.Images.SetName(name.ToString(), id);
        images.Store.Images.Update(id, record => record with { LastTaggedAt = time.GetUtcNow() });
        ImageEvents.Publish(events, images, "tag", id.ToString(), name.Familiar, id);
    }
}
