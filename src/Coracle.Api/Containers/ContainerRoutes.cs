using Coracle.Core;

namespace Coracle.Api;

internal static class ContainerRoutes
{
    /// <summary>Known to Docker's clients, built later: an honest 501 each, by name.</summary>
    private static readonly (string Method, string Template)[] _notBuilt =
    [
        ("GET", "/containers/{id}/top"), ("GET", "/containers/{id}/changes"), ("GET", "/containers/{id}/export"),
        ("GET", "/containers/{id}/stats"), ("POST", "/containers/{id}/update"), ("POST", "/containers/{id}/rename"),
        ("POST", "/containers/{id}/pause"), ("POST", "/containers/{id}/unpause"), ("GET", "/containers/{id}/attach/ws"),
        ("HEAD", "/containers/{id}/archive"), ("GET", "/containers/{id}/archive"), ("PUT", "/containers/{id}/archive"),
        ("POST", "/containers/prune"), ("POST", "/containers/{id}/exec"), ("POST", "/exec/{id}/start"), ("POST", "/exec/{id}/resize"),
        ("GET", "/exec/{id}/json"), ("POST", "/commit"),
        ("POST", "/networks/create"), ("DELETE", "/networks/{id}"), ("POST", "/networks/{id}/connect"),
        ("POST", "/networks/{id}/disconnect"), ("POST", "/networks/prune"),
        ("POST", "/volumes/create"), ("POST", "/volumes/prune"),
    ];

    public static IEnumerable<Route> All(ApiServices services)
    {
        ContainerServices containers = services.Containers;
        return
        [
            new("GET", "/containers/json", new ContainerList(containers).HandleAsync),
            new("POST", "/containers/create", new ContainerCreate(containers).HandleAsync),
            .. _notBuilt.Select(route => new Route(route.Method, route.Template, _ => throw NotBuilt.Option($"{route.Method} {route.Template}"))),
            new("GET", "/containers/{id}/json", new ContainerInspect(containers).HandleAsync),
            new("GET", "/containers/{id}/logs", new ContainerLogsEndpoint(containers).HandleAsync),
            new("POST", "/containers/{id}/start", new ContainerStart(containers).HandleAsync),
            new("POST", "/containers/{id}/stop", new ContainerStop(containers).HandleAsync),
            new("POST", "/containers/{id}/restart", new ContainerRestart(containers).HandleAsync),
            new("POST", "/containers/{id}/kill", new ContainerKill(containers).HandleAsync),
            new("POST", "/containers/{id}/wait", new ContainerWait(containers).HandleAsync),
            new("POST", "/containers/{id}/attach", new ContainerAttach(containers).HandleAsync),
            new("POST", "/containers/{id}/resize", new ContainerResize(containers).HandleAsync),
            new("DELETE", "/containers/{id}", new ContainerDelete(containers).HandleAsync),
            new("GET", "/events", new EventsEndpoint(containers).HandleAsync),
            new("GET", "/networks", _ => Task.FromResult(PlaceholderLists.Networks())),
            new("GET", "/networks/{id}", request => Task.FromResult(PlaceholderLists.Network(request.Route["id"]))),
            new("GET", "/volumes/{name}", request => throw PlaceholderLists.NoVolume(request.Route["name"])),
            new("DELETE", "/volumes/{name}", request => throw PlaceholderLists.NoVolume(request.Route["name"])),
            new("GET", "/volumes", _ => Task.FromResult(PlaceholderLists.Volumes())),
        ];
    }

    /// <summary>The container a request names in its path.</summary>
    /// <exception cref="EngineException">None such, or several.</exception>
    internal static Container Find(ContainerServices services, ApiRequest request) => services.Parts.Containers.Get(request.Route["id"]);
}
