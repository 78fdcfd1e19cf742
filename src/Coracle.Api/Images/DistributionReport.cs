using System.Text.Json;
using Coracle.Core;
using Coracle.Oci;

namespace Coracle.Api;

/// <summary>GET /distribution/{name}/json</summary>
internal sealed class DistributionReport(ImageServices images)
{
    public async Task<ApiResponse> HandleAsync(ApiRequest request)
    {
        if (!ImageReference.TryParse(request.Route["name"], out ImageReference? image, out string? error))
        {
            throw new EngineException(Refusal.InvalidArgument, error);
        }

        DistributionAnswer answer = await images.Parts.Distribution.AskAsync(
            image.WithDefaultTag(), request.Http.Headers["X-Registry-Auth"], request.Aborted);
        return ApiResponse.Json(json => Write(json, answer));
    }

    private static void Write(Utf8JsonWriter json, DistributionAnswer answer)
    {
        json.WriteStartObject();
        json.WriteStartObject("Descriptor"u8);
        json.WriteString("mediaType"u8, answer.Descriptor.MediaType);
        json.WriteString("digest"u8, answer.Descriptor.Digest.ToString());
        json.WriteNumber("size"u8, answer.Descriptor.Size);
        json.WriteEndObject();
        json.WriteStartArray("Platforms"u8);
        foreach (Platform platform in answer.Platforms)
        {
            json.WriteStartObject();
            json.WriteString("architecture"u8, platform.Architecture);
            json.WriteString("os"u8, platform.Os);
            if (platform.OsVersion.Length > 0)
            {
                json.WriteString("os.version"u8, platform.OsVersion);
            }

            if (platform.Variant.Length > 0)
            {
                json.WriteString("variant"u8, platform.Variant);
            }

            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }
}
