namespace Coracle.E2E;

/// <summary>coracle's own command line, for devices that have no docker.</summary>
[Trait("Engine", "coracle")]
public sealed class OwnCommandLineTests(Stage stage) : OwnCommandTest(stage)
{
    [Fact]
    public async Task It_pulls_and_says_the_same_as_docker()
    {
        string[] own = (await OwnAsync("pull", App)).Succeeds().Lines;
        Assert.Equal((await Docker.RunAsync("pull", App)).Lines, own);
    }

    [Fact]
    public async Task Its_tables_are_dockers()
    {
        string name = await SleeperAsync();
        Assert.Equal(await Docker.SayAsync("images"), (await OwnAsync("images")).Succeeds().Text);
        foreach (string format in (string[])["{{.ID}} {{.Image}} {{.Command}} {{.Names}}", "{{.Ports}}"])
        {
            Assert.Equal(await Docker.SayAsync("ps", "--format", format), (await OwnAsync("ps", "--format", format)).Succeeds().Text);
        }

        Assert.Equal(name, (await OwnAsync("ps", "--format", "{{.Names}}")).Text);
    }

    [Fact]
    public async Task It_runs_with_input_that_ends_before_the_output_does()
    {
        CommandResult run = await OwnWithInputAsync("x\n", "run", "-i", "--rm", "--network", "none", App, "sh", "-c", "cat; sleep 1; echo end; echo err >&2");
        Assert.Equal(("x\nend\n", "err\n"), (run.Succeeds().Output, run.Errors));
    }

    [Fact]
    public async Task It_follows_a_log_and_removes_the_container()
    {
        string name = await SleeperAsync();
        await using Command logs = Start("logs", "-f", name);
        await logs.OutputHoldsAsync("ready\n");
        (await OwnAsync("stop", name)).Succeeds();
        Assert.Equal("ready\nterminated\n", (await logs.EndAsync()).Succeeds().Output);
        Assert.Equal("3\n", (await OwnAsync("wait", name)).Succeeds().Output);
        Assert.Equal(name + "\n", (await OwnAsync("rm", name)).Succeeds().Output);
    }

    [Theory]
    [InlineData("docker")]
    [InlineData("balena")]
    [InlineData("balena-engine")]
    public async Task It_is_what_it_is_called(string name)
    {
        string link = Path.Combine(Engine.Root, name);
        File.CreateSymbolicLink(link, Engine.Program);
        Assert.StartsWith($"Usage:  {name} ps [OPTIONS]\n", (await Command.RunAsync(link, ["ps", "--help"], Environment())).Succeeds().Output, StringComparison.Ordinal);
        Assert.StartsWith($"{name}: '{name} rm' requires at least 1 argument\n", (await Command.RunAsync(link, ["rm"], Environment())).Exits(1).Errors, StringComparison.Ordinal);
        File.Delete(link);
    }

    [Fact]
    public async Task A_reader_that_goes_ends_it_without_a_word()
    {
        string name = await SleeperAsync();
        // The container goes on talking, so that a log without a reader is noticed.
        string line = $"set -o pipefail; (while {Engine.Program} kill -s HUP {name}; do sleep 0.2; done) >/dev/null 2>&1 & "
            + $"{Engine.Program} logs -f {name} | head -n 1; echo $?; kill $!";
        CommandResult shell = (await Command.RunAsync("/bin/bash", ["-c", line], Environment())).Succeeds();
        Assert.Equal(("ready\n141\n", ""), (shell.Output, shell.Errors));
    }

    [Fact]
    public async Task It_tells_versions_and_facts()
    {
        Assert.Contains("Server:", (await OwnAsync("version")).Succeeds().Output, StringComparison.Ordinal);
        Assert.Contains("Storage Driver: overlay2", (await OwnAsync("info")).Succeeds().Output, StringComparison.Ordinal);
    }
}
