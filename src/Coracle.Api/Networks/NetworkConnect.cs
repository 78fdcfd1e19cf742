using Coracle.Core;
using Coracle.Wire;

namespace Coracle.Api;

/// <summary>POST /networks/{id}/connect</summary>
internal sealed class NetworkConnect(NetworkConnections connections)
{
    public async Task<ApiResponse> HandleAsync(ApiRequest request)
    {
        NetworkConnectRequest wanted = await NetworkBody.ReadAsync(request, NetworkConnectRequest.Table);
        await connections.ConnectAsync(request.Route["id"], wanted.Container, wanted.EndpointConfig, request.Aborted);
        return ApiResponse.Ok;
    }
}

/// <summary>POST /networks/{id}/disconnect</summary>
internal sealed class NetworkDisconnect(NetworkConnections connections)
{
    public async Task<ApiResponse> HandleAsync(ApiRequest request)
    {
        NetworkDisconnectRequest wanted = await NetworkBody.ReadAsync(request, NetworkDisconnectRequest.Table);
        await connections.DisconnectAsync(request.Route["id"], wanted.Container, wanted.Force, request.Aborted);
        return ApiResponse.Ok;
    }
}
