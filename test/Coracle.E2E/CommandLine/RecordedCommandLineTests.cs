using System.Text.Json;
using System.Text.RegularExpressions;

namespace Coracle.E2E;

/// <summary>
/// The published file against an engine of recorded answers: it prints what docker 28 printed when it was recorded, whatever docker this
/// machine has. The goldens are the unit tests' (test/Coracle.Tests/Cli/Goldens).
/// </summary>
[Trait("Engine", "coracle")]
public sealed partial class RecordedCommandLineTests
{
    private static readonly string _goldens = Path.Combine(Machine.Repository(), "test/Coracle.Tests/Cli/Goldens");

    [Fact]
    public async Task It_prints_what_docker_28_printed()
    {
        string directory = Machine.NewDirectory();
        HashSet<string> differences = [.. File.ReadLines(Path.Combine(_goldens, "differences.txt")).Select(l => l.Split('\t')[0])];
        File.CreateSymbolicLink(Path.Combine(directory, "docker"), Path.GetFullPath(Engine.Program));
        Dictionary<string, string> environment = Machine.Environment(directory);
        environment["DOCKER_HOST"] = $"unix://{directory}/s";
        await using Command server = Command.Start(Machine.Find("python3", "/usr/bin/python3"), [Path.Combine(_goldens, "record-lists.py"), "--serve", $"{directory}/s"], environment);
        await server.OutputHoldsAsync("ready");
        List<string> failures = [];
        foreach (string line in File.ReadLines(Path.Combine(_goldens, "lists.jsonl")))
        {
            using JsonDocument golden = JsonDocument.Parse(line);
            string[] arguments = [.. golden.RootElement.GetProperty("arguments").EnumerateArray().Select(a => a.GetString()!)];
            CommandResult own = await Command.RunAsync(Path.Combine(directory, "docker"), arguments, environment);
            string expected = $"exit {golden.RootElement.GetProperty("exit")}\n{golden.RootElement.GetProperty("output")}\n{golden.RootElement.GetProperty("errors")}";
            string actual = $"exit {own.ExitCode}\n{own.Output}\n{own.Errors}";
            if (!differences.Contains(string.Join(' ', arguments)) && Undated(expected) != Undated(actual))
            {
                failures.Add($"{string.Join(' ', arguments)}\n--- docker: {expected}\n--- ours: {actual}");
            }
        }

        Directory.Delete(directory, recursive: true);
        Assert.True(failures.Count == 0, string.Join("\n\n", failures));
    }

    /// <summary>The answers' times are near the moment of the test, as they were near the moment of the recording.</summary>
    private static string Undated(string text) => Date().Replace(text, "DATE");

    [GeneratedRegex(@"\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d")]
    private static partial Regex Date();
}
