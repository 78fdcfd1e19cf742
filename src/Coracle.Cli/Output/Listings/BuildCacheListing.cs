namespace Coracle.Cli;

/// <summary>The build cache of docker system df -v.</summary>
internal static class BuildCacheListing
{
    public static Listing Listing { get; } = new("*formatter.buildCacheContext",
        "table {{.ID}}\t{{.CacheType}}\t{{.Size}}\t{{.CreatedSince}}\t{{.LastUsedSince}}\t{{.UsageCount}}\t{{.Shared}}", "{{.ID}}",
    [
        new("ID", "CACHE ID", r => r.View.Id(r.Text("ID"))),
        new("CacheType", "CACHE TYPE", r => r.Text("Type")),
        new("Size", "SIZE", r => HumanSize.Decimal(r.Number("Size"), 3)),
        new("CreatedSince", "CREATED", r => r.Text("CreatedAt")),
        new("LastUsedSince", "LAST USED", r => r.Text("LastUsedAt")),
        new("UsageCount", "USAGE", r => $"{r.Number("UsageCount")}"),
        new("Shared", "SHARED", r => r.Truth("Shared") ? "true" : "false"),
    ]);
}
