using System.Text.Json;

namespace Coracle.Oci;

/// <summary>What a registry answers for a tag: an image's manifest, or an index of manifests by platform.</summary>
public abstract record ManifestDocument(string MediaType)
{
    /// <summary>What the distribution specification asks registries to accept, so nothing longer is a manifest.</summary>
    public const int MaxBytes = 4 * 1024 * 1024;

    /// <param name="contentType">The response's Content-Type without parameters, or null where the bytes come from the store.</param>
    /// <exception cref="OciFormatException">Not JSON, not a manifest, of two kinds at once, or of a kind that is refused.</exception>
    public static ManifestDocument Parse(ReadOnlyMemory<byte> bytes, string? contentType)
    {
        using JsonDocument document = JsonFields.ParseDocument(bytes, "manifest");
        JsonElement root = document.RootElement;
        root.RequireObject("manifest");
        string mediaType = MediaTypeOf(root, contentType);

        // CVE-2021-41190: bytes that are a manifest to one reader and an index to another let a signature cover both.
        bool isList = root.Child("manifests") is not null;
        bool isImage = root.Child("layers") is not null || root.Child("config") is not null || root.Child("fsLayers") is not null;
        if (MediaTypes.IsIndex(mediaType))
        {
            return isImage ? throw new OciFormatException("index: expected index but found manifest") : ImageIndex.Read(root, mediaType);
        }

        return isList ? throw new OciFormatException("ocischema: expected manifest but found index") : Manifest.Read(root, mediaType);
    }

    private static string MediaTypeOf(JsonElement root, string? contentType)
    {
        if (root.Number("schemaVersion") == 1 || (contentType is not null && MediaTypes.IsSchemaOne(contentType)))
        {
            throw new OciFormatException("Docker Image Format v1 and Docker Image manifest version 2, schema 1 are not supported");
        }

        string? declared = root.Text("mediaType");
        // The registry's word counts only where the document is silent; where both speak they must agree.
        string mediaType = declared is { Length: > 0 } ? declared : contentType ?? ByShape(root);
        if (!MediaTypes.IsManifest(mediaType) && !MediaTypes.IsIndex(mediaType))
        {
            throw new OciFormatException($"unsupported manifest media type and no default available: {JsonFields.Shorten(mediaType)}");
        }

        bool contradicted = contentType is not null && contentType != mediaType
            && (MediaTypes.IsManifest(contentType) || MediaTypes.IsIndex(contentType));
        return contradicted
            ? throw new OciFormatException($"if present, mediaType in manifest should be '{contentType}' not '{mediaType}'")
            : mediaType;
    }

    private static string ByShape(JsonElement root) => root.Child("manifests") is null ? MediaTypes.OciManifest : MediaTypes.OciIndex;
}
