using Coracle.Core;
using Coracle.Oci;

namespace Coracle.Api;

/// <summary>GET /images/json, /images/{name}/json and /images/{name}/history.</summary>
internal sealed class ImageReports(ImageServices images)
{
    public async Task<ApiResponse> ListAsync(ApiRequest request)
    {
        // "all" adds the intermediate images of old builds; there are none here. "digests" was never read by the server.
        Filters filters = Filters.Parse(request.Query("filters"), ImageQueries.FilterNames);
        IReadOnlyList<ImageSummary> found = await Task.Run(() => images.Parts.Queries.List(filters));
        SummaryDetail detail = request.QueryBool("shared-size") ? SummaryDetail.Shared : SummaryDetail.Plain;
        return ApiResponse.Json(json =>
        {
            json.WriteStartArray();
            foreach (ImageSummary image in found)
            {
                ImageJson.WriteSummary(json, image, request.Version, detail);
            }

            json.WriteEndArray();
        });
    }

    public async Task<ApiResponse> InspectAsync(ApiRequest request)
    {
        Platform? platform = PlatformParameter.Read(request, since: 49);
        ImageInspection image = await Task.Run(() => images.Parts.Queries.Inspect(request.Route["name"], platform));
        return ApiResponse.Json(json => ImageJson.WriteInspection(json, image, request.Version));
    }

    public async Task<ApiResponse> HistoryAsync(ApiRequest request)
    {
        Platform? platform = PlatformParameter.Read(request, since: 48);
        IReadOnlyList<ImageHistoryStep> steps = await Task.Run(() => images.Parts.Queries.History(request.Route["name"], platform));
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
