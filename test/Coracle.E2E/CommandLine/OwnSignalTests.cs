namespace Coracle.E2E;

/// <summary>What becomes of signals to coracle's own command line.</summary>
public sealed class OwnSignalTests(Stage stage) : OwnCommandTest(stage)
{
    private const string Teller = "for s in HUP INT QUIT USR1 USR2 TERM; do trap \"echo told $s\" $s; done; trap 'exit 7' ALRM; echo ready; while :; do sleep 0.1; done";

    [Fact]
    public async Task They_are_the_containers()
    {
        await using Command run = Start("run", "--rm", "--network", "none", App, "sh", "-c", Teller);
        await run.OutputHoldsAsync("ready\n");
        foreach (string signal in (string[])["HUP", "INT", "QUIT", "USR1", "USR2", "TERM"])
        {
            await run.SignalAsync(signal);
            await run.OutputHoldsAsync($"told {signal}\n");
        }

        await run.SignalAsync("ALRM");
        (await run.EndAsync()).Exits(7);
    }

    [Fact]
    public async Task An_attach_passes_them_on_and_ends_with_the_containers_code()
    {
        string name = Name();
        (await OwnAsync("run", "-d", "--name", name, "--network", "none", App, "sh", "-c", Teller)).Succeeds();
        await LogHoldsAsync(name, "ready");
        await using Command attach = Start("attach", name);
        await Deadline.HoldsAsync("the signal's echo", async () =>
        {
            // Until it is attached the signal may be its own end: it is sent once it is known to listen.
            await OwnAsync("kill", "-s", "USR1", name);
            return attach.OutputSoFar.Contains("told USR1", StringComparison.Ordinal);
        }, () => Engine.LogTail);
        await attach.SignalAsync("INT");
        await attach.OutputHoldsAsync("told INT\n");
        await attach.SignalAsync("ALRM");
        (await attach.EndAsync()).Exits(7);
    }

    [Fact]
    public async Task Without_the_proxy_they_are_our_own_end_and_the_container_stays()
    {
        string name = Name();
        await using Command run = Start("run", "--name", name, "--sig-proxy=false", "--network", "none", App, "sh", "-c", Teller);
        await run.OutputHoldsAsync("ready\n");
        await run.SignalAsync("INT");
        (await run.EndAsync()).Exits(130);
        Assert.Equal("true", await InspectAsync(name, "{{.State.Running}}"));
    }
}
