using Coracle.Core;

namespace Coracle.Api;

internal static class VolumeRoutes
{
    public static IEnumerable<Route> All(ApiServices services)
    {
        VolumeCatalog volumes = services.Containers.Parts.Volumes;
        return
        [
            new("POST", "/volumes/create", new VolumeCreate(volumes).HandleAsync),
            new("POST", "/volumes/prune", new VolumePruneEndpoint(volumes).HandleAsync),
            new("GET", "/volumes/{name}", new VolumeInspect(volumes).HandleAsync),
            new("DELETE", "/volumes/{name}", new VolumeRemove(volumes).HandleAsync),
            new("PUT", "/volumes/{name}", _ => throw ClusterOnly()),
            new("GET", "/volumes", new VolumeList(volumes).HandleAsync),
        ];
    }

    /// <summary>Moby's words where there is no swarm: only volumes of one can be updated.</summary>
    private static EngineException ClusterOnly()
        => new(Refusal.Unavailable, "volume update only valid for cluster volumes, but swarm is unavailable");
}
