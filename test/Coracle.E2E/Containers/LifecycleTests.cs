namespace Coracle.E2E;

public sealed class LifecycleTests(Stage stage) : EngineTest(stage)
{
    public static TheoryData<string> EveryCli => DockerCli.Every;

    [Theory, MemberData(nameof(EveryCli))]
    public async Task Create_start_stop_start_and_remove(string program)
    {
        DockerCli cli = Cli(program);
        string name = Name();
        string id = await cli.SayAsync("create", "--name", name, "--network", "none", App, "sh", "-c", "trap 'exit 0' TERM; echo ready; while :; do sleep 0.1; done");
        Assert.Equal("created", await InspectAsync(id, "{{.State.Status}}"));
        Assert.Equal(name, await cli.SayAsync("start", name));
        await LogHoldsAsync(name, "ready");
        Assert.Equal("running", await InspectAsync(id, "{{.State.Status}}"));
        Assert.Equal(name, await cli.SayAsync("stop", name));
        Assert.Equal("exited 0", await InspectAsync(id, "{{.State.Status}} {{.State.ExitCode}}"));
        Assert.Equal(name, await cli.SayAsync("start", name));
        Assert.Equal("running", await InspectAsync(id, "{{.State.Status}}"));
        Assert.Equal(name, await cli.SayAsync("rm", "-f", name));
        (await cli.RunAsync("inspect", name)).Exits(1);
    }

    [Fact]
    public async Task A_file_written_in_a_container_is_there_when_it_starts_again()
    {
        string name = Name();
        await Docker.SayAsync("create", "--name", name, "--network", "none", App, "sh", "-c", "echo line >> /root/file; cat /root/file");
        Assert.Equal("line", await Docker.SayAsync("start", "-a", name));
        Assert.Equal("line\nline", await Docker.SayAsync("start", "-a", name));
    }

    [Fact]
    public async Task Starting_what_runs_and_stopping_what_does_not_is_304()
    {
        string name = await SleeperAsync();
        (await Api.PostAsync($"/containers/{name}/start")).Has(304);
        (await Api.PostAsync($"/containers/{name}/kill")).Has(204);
        (await Api.PostAsync($"/containers/{name}/wait")).Has(200);
        (await Api.PostAsync($"/containers/{name}/stop")).Has(304);
    }

    [Theory, MemberData(nameof(EveryCli))]
    public async Task A_signal_by_name_or_number_reaches_the_program(string program)
    {
        string name = await SleeperAsync();
        Assert.Equal(name, await Cli(program).SayAsync("kill", "-s", "HUP", name));
        await LogHoldsAsync(name, "hung up");
        Assert.Equal(name, await Cli(program).SayAsync("kill", "--signal", "15", name));
        Assert.Equal("3", await Docker.SayAsync("wait", name));
        await LogHoldsAsync(name, "terminated");
    }

    [Fact]
    public async Task Kill_of_what_does_not_run_is_a_conflict()
    {
        string name = Name();
        string id = await Docker.SayAsync("create", "--name", name, App, "true");
        ApiAnswer answer = await Api.PostAsync($"/containers/{name}/kill");
        Assert.Contains($"ontainer {id} is not running", answer.Has(409).Message, StringComparison.Ordinal);
        answer = await Api.PostAsync($"/containers/{name}/kill?signal=NOSUCH");
        Assert.Contains("nvalid signal: NOSUCH", answer.Has(400).Message, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task Stop_waits_for_the_program_and_then_kills_it()
    {
        string name = Name();
        await Docker.SayAsync("run", "-d", "--name", name, "--network", "none", App, "sh", "-c", "trap '' TERM; echo ready; while :; do sleep 0.1; done");
        await LogHoldsAsync(name, "ready");
        long start = Environment.TickCount64;
        await Docker.SayAsync("stop", "-t", "1", name);
        Assert.InRange(Environment.TickCount64 - start, 900, 8000);
        Assert.Equal("137", await InspectAsync(name, "{{.State.ExitCode}}"));
    }

    [Fact]
    public async Task A_long_stop_blocks_neither_inspect_nor_kill()
    {
        string name = Name();
        await Docker.SayAsync("run", "-d", "--name", name, "--network", "none", App, "sh", "-c", "trap 'echo asked' TERM; echo ready; while :; do sleep 0.1; done");
        await LogHoldsAsync(name, "ready");
        await using Command stop = Docker.Start("stop", "-t", "50", name);
        await LogHoldsAsync(name, "asked");
        Assert.Equal("true", await InspectAsync(name, "{{.State.Running}}"));
        await Docker.SayAsync("kill", name);
        (await stop.EndAsync(TimeSpan.FromSeconds(10))).Succeeds();
    }

    [Fact]
    public async Task The_images_stop_signal_is_what_stop_sends()
    {
        string name = await SleeperAsync("--stop-signal", "HUP");
        await Docker.SayAsync("stop", "-t", "1", name);
        await LogHoldsAsync(name, "hung up");
    }

    [Theory, MemberData(nameof(EveryCli))]
    public async Task A_running_container_is_removed_only_by_force(string program)
    {
        string name = await SleeperAsync();
        CommandResult refused = await Cli(program).RunAsync("rm", name);
        refused.Exits(1);
        Assert.Contains("running container", refused.Errors.Replace("container is running", "running container", StringComparison.Ordinal), StringComparison.Ordinal);
        (await Api.SendAsync(HttpMethod.Delete, $"/containers/{name}")).Has(409);
        Assert.Equal(name, await Cli(program).SayAsync("rm", "-f", name));
    }

    [Fact]
    public async Task What_is_not_there_is_named()
    {
        CommandResult run = await Docker.RunAsync("rm", "nosuchcontainer");
        run.Exits(1);
        Assert.Contains("No such container: nosuchcontainer", run.Errors, StringComparison.Ordinal);
        foreach (string verb in (string[])["start", "stop", "kill", "wait"])
        {
            Assert.EndsWith("No such container: nosuch", (await Api.PostAsync($"/containers/nosuch/{verb}")).Has(404).Message, StringComparison.Ordinal);
        }

        Assert.Equal("No such container: nosuch", (await Api.GetAsync("/containers/nosuch/json")).Has(404).Message);
    }

    [Fact]
    public async Task A_container_is_found_by_any_unique_part_of_its_id_that_starts_it()
    {
        string id = await Docker.SayAsync("create", "--network", "none", App, "true");
        Assert.Equal(id, await InspectAsync(id[..12], "{{.Id}}"));
        Assert.Equal(id, await InspectAsync(id[..6], "{{.Id}}"));
    }

    [Fact]
    public async Task What_the_cgroup_kills_for_memory_is_reported()
    {
        string name = Name();
        (await Docker.RunAsync("run", "--name", name, "--network", "none", "-m", "16m", App, "tail", "-c", "64m", "/dev/zero")).Exits(137);
        Assert.Equal("true", await InspectAsync(name, "{{.State.OOMKilled}}"));
    }
}
