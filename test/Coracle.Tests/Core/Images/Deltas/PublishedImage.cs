using System.Text;
using Coracle.Core;
using Coracle.Oci;
using Coracle.Tests.Images;
using Coracle.Tests.Registry;

namespace Coracle.Tests.Core.Images.Deltas;

/// <summary>An image in a fake registry whose layers hold one file of text each, and deltas of it beside it.</summary>
internal sealed class PublishedImage
{
    private readonly FakeRegistry _registry;
    private readonly string _repository;
    private readonly List<AnnotatedDescriptor> _referrers = [];

    private PublishedImage(FakeRegistry registry, string repository, byte[][] tars, FakeImage image)
    {
        (_registry, _repository, Tars, Image) = (registry, repository, tars, image);
        DiffIds = [.. Tars.Select(tar => new DiffId(Digest.Of(tar)))];
    }

    public FakeImage Image { get; }

    public byte[][] Tars { get; }

    public DiffId[] DiffIds { get; }

    public static PublishedImage Add(FakeRegistry registry, string repository, string tag, params string[] contents)
        => Add(registry, repository, tag, [.. contents.Select(content => FakeImage.Tar("file-" + content.Length, content))]);

    public static PublishedImage Add(FakeRegistry registry, string repository, string tag, params byte[][] tars)
        => new(registry, repository, tars, FakeImage.Add(registry, repository, tag, tars, label: tag));

    /// <summary>Text that a delta of its next version is worth while for.</summary>
    public static string Text(int seed, int edit = 0)
    {
        byte[] bytes = new byte[15_000];
        new Random(seed).NextBytes(bytes);
        bytes[7_000] = (byte)edit;
        return Convert.ToBase64String(bytes);
    }

    public string PathOf(Descriptor blob) => $"/v2/{_repository}/blobs/{blob.Digest}";

    public string PathOf(int layer) => PathOf(Image.Layers[layer]);

    /// <summary>Where a client without the referrers API looks.</summary>
    public string ReferrersTag => $"/v2/{_repository}/manifests/sha256-{Image.Manifest.ToHex()}";

    /// <summary>Publishes one artifact of one layer's delta, as <c>delta push</c> does it for a registry without the referrers API.</summary>
    /// <param name="bases">What the list of referrers says; null says nothing.</param>
    public Descriptor Publish(int layer, byte[] delta, DiffId[] from, bool saysBases = true)
    {
        Descriptor blob = _registry.AddBlob(_repository, delta, DeltaArtifact.LayerType);
        Dictionary<string, string> annotations = new()
        {
            [DeltaArtifact.To] = DiffIds[layer].ToString(),
            [DeltaArtifact.From] = string.Join(',', from.Select(id => id.ToString())),
            [DeltaArtifact.Size] = Tars[layer].Length.ToString(),
        };
        Dictionary<string, string> bases = saysBases ? new() { [DeltaArtifact.Bases] = annotations[DeltaArtifact.From] } : [];
        Descriptor subject = new(MediaTypes.OciManifest, Image.Manifest, Encoding.UTF8.GetByteCount(Image.Json));
        ArtifactManifest manifest = new(DeltaArtifact.Type, subject, [new AnnotatedDescriptor(blob, "", annotations)], bases);
        byte[] bytes = manifest.ToBytes();
        _registry.AddManifest(_repository, "artifact-" + blob.Digest.ToHex(), Encoding.UTF8.GetString(bytes));
        _referrers.Add(manifest.Describe(bytes));
        _registry.AddManifest(
            _repository, "sha256-" + Image.Manifest.ToHex(), Encoding.UTF8.GetString(ReferrerIndex.Empty.With(_referrers)), MediaTypes.OciIndex);
        return blob;
    }
}
