using Coracle.Core;

namespace Coracle.Api;

internal static class NetworkRoutes
{
    public static IEnumerable<Route> All(ApiServices services)
    {
        NetworkParts networks = services.Networks;
        return
        [
            new("GET", "/networks", new NetworkList(networks.Networks).HandleAsync),
            new("POST", "/networks/create", new NetworkCreate(networks.Networks).HandleAsync),
            new("POST", "/networks/prune", new NetworkPruneEndpoint(networks.Prune).HandleAsync),
            new("GET", "/networks/{id}", new NetworkInspect(networks.Networks).HandleAsync),
            new("DELETE", "/networks/{id}", new NetworkRemove(networks.Networks).HandleAsync),
            new("POST", "/networks/{id}/connect", new NetworkConnect(networks.Connections).HandleAsync),
            new("POST", "/networks/{id}/disconnect", new NetworkDisconnect(networks.Connections).HandleAsync),
        ];
    }
}
