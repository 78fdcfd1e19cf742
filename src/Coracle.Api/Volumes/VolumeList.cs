using Coracle.Core;

namespace Coracle.Api;

/// <summary>GET /volumes</summary>
internal sealed class VolumeList(VolumeCatalog volumes)
{
    public Task<ApiResponse> HandleAsync(ApiRequest request)
    {
        Filters filters = Filters.Parse(request.Query("filters"), "dangling", "driver", "label", "name");
        bool? dangling = filters.Flag("dangling");
        List<Volume> shown = [.. volumes.List().Where(volume => Shows(filters, dangling, volume))];
        return Task.FromResult(ApiResponse.Json(json =>
        {
            json.WriteStartObject();
            json.WriteStartArray("Volumes"u8);
            foreach (Volume volume in shown)
            {
                VolumeShape.Write(json, volume);
            }

            json.WriteEndArray();
            json.WriteNull("Warnings"u8);
            json.WriteEndObject();
        }));
    }

    private bool Shows(Filters filters, bool? dangling, Volume volume)
        => (dangling is null || dangling == (volumes.CountUsers(volume.Name) == 0))
        && filters.Allows("driver", driver => driver == VolumeCatalog.LocalDriver)
        && filters.Allows("name", name => ContainerFilter.NameFits(volume.Name, name))
        && filters.LabelsMatch("label", volume.Labels);
}
