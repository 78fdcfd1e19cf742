using System.Text.Json;

namespace Coracle.Cli;

/// <summary>The four lines of docker system df. The extra words of a row are its cells.</summary>
internal static class DiskUse
{
    public static Listing Listing { get; } = new("*formatter.diskUsageImagesContext", "table {{.Type}}\t{{.TotalCount}}\t{{.Active}}\t{{.Size}}\t{{.Reclaimable}}", "",
    [
        new("Type", "TYPE", r => r.Extra[0]),
        new("TotalCount", "TOTAL", r => r.Extra[1]),
        new("Active", "ACTIVE", r => r.Extra[2]),
        new("Size", "SIZE", r => r.Extra[3]),
        new("Reclaimable", "RECLAIMABLE", r => r.Extra[4]),
    ]);

    public static IEnumerable<Row> Rows(JsonElement use, TimeProvider time)
    {
        View view = new(IsWhole: false, time);
        return [Images(use, view), Containers(use, view), Volumes(use, view), BuildCache(use, view)];
    }

    /// <returns>The items of one kind, each as a row that reads its fields.</returns>
    public static List<Row> Of(JsonElement use, string kind, Listing listing, View view)
        => Row.Each(listing, use.Member(kind), view);

    private static Row Images(JsonElement use, View view)
    {
        List<Row> images = Of(use, "Images", Listing, view);
        long all = use.TryGetProperty("LayersSize", out JsonElement layers) ? layers.GetInt64() : 0;
        long used = images.Where(i => i.Number("Containers") != 0 && i.Number("Size") >= 0 && i.Number("SharedSize") >= 0).Sum(i => i.Number("Size") - i.Number("SharedSize"));
        return Line(view, "Images", images.Count, images.Count(i => i.Number("Containers") > 0), all, Share(all - used, all));
    }

    private static Row Containers(JsonElement use, View view)
    {
        List<Row> containers = Of(use, "Containers", Listing, view);
        long all = containers.Sum(c => c.Number("SizeRw"));
        long free = containers.Where(c => !IsActive(c)).Sum(c => c.Number("SizeRw"));
        return Line(view, "Containers", containers.Count, containers.Count(IsActive), all, Share(free, all));
    }

    private static Row Volumes(JsonElement use, View view)
    {
        List<Row> volumes = Of(use, "Volumes", Listing, view);
        long all = volumes.Sum(v => Math.Max(0, VolumeListing.Use(v, "Size") ?? 0));
        long free = volumes.Where(v => VolumeListing.Use(v, "RefCount") == 0).Sum(v => Math.Max(0, VolumeListing.Use(v, "Size") ?? 0));
        return Line(view, "Local Volumes", volumes.Count, volumes.Count(v => VolumeListing.Use(v, "RefCount") > 0), all, Share(free, all));
    }

    private static Row BuildCache(JsonElement use, View view)
    {
        List<Row> records = Of(use, "BuildCache", Listing, view);
        long free = records.Where(r => !r.Truth("InUse") && !r.Truth("Shared")).Sum(r => r.Number("Size"));
        return Line(view, "Build Cache", records.Count, records.Count(r => r.Truth("InUse")), records.Where(r => !r.Truth("Shared")).Sum(r => r.Number("Size")), HumanSize.Decimal(free));
    }

    private static bool IsActive(Row container) => container.Text("State") is "running" or "paused" or "restarting";

    private static string Share(long part, long whole) => whole > 0 ? $"{HumanSize.Decimal(part)} ({part * 100 / whole}%)" : HumanSize.Decimal(part);

    private static Row Line(View view, string kind, int count, int active, long size, string reclaimable)
        => new(Listing, default, view, kind, $"{count}", $"{active}", HumanSize.Decimal(size), reclaimable);
}
