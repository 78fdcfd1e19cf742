using Coracle.Core;

namespace Coracle.Api;

/// <summary>POST /networks/prune</summary>
internal sealed class NetworkPruneEndpoint(NetworkPrune prune)
{
    public async Task<ApiResponse> HandleAsync(ApiRequest request)
    {
        Filters filters = Filters.Parse(request.Query("filters"), "until", "label", "label!");
        IReadOnlyList<string> removed = await Task.Run(() => prune.Run(filters, request.Aborted));
        return ApiResponse.Json(json =>
        {
            json.WriteStartObject();
            json.WritePropertyName("NetworksDeleted"u8);
            if (removed.Count == 0)
            {
                json.WriteNullValue(); // Docker's: a list that was never begun
            }
            else
            {
                json.WriteStartArray();
                foreach (string name in removed)
                {
                    json.WriteStringValue(name);
                }

                json.WriteEndArray();
            }

            json.WriteEndObject();
        });
    }
}
