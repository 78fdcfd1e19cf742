using Coracle.Core;

namespace Coracle.Api;

internal static class ExecRoutes
{
    public static IEnumerable<Route> All(ApiServices services)
    {
        ContainerServices containers = services.Containers;
        return
        [
            new("POST", "/containers/{id}/exec", new ExecCreate(containers).HandleAsync),
            new("POST", "/exec/{id}/start", new ExecStart(containers).HandleAsync),
            new("POST", "/exec/{id}/resize", new ExecResize(containers).HandleAsync),
            new("GET", "/exec/{id}/json", new ExecInspect(containers).HandleAsync),
        ];
    }

    /// <exception cref="EngineException">None such.</exception>
    internal static ExecInstance Find(ContainerServices services, ApiRequest request) => services.Parts.Execs.Get(request.Route["id"]);
}
