namespace Coracle.Api;

internal static class ContainerRoutes
{
    public static IEnumerable<Route> All(ApiServices services) => [];
}
