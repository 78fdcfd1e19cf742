using Coracle.Core;

namespace Coracle.Api;

/// <summary>GET /volumes/{name}</summary>
internal sealed class VolumeInspect(VolumeCatalog volumes)
{
    public Task<ApiResponse> HandleAsync(ApiRequest request)
    {
        Volume volume = volumes.Get(request.Route["name"]);
        return Task.FromResult(ApiResponse.Json(json => VolumeShape.Write(json, volume)));
    }
}

/// <summary>DELETE /volumes/{name}</summary>
internal sealed class VolumeRemove(VolumeCatalog volumes)
{
    public async Task<ApiResponse> HandleAsync(ApiRequest request)
    {
        bool force = request.QueryBool("force");
        await Task.Run(() => volumes.Remove(request.Route["name"], force));
        return ApiResponse.NoContent;
    }
}
