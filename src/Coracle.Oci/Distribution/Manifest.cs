using System.Text.Json;

namespace Coracle.Oci;

/// <summary>One image for one platform: its config and its layers, the lowest first.</summary>
/// <remarks>OCI image-spec v1.1, manifest.md; Docker's schema 2 is the same document under other media types.</remarks>
public sealed record Manifest(string MediaType, Descriptor Config, IReadOnlyList<Descriptor> Layers) : ManifestDocument(MediaType)
{
    internal static Manifest Read(JsonElement root, string mediaType)
    {
        JsonElement config = root.Child("config") ?? throw new OciFormatException("manifest has no config");
        List<Descriptor> layers = [];
        foreach (JsonElement layer in root.Items("layers"))
        {
            layers.Add(Descriptor.Read(layer, "layer in manifest"));
        }

        return new Manifest(mediaType, Descriptor.Read(config, "config in manifest"), layers);
    }

    /// <summary>Refuses what is an artifact but no image this engine can run.</summary>
    /// <exception cref="OciFormatException">The config or a layer has another media type, or a layer is foreign.</exception>
    public void RequireImage()
    {
        if (!MediaTypes.IsImageConfig(Config.MediaType))
        {
            throw new OciFormatException($"Encountered remote \"{JsonFields.Shorten(Config.MediaType)}\"(unknown) when fetching");
        }

        foreach (Descriptor layer in Layers)
        {
            if (MediaTypes.IsForeignLayer(layer.MediaType))
            {
                throw new OciFormatException($"layer {layer.Digest} is foreign (not distributable): such images are not supported");
            }

            if (!MediaTypes.IsLayer(layer.MediaType))
            {
                throw new OciFormatException($"layer {layer.Digest} has an unsupported media type: '{JsonFields.Shorten(layer.MediaType)}'");
            }
        }
    }
}
