using Coracle.Core;

namespace Coracle.Api;

/// <summary>GET /images/json, /images/{name}/json and /images/{name}/history.</summary>
internal sealed class ImageReports(ImageServices images)
{
    public async Task<ApiResponse> ListAsync(ApiRequest request)
    {
        // "all" adds the intermediate images of old builds; there are none here. "digests" was never read by the server.
        Filters filters = Filters.Parse(request.Query("filters"), ImageQueries.FilterNames);
        IReadOnlyList<ImageSummary> found = await Task.Run(() => images.Parts.Queries.List(filters));
        bool withShared = request.QueryBool("shared-size");
        return ApiResponse.Json(json =>
        {
            json.WriteStartArray();
            foreach (ImageSummary image in found)
            {
                ImageJson.WriteSummary(json, image, request.Version, withShared);
            }

            json.WriteEndArray();
        });
    }

    public async Task<ApiResponse> InspectAsync(ApiRequest request)
    {
        ImageInspection image = await Task.Run(() => images.Parts.Queries.Inspect(request.Route["name"]));
        return ApiResponse.Json(json => ImageJson.WriteInspection(json, image, request.Version));
    }

    public async Task<ApiResponse> HistoryAsync(ApiRequest request)
    {
        IReadOnlyList<ImageHistoryStep> steps = await Task.Run(() => images.Parts.Queries.History(request.Route["name"]));
        return ApiResponse.Json(json =>
        {
            json.WriteStartArray();
            foreach (ImageHistoryStep step in steps)
            {
                ImageJson.WriteHistory(json, step);
            }

            json.WriteEndArray();
        });
    }
}
