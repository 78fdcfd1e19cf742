namespace Coracle.E2E;

/// <summary>Failures in the middle: the host, the container and the network are afterwards as they were before.</summary>
public sealed class UndoTests(NetworkStage stage) : NetworkTest(stage)
{
    [Fact]
    public async Task A_start_that_fails_leaves_nothing_of_its_network()
    {
        await Docker.SayAsync("network", "create", "--subnet", "10.77.0.0/24", "n");
        HostFacts before = await Host.FactsAsync();
        foreach (string[] wrong in (string[][])[["nosuchprogram"], ["/data"], ["/etc/passwd"]])
        {
            (await Docker.RunAsync(["run", "-d", "--network", "n", "-p", "8080:80", App, .. wrong])).Exits(wrong[0] == "nosuchprogram" || wrong[0] == "/data" ? 127 : 126);
        }

        await Host.IsAsItWasAsync(before);
        await Host.SleeperAsync("ann", "--network", "n", "-p", "8080:80"); // neither the port nor the address is taken
        Assert.Equal("10.77.0.2", await InspectAsync("ann", "{{.NetworkSettings.Networks.n.IPAddress}}"));
    }

    [Fact]
    public async Task A_start_without_its_second_network_leaves_nothing_of_the_first()
    {
        await Docker.SayAsync("network", "create", "--subnet", "10.77.0.0/24", "n");
        await Docker.SayAsync("network", "create", "--subnet", "10.78.0.0/24", "o");
        await Host.SleeperAsync("taker", "--network", "o", "--ip", "10.78.0.9");
        HostFacts before = await Host.FactsAsync();
        await Docker.SayAsync("create", "--name", "ann", "--network", "n", App, "sleep", "1000");
        await Docker.SayAsync("network", "connect", "--ip", "10.78.0.9", "o", "ann");
        Assert.Contains("Address already in use", (await Docker.RunAsync("start", "ann")).Exits(1).Errors, StringComparison.Ordinal);
        Assert.Equal("false", await InspectAsync("ann", "{{.State.Running}}"));
        await Host.IsAsItWasAsync(before);
        await Docker.SayAsync("rm", "-f", "taker");
        await Docker.SayAsync("start", "ann");
        await InAsync("ann", "ping -c 1 -W 2 10.78.0.1 && ping -c 1 -W 2 10.77.0.1");
    }

    [Theory]
    [InlineData("a name of a link that is no bridge", "com.docker.network.bridge.name=eth0")]
    [InlineData("a name that no link can have", "com.docker.network.bridge.name=longer-than-a-link")]
    [InlineData("a number that is none", "com.docker.network.driver.mtu=many")]
    [InlineData("a truth that is none", "com.docker.network.bridge.enable_icc=perhaps")]
    public async Task A_network_that_cannot_be_made_leaves_nothing(string what, string option)
    {
        HostFacts before = await Host.FactsAsync();
        CommandResult create = await Docker.RunAsync("network", "create", "--subnet", "10.79.0.0/24", "-o", option, "wrong");
        Assert.True(create.ExitCode == 1, what);
        await Host.IsAsItWasAsync(before);
        Assert.Equal(404, (await Api.GetAsync("/networks/wrong")).Status);
        await Docker.SayAsync("network", "create", "--subnet", "10.79.0.0/24", "right"); // the subnet is free
    }

    [Fact]
    public async Task A_bridge_is_one_networks_alone()
    {
        await Docker.SayAsync("network", "create", "-o", "com.docker.network.bridge.name=br-one", "one");
        HostFacts before = await Host.FactsAsync();
        CommandResult create = await Docker.RunAsync("network", "create", "-o", "com.docker.network.bridge.name=br-one", "two");
        Assert.Contains("networks have same bridge name", create.Exits(1).Errors, StringComparison.Ordinal);
        await Host.IsAsItWasAsync(before);
    }

    [Fact]
    public async Task Ten_lives_of_a_network_and_a_container_leave_the_host_as_it_was()
    {
        HostFacts before = await Host.FactsAsync();
        const int Rounds = 10;
        for (int i = 0; i < Rounds; i++)
        {
            await Docker.SayAsync("network", "create", "n");
            await Docker.SayAsync("run", "--rm", "--network", "n", App, "true");
            await Docker.SayAsync("network", "rm", "n");
        }

        await Host.IsAsItWasAsync(before);
    }
}
