using Coracle.Oci;

namespace Coracle.Core;

/// <summary>An image of an archive, checked: its config is what its id says, its layers are the ones that the config names.</summary>
internal sealed record LoadedImage(Digest Id, ImageConfig Config, byte[] ConfigBytes, IReadOnlyList<ImageReference> Names)
{
    /// <summary>Manifests that the archive has of it, as a registry has them.</summary>
    public IReadOnlyList<ArchiveMember.Document> Documents { get; init; } = [];

    /// <summary>The one of <see cref="Documents"/> by which the repository of its name knows it; null where that is not said.</summary>
    public Digest? KnownAs { get; init; }

    /// <param name="layers">The archive's, the lowest first.</param>
    /// <exception cref="EngineException">In Docker's words.</exception>
    public static LoadedImage Check(ArchiveMember.Document config, IReadOnlyList<DiffId> layers, IReadOnlyList<ImageReference> names)
    {
        ImageConfig parsed = ImageConfig.Parse(config.Bytes);
        if (parsed.Platform.Os != "linux")
        {
            throw Refused($"cannot load {parsed.Os} image on linux");
        }

        if (layers.Count != parsed.Layers.Count)
        {
            throw Refused($"invalid manifest, layers length mismatch: expected {layers.Count}, got {parsed.Layers.Count}");
        }

        if (layers.Count > RemoteImage.MaxLayers)
        {
            throw Refused($"max depth exceeded: it has {layers.Count} layers, {RemoteImage.MaxLayers} are supported");
        }

        for (int i = 0; i < layers.Count; i++)
        {
            if (layers[i] != parsed.Layers[i])
            {
                throw Refused($"invalid diffID for layer {i}: expected \"{parsed.Layers[i]}\", got \"{layers[i]}\"");
            }
        }

        return new LoadedImage(config.Digest, parsed, config.Bytes, names);
    }

    public static EngineException Refused(string why) => new(Refusal.Failed, why);
}
