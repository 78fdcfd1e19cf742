using System.Text.Json;
using Coracle.Core;
using Coracle.Wire;

namespace Coracle.Api;

/// <summary>POST /volumes/create: the volume of that name, made if it is not there.</summary>
internal sealed class VolumeCreate(VolumeCatalog volumes)
{
    private const int MaxBodyBytes = 1 << 20;

    public async Task<ApiResponse> HandleAsync(ApiRequest request)
    {
        using JsonDocument? body = await request.ReadJsonAsync(MaxBodyBytes);
        if (body is null)
        {
            throw new EngineException(Refusal.InvalidArgument, "invalid JSON: got EOF while reading request body");
        }

        JsonReading reading = new();
        VolumeCreateRequest? wanted = VolumeCreateRequest.Table.Read(body.RootElement, reading);
        if (wanted is null || reading.Problem is not null)
        {
            throw new EngineException(Refusal.InvalidArgument, "invalid JSON: " + (reading.Problem ?? "no object"));
        }

        if (reading.NotBuilt is [string first, ..])
        {
            throw NotBuilt.Option(first);
        }

        VolumeWish wish = new(wanted.Name, wanted.Driver, wanted.DriverOpts, wanted.Labels);
        Volume volume = await Task.Run(() => volumes.Create(wish));
        return ApiResponse.Json(201, json => VolumeShape.Write(json, volume));
    }
}
