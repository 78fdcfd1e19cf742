using Coracle.Tests.Cli;

namespace Coracle.E2E;

/// <summary>A pull as a person sees it.</summary>
public sealed class ProgressTests(Stage stage) : OwnCommandTest(stage)
{
    [Fact]
    public async Task A_pull_on_a_terminal_keeps_one_line_for_each_layer()
    {
        Layer[] layers = [Gallery.Noise("p1", 601, 2_000_000), Gallery.Noise("p2", 602, 1_000_000), Gallery.Noise("p3", 603, 10_000)];
        TestImage image = await Images.PushAsync("watched", "1", layers, new RunSettings(["x"]));
        await using Command pull = Terminal("pull", image.Reference);
        SimulatedTerminal screen = new();
        screen.Write((await pull.EndAsync()).Succeeds().Output);
        Assert.Equal(
            ["1: Pulling from watched", .. layers.Select(l => $"{TestImage.Short(l)}: Pull complete"), $"Digest: {image.ManifestDigest}",
                $"Status: Downloaded newer image for {image.Reference}", image.Reference],
            screen.Lines);
        await Docker.SayAsync("rmi", image.Reference);
    }
}
