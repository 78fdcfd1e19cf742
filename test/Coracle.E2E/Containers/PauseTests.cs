namespace Coracle.E2E;

public sealed class PauseTests(Stage stage) : EngineTest(stage)
{
    public static TheoryData<string> EveryCli => DockerCli.Every;

    [Theory, MemberData(nameof(EveryCli))]
    public async Task A_paused_container_does_nothing_until_it_is_unpaused(string program)
    {
        string name = Name();
        await Docker.SayAsync("run", "-d", "--name", name, "--network", "none", App, "sh", "-c", "i=0; while :; do i=$((i+1)); echo $i; sleep 0.02; done");
        await LogHoldsAsync(name, "3\n");
        Assert.Equal(name, await Cli(program).SayAsync("pause", name));
        Assert.Equal("paused true true", await InspectAsync(name, "{{.State.Status}} {{.State.Running}} {{.State.Paused}}"));
        Assert.Matches(@"^Up .* \(Paused\)$", await Docker.SayAsync("ps", "--format", "{{.Status}}"));
        string before = await Docker.SayAsync("logs", name);
        await Docker.SayAsync("ps", "-a"); // some time goes by
        Assert.Equal(before, await Docker.SayAsync("logs", name));
        Assert.Equal(name, await Cli(program).SayAsync("unpause", name));
        await LogHoldsAsync(name, $"\n{before.Split('\n').Length + 3}\n");
        Assert.Equal("running false", await InspectAsync(name, "{{.State.Status}} {{.State.Paused}}"));
    }

    [Fact]
    public async Task What_cannot_be_paused_is_refused_in_dockers_words()
    {
        string name = await SleeperAsync();
        string id = await InspectAsync(name, "{{.Id}}");
        string created = await Docker.SayAsync("create", "--network", "none", App, "true");
        Assert.Equal($"ontainer {created} is not running", (await Api.PostAsync($"/containers/{created}/pause")).Has(409).Message[1..]);
        int notPaused = Engine.Kind == EngineKind.Docker ? 500 : 409; // docs/differences.md
        Assert.Equal($"Container {created} is not paused", (await Api.PostAsync($"/containers/{created}/unpause")).Has(notPaused).Message);
        Assert.Equal($"Container {id} is not paused", (await Api.PostAsync($"/containers/{name}/unpause")).Has(notPaused).Message);
        (await Api.PostAsync($"/containers/{name}/pause")).Has(204);
        Assert.Equal($"Container {id} is already paused", (await Api.PostAsync($"/containers/{name}/pause")).Has(409).Message);
        Assert.Equal("cannot start a paused container, try unpause instead", (await Api.PostAsync($"/containers/{name}/start")).Has(409).Message);
        (await Api.SendAsync(HttpMethod.Delete, $"/containers/{name}")).Has(409);
        Assert.Contains("paused container", (await Docker.RunAsync("attach", name)).Exits(1).Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Stop_of_a_paused_container_lets_it_end_by_itself()
    {
        string since = Events.Now();
        string name = await SleeperAsync();
        await Docker.SayAsync("pause", name);
        long start = Environment.TickCount64;
        await Docker.SayAsync("stop", "-t", "30", name);
        Assert.InRange(Environment.TickCount64 - start, 0, 10_000);
        Assert.Equal("exited 3", await InspectAsync(name, "{{.State.Status}} {{.State.ExitCode}}"));
        await LogHoldsAsync(name, "terminated");
        string[] told = [.. (await Events.PastAsync(Docker, since, $"container={name}")).Select(e => e.GetProperty("Action").GetString()!)];
        Assert.Equal(["create", "start", "pause", "kill", "unpause", "die", "stop"], told);
    }

    [Theory]
    [InlineData("kill", "137")]
    [InlineData("restart", "0")]
    public async Task Kill_and_restart_reach_a_paused_container(string verb, string code)
    {
        string name = await SleeperAsync();
        await Docker.SayAsync("pause", name);
        await Docker.SayAsync(verb, name);
        Assert.Equal($"{(verb == "kill" ? "exited" : "running")} {code}", await InspectAsync(name, "{{.State.Status}} {{.State.ExitCode}}"));
    }

    [Fact]
    public async Task A_paused_container_is_removed_by_force()
    {
        string name = await SleeperAsync();
        await Docker.SayAsync("pause", name);
        Assert.Equal(name, await Docker.SayAsync("rm", "-f", name));
    }

    [Fact]
    public async Task A_frozen_program_cannot_be_seen_half_done_by_top()
    {
        string name = await SleeperAsync();
        await Docker.SayAsync("pause", name);
        Assert.Contains("sh -c trap", await Docker.SayAsync("top", name), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Racing_pauses_and_unpauses_leave_what_the_last_one_said()
    {
        string name = await SleeperAsync();
        for (int round = 0; round < 10; round++)
        {
            ApiAnswer[] answers = await Task.WhenAll(
                [.. Enumerable.Range(0, 6).Select(i => Api.PostAsync($"/containers/{name}/{(i % 2 == 0 ? "pause" : "unpause")}"))]);
            Assert.All(answers, a => Assert.Contains(a.Status, (int[])[204, 409, Engine.Kind == EngineKind.Docker ? 500 : 204]));
            // dockerd learns of a pause a moment after it has answered.
            await Deadline.HoldsAsync("it to run", async () =>
            {
                bool paused = await InspectAsync(name, "{{.State.Status}}") == "paused";
                return !paused || ((await Api.PostAsync($"/containers/{name}/unpause")).Status == 204 && await InspectAsync(name, "{{.State.Status}}") == "running");
            }, () => Engine.LogTail);
        }

        await Docker.SayAsync("stop", name); // it listens: nothing is frozen
        Assert.Equal("3", await InspectAsync(name, "{{.State.ExitCode}}"));
    }
}
