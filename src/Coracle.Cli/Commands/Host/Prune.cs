using System.Text;
using System.Text.Json;

namespace Coracle.Cli;

/// <summary>One kind of thing to prune: where it is asked for, and how what went is told.</summary>
/// <param name="List">The report's field.</param>
internal sealed record Prune(string Path, string List, string Title)
{
    public static Prune Containers { get; } = new("/containers/prune", "ContainersDeleted", "Deleted Containers:");

    public static Prune Networks { get; } = new("/networks/prune", "NetworksDeleted", "Deleted Networks:");

    public static Prune Volumes { get; } = new("/volumes/prune", "VolumesDeleted", "Deleted Volumes:");

    public static Prune Images { get; } = new("/images/prune", "ImagesDeleted", "Deleted Images:");

    public static Prune BuildCache { get; } = new("/build/prune", "CachesDeleted", "Deleted build cache objects:");

    public string Target(ParsedArguments arguments)
    {
        bool all = arguments.Has("all");
        List<string> filters = [.. arguments.Values("filter")];
        if (this == Images)
        {
            filters.Add($"dangling={(all ? "false" : "true")}");
        }
        else if (this == Volumes && all && arguments.IsGiven("volumes") is false)
        {
            filters.Add("all=true");
        }

        string query = (this == BuildCache && all ? "&all=1" : "") + Filters.Query(filters);
        return Path + (query.Length > 0 ? "?" + query[1..] : "");
    }

    public string Removed(JsonElement report)
    {
        if (!report.TryGetProperty(List, out JsonElement list) || list.ValueKind != JsonValueKind.Array || list.GetArrayLength() == 0)
        {
            return "";
        }

        StringBuilder text = new(Title + "\n");
        foreach (JsonElement one in list.EnumerateArray())
        {
            text.Append(one.ValueKind == JsonValueKind.String ? one.GetString()
                : one.TryGetProperty("Untagged", out JsonElement untagged) && untagged.GetString() is { Length: > 0 } name ? "untagged: " + name
                : "deleted: " + one.GetProperty("Deleted").GetString()).Append('\n');
        }

        return text.ToString();
    }
}
