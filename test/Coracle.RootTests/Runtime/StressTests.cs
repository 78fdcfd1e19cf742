using System.Text.RegularExpressions;

namespace Coracle.RootTests.Runtime;

/// <summary>
/// Thousands of processes made by a program whose heap is collected between them: what forking from managed code must stand. The same
/// program runs on emulated arm64 (<c>./dev vm --arm64</c>). CORACLE_STRESS_STARTS says how many of each; 10,000 is the long form.
/// </summary>
[Trait("Needs", "root")]
[Collection(LaunchHostCollection.Name)]
public sealed partial class StressTests(LaunchHost host)
{
    private const int Usual = 200;

    private static int Times => int.TryParse(Environment.GetEnvironmentVariable("CORACLE_STRESS_STARTS"), out int asked) ? asked : Usual;

    [Fact]
    public void Starts_and_execs_with_collections_between_them_all_succeed()
    {
        string scratch = host.NewDirectory("stress");
        LaunchResult result = host.Run("--stress", host.BaseLayer, scratch, $"{Times}", $"{Times}");
        TestContext.Current.TestOutputHelper?.WriteLine(result.Error);
        Match counts = Counts().Match(result.Error);
        Assert.True(counts.Success, result.Output + result.Error);
        Assert.Equal((0, $"{Times}", $"{Times}", "0"), (result.ExitCode, counts.Groups[1].Value, counts.Groups[2].Value, counts.Groups[3].Value));
        Assert.NotEqual("0", counts.Groups[4].Value); // else it has proved nothing
    }

    [GeneratedRegex("([0-9]+) starts, ([0-9]+) execs, ([0-9]+) failed, ([0-9]+) collections")]
    private static partial Regex Counts();
}
