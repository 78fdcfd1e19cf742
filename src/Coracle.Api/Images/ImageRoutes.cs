namespace Coracle.Api;

internal static class ImageRoutes
{
    public static IEnumerable<Route> All(ApiServices services) => [];
}
