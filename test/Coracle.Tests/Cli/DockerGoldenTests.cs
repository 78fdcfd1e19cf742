using System.Text.Json.Nodes;
using Coracle.Tests.House;

namespace Coracle.Tests.Cli;

/// <summary>What Docker's own command line sends and says, recorded by Goldens/record-docker.py: ours does the same.</summary>
public sealed class DockerGoldenTests
{
    private const string Created = """{"Id":"0123456789abcdef","Warnings":[]}""";

    private static readonly string _goldens = Path.Combine(Repository.Root, "test/Coracle.Tests/Cli/Goldens");

    private static readonly string[] _maps = ["Labels", "ExposedPorts", "Volumes", "Tmpfs", "Sysctls", "Annotations", "Config", "EndpointsConfig"];

    public static TheoryData<string> Bodies => Lines("create-bodies.jsonl");

    public static TheoryData<string> Requests => Lines("requests.jsonl");

    public static TheoryData<string> Mistakes => Lines("mistakes.jsonl");

    public static TheoryData<string> Helps => [.. File.ReadAllText(Path.Combine(_goldens, "help.txt")).Split("== ", StringSplitOptions.RemoveEmptyEntries)];

    [Theory]
    [MemberData(nameof(Bodies))]
    public async Task A_create_asks_for_the_same(string line)
    {
        JsonNode golden = JsonNode.Parse(line)!;
        string body = "", query = "";
        await using FakeEngine engine = new(_ => (201, Created)) { Seen = (asked, sent) => (query, body) = asked.Contains("/create", StringComparison.Ordinal) ? (asked, sent) : (query, body) };
        (int exitCode, _, string errors) = await engine.RunAsync(WithFiles(golden));
        Assert.Equal((0, ""), (exitCode, errors));
        Assert.Equal("POST /containers/create" + (golden["query"]!.GetValue<string>() is { Length: > 0 } asked ? "?" + asked : ""), query);
        Assert.Equal(Text(golden["body"]!), Text(WithoutZeros(JsonNode.Parse(body), "") ?? new JsonObject()));
    }

    [Theory]
    [MemberData(nameof(Requests))]
    public async Task The_same_is_asked_in_the_same_order(string line)
    {
        JsonNode golden = JsonNode.Parse(line)!;
        List<string> asked = [];
        await using FakeEngine engine = new(asked => (200, AnswerTo(asked))) { Seen = (target, body) => asked.Add(Request(target, body)) };
        (int exitCode, _, string errors) = await engine.RunAsync(WithFiles(golden));
        Assert.Equal((0, ""), (exitCode, errors));
        List<string> expected = [.. golden["requests"]!.AsArray().Select(r => Text(r!))];
        if (Arguments(golden)[0] == "stop")
        {
            // Two containers are stopped at once: which request comes first is chance, in Docker's client too.
            expected.Sort(StringComparer.Ordinal);
            asked.Sort(StringComparer.Ordinal);
        }

        Assert.Equal(expected, asked);
    }

    [Theory]
    [MemberData(nameof(Mistakes))]
    public async Task A_mistake_is_told_in_the_same_words(string line)
    {
        JsonNode golden = JsonNode.Parse(line)!;
        await using FakeEngine engine = new(_ => (500, """{"message":"nothing should be asked"}""")) { Program = "docker" };
        (int exitCode, _, string errors) = await engine.RunAsync(Arguments(golden));
        Assert.Equal(golden["errors"]!.GetValue<string>(), errors);
        Assert.Equal(golden["exit"]!.GetValue<int>(), exitCode);
        Assert.Empty(engine.Asked);
    }

    [Theory]
    [MemberData(nameof(Helps))]
    public async Task A_help_text_is_the_same(string section)
    {
        (string command, string text) = (section[..section.IndexOf('\n', StringComparison.Ordinal)], section[(section.IndexOf('\n', StringComparison.Ordinal) + 1)..]);
        await using FakeEngine engine = new(_ => (500, "{}")) { Program = "docker" };
        (_, string output, _) = await engine.RunAsync([.. command.Split(' '), "--help"]);
        Assert.Equal(text, output);
    }

    private static TheoryData<string> Lines(string file) => [.. File.ReadAllLines(Path.Combine(_goldens, file))];

    private static string[] Arguments(JsonNode golden) => [.. golden["arguments"]!.AsArray().Select(a => a!.GetValue<string>())];

    private static string[] WithFiles(JsonNode golden)
        => [.. Arguments(golden).Select(a => a.Contains("@/", StringComparison.Ordinal) ? a.Replace("@", _goldens, StringComparison.Ordinal) : a)];

    private static string AnswerTo(string asked)
        => asked.Contains("/logs", StringComparison.Ordinal) || asked.Contains("/images/create", StringComparison.Ordinal) ? ""
            : asked.Contains("/prune", StringComparison.Ordinal) ? """{"SpaceReclaimed":0}"""
            : """{"Id":"ID","StatusCode":0,"Config":{"Tty":false}}""".Replace("ID", asked.EndsWith("/exec", StringComparison.Ordinal) ? "e1" : "a", StringComparison.Ordinal);

    /// <summary>In the form of the golden: method and path, parameters sorted, the body of an exec.</summary>
    private static string Request(string target, string body)
    {
        string[] parts = target.Split('?', 2);
        string path = parts[0].Replace(" /", " ", StringComparison.Ordinal);
        IEnumerable<string> parameters = parts.Length > 1 ? parts[1].Split('&').Order(StringComparer.Ordinal) : [];
        JsonNode? sent = (path.Contains("exec", StringComparison.Ordinal) || path.Contains("networks/", StringComparison.Ordinal)) && body.Length > 0 ? WithoutZeros(JsonNode.Parse(body), "") : null;
        return Text(new JsonArray(path, new JsonArray([.. parameters.Select(p => (JsonNode)p)]), sent));
    }

    /// <summary>Sorted: the order of fields, and of what Docker keeps in a map, says nothing.</summary>
    private static string Text(JsonNode node) => node switch
    {
        JsonObject item => "{" + string.Join(',', item.OrderBy(p => p.Key, StringComparer.Ordinal).Select(p => $"{p.Key}:{(p.Key is "Binds" ? Sorted(p.Value!) : p.Value is null ? "null" : Text(p.Value))}")) + "}",
        JsonArray list => "[" + string.Join(',', list.Select(n => n is null ? "null" : Text(n))) + "]",
        _ => node.ToJsonString(),
    };

    private static string Sorted(JsonNode list) => string.Join(',', list.AsArray().Select(n => n!.ToJsonString()).Order(StringComparer.Ordinal));

    /// <summary>The rules of the script that records.</summary>
    private static JsonNode? WithoutZeros(JsonNode? node, string name)
    {
        if (node is JsonArray list)
        {
            return new JsonArray([.. list.Select(n => WithoutZeros(n, ""))]);
        }

        if (node is not JsonObject item)
        {
            return node?.DeepClone();
        }

        JsonObject kept = [];
        foreach ((string key, JsonNode? value) in item)
        {
            JsonNode? inner = WithoutZeros(value, key);
            bool isWorthSaying = key is "MaskedPaths" or "ReadonlyPaths" or "MemorySwap" or "Count" && inner?.ToJsonString() is not (null or "0");
            if (_maps.Contains(name) || isWorthSaying || !SaysNothing(inner))
            {
                kept[key] = inner;
            }
        }

        return kept;
    }

    private static bool SaysNothing(JsonNode? node) => node is null || node.ToJsonString() is "\"\"" or "0" or "false" or "[]" or "{}" or "[0,0]" or "\"default\"" or "-1";
}
