using Coracle.Oci;

namespace Coracle.Core;

/// <summary>An image that is to be saved.</summary>
/// <param name="Manifest">The OCI manifest that is made for it: its layers uncompressed, as the archive holds them.</param>
internal sealed record SavedImage(ImageDetails Image, byte[] ConfigBytes, IReadOnlyList<Descriptor> Layers, byte[] Manifest)
{
    /// <summary>Those under which it was asked for; none when it was asked for by id or digest.</summary>
    public List<ImageReference> Tags { get; } = [];

    public Descriptor ManifestDescriptor { get; } = new(MediaTypes.OciManifest, Digest.Of(Manifest), Manifest.Length);

    public string ConfigPath => LayoutEntry.BlobsDirectory + Image.Id.ToHex();
}
