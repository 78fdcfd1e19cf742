using Coracle.Core;

namespace Coracle.Api;

/// <summary>What exists in Docker's API and never will here, where a plain 404 would confuse dashboards that list everything.</summary>
internal static class RefusedRoutes
{
    /// <summary>Moby's words: Portainer and others recognise them.</summary>
    private const string NoSwarm = "This node is not a swarm manager. Use \"docker swarm init\" or \"docker swarm join\" "
        + "to connect this node to swarm and try again.";

    private static readonly string[] _swarmLists = ["/swarm", "/nodes", "/services", "/tasks", "/secrets", "/configs"];

    public static IEnumerable<Route> All()
        => _swarmLists.Select(path => new Route("GET", path, _ => throw new EngineException(Refusal.Unavailable, NoSwarm)));
}
