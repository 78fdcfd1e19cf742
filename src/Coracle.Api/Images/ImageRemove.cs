using System.Text.Json;
using Coracle.Core;
using Coracle.Oci;

namespace Coracle.Api;

/// <summary>DELETE /images/{name}. <c>noprune</c> keeps parents in Docker; an image has none here.</summary>
internal sealed class ImageRemove(ImageServices images)
{
    public async Task<ApiResponse> HandleAsync(ApiRequest request)
    {
        Platform? platform = PlatformOf(request);
        bool isForced = request.QueryBool("force");
        IReadOnlyList<ImageDeletion> done = await Task.Run(() => images.Parts.Delete.Delete(request.Route["name"], isForced, platform));
        return ApiResponse.Json(json => Write(json, done));
    }

    public static void Write(Utf8JsonWriter json, IReadOnlyList<ImageDeletion> done)
    {
        json.WriteStartArray();
        foreach (ImageDeletion step in done)
        {
            json.WriteStartObject();
            json.WriteString(step.Untagged is null ? "Deleted" : "Untagged", step.Untagged ?? step.Deleted);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    /// <summary>An image has one platform here, so one may be named; it must be that.</summary>
    private static Platform? PlatformOf(ApiRequest request)
        => !request.Version.Adds(50) ? null : request.QueryAll("platforms") switch
        {
            [] => null,
            [string text] => PlatformParameter.Parse(text),
            _ => throw new EngineException(Refusal.InvalidArgument, "an image has a single platform: several cannot be removed from it"),
        };
}
