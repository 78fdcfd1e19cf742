using Coracle.Core;

namespace Coracle.Api;

/// <summary>POST /volumes/prune</summary>
internal sealed class VolumePruneEndpoint(VolumeCatalog volumes)
{
    private readonly VolumePrune _prune = new(volumes);

    public async Task<ApiResponse> HandleAsync(ApiRequest request)
    {
        Filters filters = Filters.Parse(request.Query("filters"), "label", "label!", "all");
        // Until 1.42 a prune took every volume; a name has been a reason to stay since.
        bool all = request.Version.IsBefore(42) || filters.Flag("all") == true;
        PrunedVolumes pruned = await Task.Run(() => _prune.Run(volume => Fits(filters, all, volume), request.Aborted));
        return ApiResponse.Json(json =>
        {
            json.WriteStartObject();
            json.WriteStartArray("VolumesDeleted"u8);
            foreach (string name in pruned.Removed)
            {
                json.WriteStringValue(name);
            }

            json.WriteEndArray();
            json.WriteNumber("SpaceReclaimed"u8, pruned.Reclaimed);
            json.WriteEndObject();
        });
    }

    private static bool Fits(Filters filters, bool all, Volume volume)
        => (all || volume.IsAnonymous)
        && filters.LabelsMatch("label", volume.Labels)
        && (!filters.Has("label!") || !filters.LabelsMatch("label!", volume.Labels));
}
