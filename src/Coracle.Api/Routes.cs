namespace Coracle.Api;

/// <summary>Every endpoint, topic by topic. <c>docker-api.md</c> §4 is the list it is built from.</summary>
public static class Routes
{
    public static IReadOnlyList<Route> All(ApiServices services) =>
    [
        .. HostRoutes.All(services),
        .. ContainerRoutes.All(services),
        .. ExecRoutes.All(services),
        .. VolumeRoutes.All(services),
        .. NetworkRoutes.All(services),
        .. ImageRoutes.All(services),
        .. RefusedRoutes.All(),
    ];
}
