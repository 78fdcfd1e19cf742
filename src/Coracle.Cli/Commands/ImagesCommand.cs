using System.Text.Json;

namespace Coracle.Cli;

internal static class ImagesCommand
{
    private const string None = "<none>";
    private const int ShortIdChars = 12;

    private static readonly string[] _fields = ["Repository", "Tag", "ID", "CreatedSince", "Size", "Digest"];

    public static Command Definition { get; } = new("images", "[OPTIONS] [REPOSITORY[:TAG]]", "List images",
    [
        Option.Flag("all", "Show all images (default hides intermediate images)", 'a'),
        Option.Flag("digests", "Show digests"),
        Option.List("filter", "Filter output based on conditions provided", 'f'),
        Option.Value("format", "Format output using a Go template: fields and json"),
        Option.Flag("no-trunc", "Don't truncate output"),
        Option.Flag("quiet", "Only show image IDs", 'q'),
    ], 0, 1, RunAsync);

    private static async Task<int> RunAsync(Invocation invocation)
    {
        ParsedArguments arguments = invocation.Arguments;
        List<string> filters = [.. arguments.Values("filter"), .. invocation.Words.Select(w => "reference=" + w)];
        JsonElement list = await invocation.Engine.GetAsync($"/images/json?all={(arguments.Has("all") ? 1 : 0)}{Filters.Query(filters)}", invocation.CancellationToken);
        DateTimeOffset now = invocation.Process.Time.GetUtcNow();
        List<string[]> rows = [.. list.EnumerateArray().SelectMany(image => Rows(image, arguments.Has("no-trunc"), now))];
        if (arguments.Has("quiet"))
        {
            foreach (string id in rows.Select(r => r[2]).Distinct())
            {
                await invocation.SayAsync(id);
            }
        }
        else if (arguments.Value("format") is string format)
        {
            foreach (string[] row in rows)
            {
                await invocation.SayAsync(Template.Apply(format, Row.Of(_fields, row)));
            }
        }
        else
        {
            await invocation.Process.WriteAsync(invocation.Process.Output, TableOf(rows, arguments.Has("digests")), invocation.CancellationToken);
        }

        return 0;
    }

    private static string TableOf(List<string[]> rows, bool digests)
    {
        Table table = digests
            ? new("REPOSITORY", "TAG", "DIGEST", "IMAGE ID", "CREATED", "SIZE")
            : new("REPOSITORY", "TAG", "IMAGE ID", "CREATED", "SIZE");
        foreach (string[] r in rows)
        {
            table.Add(digests ? [r[0], r[1], r[5], r[2], r[3], r[4]] : r[..5]);
        }

        return table.ToString();
    }

    /// <summary>One row per tag; an image that has only digests shows its repository.</summary>
    private static IEnumerable<string[]> Rows(JsonElement image, bool whole, DateTimeOffset now)
    {
        string id = image.GetProperty("Id").GetString()!;
        string shown = whole ? id : id["sha256:".Length..][..ShortIdChars];
        string created = HumanTime.Ago(now - DateTimeOffset.FromUnixTimeSeconds(image.GetProperty("Created").GetInt64()));
        string size = ByteCount.Format(image.GetProperty("Size").GetInt64());
        string[] tags = Strings(image, "RepoTags");
        string[] digests = Strings(image, "RepoDigests");
        foreach (string tag in tags)
        {
            int colon = tag.LastIndexOf(':');
            string repository = tag[..colon];
            string digest = digests.FirstOrDefault(d => d.StartsWith(repository + "@", StringComparison.Ordinal)) is string known ? known[(repository.Length + 1)..] : None;
            yield return [repository, tag[(colon + 1)..], shown, created, size, digest];
        }

        if (tags.Length == 0)
        {
            string[] parts = digests.Length > 0 ? digests[0].Split('@') : [None, None];
            yield return [parts[0], None, shown, created, size, parts[1]];
        }
    }

    private static string[] Strings(JsonElement image, string name)
        => image.TryGetProperty(name, out JsonElement list) && list.ValueKind == JsonValueKind.Array
            ? [.. list.EnumerateArray().Select(e => e.GetString()!).Where(s => !s.StartsWith(None, StringComparison.Ordinal))]
            : [];
}
