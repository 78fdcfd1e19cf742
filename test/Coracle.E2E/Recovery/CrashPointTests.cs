using System.Text.RegularExpressions;

namespace Coracle.E2E;

/// <summary>The engine dies, as by kill -9, at each crash point that its source names: the same work succeeds after it and nothing is left.</summary>
[Trait("Engine", "coracle")]
public sealed partial class CrashPointTests(Stage stage) : RecoveryTest(stage)
{
    /// <summary>Every one of the source: a new one that no verb reaches fails here until one does.</summary>
    public static TheoryData<string> Points => new(
        Directory.EnumerateFiles(Path.Combine(Machine.Repository(), "src"), "*.cs", SearchOption.AllDirectories)
            .Where(file => !file.Contains("/obj/", StringComparison.Ordinal))
            .SelectMany(file => Named().Matches(File.ReadAllText(file)).Select(match => match.Groups[1].Value))
            .Distinct().Order(StringComparer.Ordinal));

    private protected override Task<Engine> StartEngineAsync() => Engine.StartInstalledAsync(Engine.NextProgram);

    [Theory, MemberData(nameof(Points))]
    public async Task Work_that_is_cut_here_leaves_nothing_and_succeeds_the_next_time(string point)
    {
        EngineVerbs verbs = new(Engine, Images);
        await verbs.MakeArchiveAsync();
        string[] before = DataFiles();
        await Engine.StopAsync();
        Engine.CrashAt = point;
        Exception? cut = await Record.ExceptionAsync(() => StartAndWorkAsync(verbs));
        await Deadline.HoldsAsync($"an engine that dies at {point}: no verb here reaches it", () => Engine.HasEnded, () => $"{cut}\n{Engine.LogTail}", TimeSpan.FromSeconds(5));
        Engine.CrashAt = null;
        await Engine.StartAgainAsync();
        await verbs.CleanAsync();
        Assert.Equal(before, DataFiles());
        await WorkAsync(verbs);
        Assert.Equal(before, DataFiles());
    }

    private async Task StartAndWorkAsync(EngineVerbs verbs)
    {
        await Engine.StartAgainAsync();
        await WorkAsync(verbs);
    }

    private static async Task WorkAsync(EngineVerbs verbs)
    {
        foreach (EngineVerb verb in verbs.All())
        {
            await verb.Prepare();
            await verb.Do();
            await verbs.CleanAsync();
        }
    }

    [GeneratedRegex("CrashPoint\\.Hit\\(\"([^\"]+)\"\\)")]
    private static partial Regex Named();
}
