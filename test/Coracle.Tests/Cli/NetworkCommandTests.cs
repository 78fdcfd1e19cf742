namespace Coracle.Tests.Cli;

/// <summary>What the network commands print; what they ask for is compared with docker's own (DockerGoldenTests).</summary>
public sealed class NetworkCommandTests
{
    [Fact]
    public async Task Create_prints_the_id_and_connect_nothing()
    {
        await using FakeEngine engine = new(asked => asked.Contains("/create", StringComparison.Ordinal) ? (201, """{"Id":"abc","Warning":""}""") : (200, ""));
        Assert.Equal((0, "abc\n", ""), await engine.RunAsync("network", "create", "lan"));
        Assert.Equal((0, "", ""), await engine.RunAsync("network", "connect", "lan", "web"));
        Assert.Equal((0, "", ""), await engine.RunAsync("network", "disconnect", "lan", "web"));
    }

    [Fact]
    public async Task Rm_goes_on_after_a_refusal_and_is_forgiving_when_told()
    {
        await using FakeEngine engine = new(asked => asked.Contains("/gone", StringComparison.Ordinal)
            ? (404, """{"message":"network gone not found"}""") : (200, "{}"));
        Assert.Equal((1, "lan\n", "Error response from daemon: network gone not found\n"), await engine.RunAsync("network", "rm", "gone", "lan"));
        Assert.Equal((0, "lan\n", ""), await engine.RunAsync("network", "remove", "-f", "gone", "lan"));
    }

    [Fact]
    public async Task Prune_names_what_went_and_frees_no_space()
    {
        await using FakeEngine engine = new(_ => (200, """{"NetworksDeleted":["lan","wan"]}"""));
        Assert.Equal((0, "Deleted Networks:\nlan\nwan\n\n", ""), await engine.RunAsync("network", "prune", "-f"));
        await using FakeEngine empty = new(_ => (200, """{"NetworksDeleted":null}"""));
        Assert.Equal((0, "", ""), await empty.RunAsync("network", "prune", "--force"));
    }
}
