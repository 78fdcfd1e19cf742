namespace Coracle.Api;

internal static class NetworkRoutes
{
    public static IEnumerable<Route> All() =>
    [
        ContainerRoutes.Later("POST", "/networks/create"),
        ContainerRoutes.Later("DELETE", "/networks/{id}"),
        ContainerRoutes.Later("POST", "/networks/{id}/connect"),
        ContainerRoutes.Later("POST", "/networks/{id}/disconnect"),
        ContainerRoutes.Later("POST", "/networks/prune"),
        new("GET", "/networks", _ => Task.FromResult(PlaceholderLists.Networks())),
        new("GET", "/networks/{id}", request => Task.FromResult(PlaceholderLists.Network(request.Route["id"]))),
    ];
}
