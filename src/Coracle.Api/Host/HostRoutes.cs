namespace Coracle.Api;

internal static class HostRoutes
{
    public static IEnumerable<Route> All(ApiServices services)
    {
        HostServices host = services.Host;
        yield return new("GET", "/_ping", Ping.HandleAsync);
        yield return new("HEAD", "/_ping", Ping.HandleAsync);
        yield return new("GET", "/version", new VersionReport(host).HandleAsync);
        yield return new("GET", "/info", new InfoReport(host).HandleAsync);
        yield return new("GET", "/metrics", new MetricsReport(host).HandleAsync);
        yield return new("GET", "/system/df", new DiskUsageReport(services).HandleAsync);
        yield return new("POST", "/auth", new AuthCheck(host).HandleAsync);
    }
}
