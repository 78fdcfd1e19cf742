namespace Coracle.Oci;

/// <summary>The digest of a layer's uncompressed tar: what the layer is, however it was compressed on the way.</summary>
/// <remarks>OCI image-spec v1.1, config.md "Layer DiffID". A type of its own, so that a blob's digest can never be taken for it.</remarks>
public sealed record DiffId(Digest Digest)
{
    /// <inheritdoc cref="Oci.Digest.Parse"/>
    public static DiffId Parse(string text) => new(Digest.Parse(text));

    public string ToHex() => Digest.ToHex();

    public override string ToString() => Digest.ToString();
}
