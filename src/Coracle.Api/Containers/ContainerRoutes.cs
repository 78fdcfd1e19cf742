using Coracle.Core;

namespace Coracle.Api;

internal static class ContainerRoutes
{
    /// <summary>Known to Docker's clients, built later: an honest 501 each, by name.</summary>
    private static readonly Route[] _notBuilt =
    [
        Later("GET", "/containers/{id}/changes"),
        Later("GET", "/containers/{id}/export"),
        Later("GET", "/containers/{id}/stats"),
        Later("POST", "/containers/{id}/update"),
        Later("HEAD", "/containers/{id}/archive"),
        Later("GET", "/containers/{id}/archive"),
        Later("PUT", "/containers/{id}/archive"),
        Later("POST", "/commit"),
    ];

    public static IEnumerable<Route> All(ApiServices services)
    {
        ContainerServices containers = services.Containers;
        return
        [
            new("GET", "/containers/json", new ContainerList(containers).HandleAsync),
            new("POST", "/containers/create", new ContainerCreate(containers).HandleAsync),
            .. _notBuilt,
            new("GET", "/containers/{id}/json", new ContainerInspect(containers).HandleAsync),
            new("GET", "/containers/{id}/logs", new ContainerLogsEndpoint(containers).HandleAsync),
            new("POST", "/containers/{id}/start", new ContainerStart(containers).HandleAsync),
            new("POST", "/containers/{id}/stop", new ContainerStop(containers).HandleAsync),
            new("POST", "/containers/{id}/restart", new ContainerRestart(containers).HandleAsync),
            new("POST", "/containers/{id}/kill", new ContainerKill(containers).HandleAsync),
            new("POST", "/containers/{id}/pause", new ContainerPause(containers).PauseAsync),
            new("POST", "/containers/{id}/unpause", new ContainerPause(containers).UnpauseAsync),
            new("POST", "/containers/{id}/rename", new ContainerRename(containers).HandleAsync),
            new("GET", "/containers/{id}/top", new ContainerTopEndpoint(containers).HandleAsync),
            new("POST", "/containers/prune", new ContainerPruneEndpoint(containers).HandleAsync),
            new("POST", "/containers/{id}/wait", new ContainerWait(containers).HandleAsync),
            new("POST", "/containers/{id}/attach", new ContainerAttach(containers).HandleAsync),
            new("GET", "/containers/{id}/attach/ws", new ContainerAttachWebSocket(containers).HandleAsync),
            new("POST", "/containers/{id}/resize", new ContainerResize(containers).HandleAsync),
            new("DELETE", "/containers/{id}", new ContainerDelete(containers).HandleAsync),
            new("GET", "/events", new EventsEndpoint(containers).HandleAsync),
        ];
    }

    internal static Route Later(string method, string template) => new(method, template, _ => throw NotBuilt.Option($"{method} {template}"));

    /// <summary>The container a request names in its path.</summary>
    /// <exception cref="EngineException">None such, or several.</exception>
    internal static Container Find(ContainerServices services, ApiRequest request) => services.Parts.Containers.Get(request.Route["id"]);
}
