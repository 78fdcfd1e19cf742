namespace Coracle.E2E;

/// <summary>coracle's own command line, for devices that have no docker.</summary>
[Trait("Engine", "coracle")]
public sealed class OwnCommandLineTests(Stage stage) : EngineTest(stage)
{
    [Fact]
    public async Task It_pulls_and_says_the_same_as_docker()
    {
        string[] own = (await RunOwnAsync("pull", App)).Succeeds().Lines;
        Assert.Equal((await Docker.RunAsync("pull", App)).Lines, own);
    }

    [Fact]
    public async Task Its_tables_are_dockers()
    {
        string name = await SleeperAsync();
        Assert.Equal(await Docker.SayAsync("images"), (await RunOwnAsync("images")).Succeeds().Text);
        foreach (string format in (string[])["{{.ID}} {{.Image}} {{.Command}} {{.Names}}", "{{.Ports}}"])
        {
            Assert.Equal(await Docker.SayAsync("ps", "--format", format), (await RunOwnAsync("ps", "--format", format)).Succeeds().Text);
        }

        Assert.Equal(name, (await RunOwnAsync("ps", "--format", "{{.Names}}")).Text);
    }

    [Fact]
    public async Task It_runs_with_input_and_exit_codes()
    {
        CommandResult run = await RunWithInputAsync("x\n", "run", "-i", "--rm", "--network", "none", App, "sh", "-c", "cat; sleep 1; echo end; echo err >&2");
        Assert.Equal(("x\nend\n", "err\n"), (run.Succeeds().Output, run.Errors));
        (await RunOwnAsync("run", "--rm", "--network", "none", App, "sh", "-c", "exit 42")).Exits(42);
        (await RunOwnAsync("run", "--rm", "--network", "none", App, "nosuch")).Exits(127);
        (await RunOwnAsync("run", "--rm", "--network", "none", App, "/links/notexecutable")).Exits(126);
        (await RunOwnAsync("run", "--nosuch", App)).Exits(125);
    }

    [Fact]
    public async Task It_follows_a_log_and_removes_the_container()
    {
        string name = await SleeperAsync();
        await using Command logs = Start("logs", "-f", name);
        await logs.OutputHoldsAsync("ready\n");
        (await RunOwnAsync("stop", name)).Succeeds();
        Assert.Equal("ready\nterminated\n", (await logs.EndAsync()).Succeeds().Output);
        Assert.Equal("3\n", (await RunOwnAsync("wait", name)).Succeeds().Output);
        Assert.Equal(name + "\n", (await RunOwnAsync("rm", name)).Succeeds().Output);
    }

    [Fact]
    public async Task A_signal_to_it_is_the_containers()
    {
        await using Command run = Start("run", "--rm", "--network", "none", App, "sh", "-c", "trap 'echo told; exit 7' TERM; echo ready; while :; do sleep 0.1; done");
        await run.OutputHoldsAsync("ready\n");
        await run.SignalAsync("TERM");
        Assert.Equal("ready\ntold\n", (await run.EndAsync()).Exits(7).Output);
    }

    [Fact]
    public async Task It_tells_versions_and_facts()
    {
        Assert.Contains("Server:", (await RunOwnAsync("version")).Succeeds().Output, StringComparison.Ordinal);
        Assert.Contains("Storage Driver: overlay2", (await RunOwnAsync("info")).Succeeds().Output, StringComparison.Ordinal);
    }

    private Task<CommandResult> RunOwnAsync(params string[] arguments) => RunWithInputAsync("", arguments);

    private Task<CommandResult> RunWithInputAsync(string input, params string[] arguments) => Command.RunAsync(Engine.Program, arguments, Environment(), input);

    private Command Start(params string[] arguments) => Command.Start(Engine.Program, arguments, Environment());

    private Dictionary<string, string> Environment()
    {
        Dictionary<string, string> environment = Machine.Environment(Engine.Root);
        environment["CORACLE_HOST"] = $"unix://{Engine.SocketPath}";
        return environment;
    }
}
