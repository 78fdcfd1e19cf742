using Coracle.Core;

namespace Coracle.Api;

/// <summary>POST /containers/prune</summary>
internal sealed class ContainerPruneEndpoint(ContainerServices services)
{
    public async Task<ApiResponse> HandleAsync(ApiRequest request)
    {
        Filters filters = Filters.Parse(request.Query("filters"), "until", "label", "label!");
        PrunedContainers pruned = await services.Parts.Prune.RunAsync(filters, request.Aborted);
        return ApiResponse.Json(json =>
        {
            json.WriteStartObject();
            json.WritePropertyName("ContainersDeleted"u8);
            if (pruned.Deleted.Count == 0)
            {
                json.WriteNullValue(); // Docker's: a list that was never begun
            }
            else
            {
                json.WriteStartArray();
                foreach (string id in pruned.Deleted)
                {
                    json.WriteStringValue(id);
                }

                json.WriteEndArray();
            }

            json.WriteNumber("SpaceReclaimed"u8, pruned.SpaceReclaimed);
            json.WriteEndObject();
        });
    }
}
