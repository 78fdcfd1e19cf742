using System.Text.Json.Nodes;
using Coracle.Tests.House;

namespace Coracle.Tests.Cli;

/// <summary>What Docker's own command line makes of an engine's answers, recorded by Goldens/record-lists.py: ours prints the same, byte for byte.</summary>
public sealed class DockerListTests
{
    private static readonly string _goldens = Path.Combine(Repository.Root, "test/Coracle.Tests/Cli/Goldens");


    private static readonly JsonNode _engine = JsonNode.Parse(File.ReadAllText(Path.Combine(_goldens, "answers.json")))!;

    /// <summary>Where ours differs on purpose, and why: arguments, a tab, the reason. A row that no longer differs fails, so that the list stays true.</summary>
    private static readonly Dictionary<string, string> _differences
        = File.ReadLines(Path.Combine(_goldens, "differences.txt")).Select(l => l.Split('\t')).ToDictionary(l => l[0], l => l[1], StringComparer.Ordinal);

    public static TheoryData<string> Lines => [.. File.ReadAllLines(Path.Combine(_goldens, "lists.jsonl"))];

    [Theory]
    [MemberData(nameof(Lines))]
    public async Task What_is_shown_is_dockers(string line)
    {
        JsonNode golden = JsonNode.Parse(line)!;
        string[] arguments = [.. golden["arguments"]!.AsArray().Select(a => a!.GetValue<string>())];
        await using FakeEngine engine = new(Answer) { Program = "docker", ApiVersion = "1.50", Now = DateTimeOffset.FromUnixTimeSeconds(_engine["now"]!.GetValue<long>()) };
        (int exitCode, string output, string errors) = await engine.RunAsync(arguments);
        (int, string, string) expected = (golden["exit"]!.GetValue<int>(), golden["output"]!.GetValue<string>(), golden["errors"]!.GetValue<string>());
        if (_differences.TryGetValue(string.Join(' ', arguments), out string? reason))
        {
            Assert.True(expected != (exitCode, output, errors), $"no longer a difference: {reason}");
            return;
        }

        Assert.True(expected == (exitCode, output, errors), $"{string.Join(' ', arguments)}\n--- docker: {expected}\n--- ours:   {(exitCode, output, errors)}");
    }

    /// <summary>The rule of the script that records: the longest key whose path is asked for, and whose query is in what is asked.</summary>
    private static (int Status, string Body) Answer(string asked)
    {
        (string path, string query) = asked.Split('?', 2) is [string before, string after] ? (before, after) : (asked, "");
        JsonNode? answer = _engine["answers"]!.AsObject().OrderByDescending(a => a.Key.Length)
            .FirstOrDefault(a => a.Key.Split('?') is [string wanted, .. string[] part] && wanted == Uri.UnescapeDataString(path) && (part is [] || query.Contains(part[0], StringComparison.Ordinal))).Value;
        return answer is null ? (404, """{"message":"page not found"}""") : (answer[0]!.GetValue<int>(), answer[1]!.GetValue<string>());
    }
}
