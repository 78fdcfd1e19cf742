using Coracle.Core;

namespace Coracle.Api;

/// <summary>POST /images/prune and POST /build/prune.</summary>
internal sealed class PruneEndpoints(ImageServices images)
{
    public async Task<ApiResponse> ImagesAsync(ApiRequest request)
    {
        Filters filters = Filters.Parse(request.Query("filters"), ImagePrune.FilterNames);
        PruneResult result = await Task.Run(() => images.Parts.Prune.Run(filters));
        return ApiResponse.Json(json =>
        {
            json.WriteStartObject();
            json.WritePropertyName("ImagesDeleted"u8);
            if (result.Deleted.Count == 0)
            {
                json.WriteNullValue();
            }
            else
            {
                ImageRemove.Write(json, result.Deleted);
            }

            json.WriteNumber("SpaceReclaimed"u8, result.Bytes);
            json.WriteEndObject();
        });
    }

    /// <summary>There is no build cache beside the images themselves. <c>docker system prune</c> asks every time.</summary>
    public static Task<ApiResponse> BuildCacheAsync(ApiRequest request) => Task.FromResult(ApiResponse.Json(static json =>
    {
        json.WriteStartObject();
        json.WriteNull("CachesDeleted"u8);
        json.WriteNumber("SpaceReclaimed"u8, 0);
        json.WriteEndObject();
    }));
}
