namespace Coracle.Api;

internal static class ExecRoutes
{
    public static IEnumerable<Route> All() =>
    [
        ContainerRoutes.Later("POST", "/containers/{id}/exec"),
        ContainerRoutes.Later("POST", "/exec/{id}/start"),
        ContainerRoutes.Later("POST", "/exec/{id}/resize"),
        ContainerRoutes.Later("GET", "/exec/{id}/json"),
    ];
}
