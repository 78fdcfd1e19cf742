using System.Text.Json;

namespace Coracle.Oci;

/// <summary>Names a blob and says how long it is: whoever fetches it knows when to stop and what to compare.</summary>
/// <param name="Size">Bytes, never negative.</param>
/// <param name="Platform">Only on the entries of an index.</param>
/// <remarks>OCI image-spec v1.1, descriptor.md.</remarks>
public sealed record Descriptor(string MediaType, Digest Digest, long Size, Platform? Platform = null)
{
    internal static Descriptor Read(JsonElement element, string where)
    {
        element.RequireObject(where);
        string digest = element.Text("digest") ?? throw new OciFormatException($"{where} has no digest");
        if (!Digest.TryParse(digest, out Digest? parsed))
        {
            throw new OciFormatException($"{where} has an invalid digest: '{JsonFields.Shorten(digest)}'");
        }

        long size = element.Number("size") ?? throw new OciFormatException($"{where} has no size");
        if (size < 0)
        {
            throw new OciFormatException($"{where} has a negative size");
        }

        Platform? platform = element.Child("platform") is { } child ? Platform.Read(child) : null;
        return new Descriptor(element.Text("mediaType") ?? "", parsed, size, platform);
    }
}
