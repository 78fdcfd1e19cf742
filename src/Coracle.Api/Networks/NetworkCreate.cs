using Coracle.Core;
using Coracle.Wire;

namespace Coracle.Api;

/// <summary>POST /networks/create</summary>
internal sealed class NetworkCreate(NetworkStore networks)
{
    public async Task<ApiResponse> HandleAsync(ApiRequest request)
    {
        NetworkCreateRequest wanted = await NetworkBody.ReadAsync(request, NetworkCreateRequest.Table);
        NetworkWish wish = NetworkWish.Of(wanted, knowsIPv4: request.Version.Adds(48));
        Network network = await Task.Run(() => networks.Create(wish));
        return ApiResponse.Json(201, json =>
        {
            json.WriteStartObject();
            json.WriteString("Id"u8, network.Id.Text);
            json.WriteString("Warning"u8, ""u8);
            json.WriteEndObject();
        });
    }
}

/// <summary>DELETE /networks/{id}</summary>
internal sealed class NetworkRemove(NetworkStore networks)
{
    public async Task<ApiResponse> HandleAsync(ApiRequest request)
    {
        string term = request.Route["id"];
        await Task.Run(() => networks.Remove(term));
        return ApiResponse.NoContent;
    }
}
