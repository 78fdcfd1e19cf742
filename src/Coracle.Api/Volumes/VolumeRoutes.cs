namespace Coracle.Api;

internal static class VolumeRoutes
{
    public static IEnumerable<Route> All() =>
    [
        ContainerRoutes.Later("POST", "/volumes/create"),
        ContainerRoutes.Later("POST", "/volumes/prune"),
        new("GET", "/volumes/{name}", request => throw PlaceholderLists.NoVolume(request.Route["name"])),
        new("DELETE", "/volumes/{name}", request => throw PlaceholderLists.NoVolume(request.Route["name"])),
        new("GET", "/volumes", _ => Task.FromResult(PlaceholderLists.Volumes())),
    ];
}
