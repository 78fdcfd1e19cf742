using Coracle.Core;

namespace Coracle.Api;

/// <summary>DELETE /images/{name}. <c>noprune</c> keeps parents in Docker; an image has none here.</summary>
internal sealed class ImageRemove(ImageServices images)
{
    public async Task<ApiResponse> HandleAsync(ApiRequest request)
    {
        NotBuiltYet.Option(request.QueryAll("platforms").Count > 0, "removing single platforms of an image");
        bool isForced = request.QueryBool("force");
        IReadOnlyList<ImageDeletion> done = await Task.Run(() => images.Parts.Delete.Delete(request.Route["name"], isForced));
        return ApiResponse.Json(json =>
        {
            json.WriteStartArray();
            foreach (ImageDeletion step in done)
            {
                json.WriteStartObject();
                json.WriteString(step.Untagged is null ? "Deleted" : "Untagged", step.Untagged ?? step.Deleted);
                json.WriteEndObject();
            }

            json.WriteEndArray();
        });
    }
}
