namespace Coracle.Api;

internal static class ImageRoutes
{
    public static IEnumerable<Route> All(ApiServices services)
    {
        ImageServices images = services.Images;
        ImageReports reports = new(images);
        ImageArchives archives = new(images);
        return
        [
            new Route("POST", "/images/create", new ImageCreate(images).HandleAsync),
            new Route("GET", "/images/json", reports.ListAsync),
            new Route("GET", "/images/{name:.*}/json", reports.InspectAsync),
            new Route("GET", "/images/{name:.*}/history", reports.HistoryAsync),
            new Route("POST", "/images/{name:.*}/tag", new ImageTag(images).HandleAsync),
            new Route("DELETE", "/images/{name:.*}", new ImageRemove(images).HandleAsync),
            NotBuiltYet.Endpoint("POST", "/images/prune", "image prune"),
            NotBuiltYet.Endpoint("GET", "/images/search", "image search"),
            new Route("POST", "/images/load", archives.LoadAsync),
            new Route("GET", "/images/get", archives.SaveAsync),
            new Route("GET", "/images/{name:.*}/get", archives.SaveOneAsync),
            NotBuiltYet.Endpoint("POST", "/images/delta", "image delta"),
            NotBuiltYet.Endpoint("POST", "/images/{name:.*}/push", "image push"),
            NotBuiltYet.Endpoint("GET", "/distribution/{name:.*}/json", "distribution inspect"),
            NotBuiltYet.Endpoint("POST", "/build", "build"),
            NotBuiltYet.Endpoint("POST", "/build/prune", "build prune"),
        ];
    }
}
