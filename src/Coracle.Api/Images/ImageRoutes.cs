using Coracle.Core;

namespace Coracle.Api;

internal static class ImageRoutes
{
    /// <summary>Docker asks the index of one vendor's registry, which a device has no use for.</summary>
    private const string NoSearch = "searching for images is not supported: this engine asks no index";

    public static IEnumerable<Route> All(ApiServices services)
    {
        ImageServices images = services.Images;
        ImageReports reports = new(images);
        PruneEndpoints prunes = new(images);
        ImageArchives archives = new(images);
        ImageDelta deltas = new(images);
        return
        [
            new Route("POST", "/images/create", new ImageCreate(images).HandleAsync),
            new Route("GET", "/images/json", reports.ListAsync),
            new Route("GET", "/images/{name:.*}/json", reports.InspectAsync),
            new Route("GET", "/images/{name:.*}/history", reports.HistoryAsync),
            new Route("POST", "/images/{name:.*}/tag", new ImageTag(images).HandleAsync),
            new Route("GET", "/distribution/{name:.*}/json", new DistributionReport(images).HandleAsync),
            new Route("POST", "/build/prune", PruneEndpoints.BuildCacheAsync),
            new Route("DELETE", "/images/{name:.*}", new ImageRemove(images).HandleAsync),
            new Route("POST", "/images/prune", prunes.ImagesAsync),
            new Route("GET", "/images/search", _ => throw new EngineException(Refusal.NotImplemented, NoSearch)),
            new Route("POST", "/images/load", archives.LoadAsync),
            new Route("GET", "/images/get", archives.SaveAsync),
            new Route("GET", "/images/{name:.*}/get", archives.SaveOneAsync),
            new Route("POST", "/images/delta", deltas.CreateAsync),
            new Route("POST", "/images/delta/push", deltas.PushAsync),
            new Route("POST", "/images/delta/inspect", deltas.InspectAsync),
            NotBuiltYet.Endpoint("POST", "/images/{name:.*}/push", "image push"),
            NotBuiltYet.Endpoint("POST", "/build", "build"),
        ];
    }
}
