namespace Coracle.E2E;

public sealed class WaitTests(Stage stage) : EngineTest(stage)
{
    public static TheoryData<string> EveryCli => DockerCli.Every;

    [Theory, MemberData(nameof(EveryCli))]
    public async Task Wait_prints_the_exit_codes(string program)
    {
        string first = await Docker.SayAsync("run", "-d", "--network", "none", App, "sh", "-c", "exit 3");
        string second = await Docker.SayAsync("run", "-d", "--network", "none", App, "sh", "-c", "exit 4");
        Assert.Equal("3\n4", await Cli(program).SayAsync("wait", first, second));
        Assert.Equal("3", await Cli(program).SayAsync("wait", first));
    }

    [Theory]
    [InlineData("next-exit")]
    [InlineData("removed")]
    public async Task The_header_comes_before_the_container_has_started(string condition)
    {
        string id = await Docker.SayAsync("create", "--rm", "--network", "none", App, "sh", "-c", "exit 5");
        using HttpResponseMessage waiting = await Api.OpenAsync(HttpMethod.Post, $"/containers/{id}/wait?condition={condition}");
        Assert.Equal(200, (int)waiting.StatusCode);
        (await Api.PostAsync($"/containers/{id}/start")).Has(204);
        Assert.Contains("\"StatusCode\":5", await waiting.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Not_running_is_true_at_once_for_a_created_container()
    {
        string id = await Docker.SayAsync("create", "--network", "none", App, "true");
        Assert.Contains("\"StatusCode\":0", (await Api.PostAsync($"/containers/{id}/wait?condition=not-running")).Has(200).Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Next_exit_of_an_exited_container_waits_for_the_next_one()
    {
        string id = await Docker.SayAsync("create", "--network", "none", App, "sh", "-c", "exit 6");
        await Docker.RunAsync("start", "-a", id);
        using HttpResponseMessage waiting = await Api.OpenAsync(HttpMethod.Post, $"/containers/{id}/wait?condition=next-exit");
        Task<string> body = waiting.Content.ReadAsStringAsync();
        Assert.False(body.IsCompleted);
        (await Api.PostAsync($"/containers/{id}/start")).Has(204);
        Assert.Contains("\"StatusCode\":6", await body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Everybody_who_waits_is_told()
    {
        string name = await SleeperAsync();
        HttpResponseMessage[] waiting = await Task.WhenAll(
            Enumerable.Range(0, 6).Select(i => Api.OpenAsync(HttpMethod.Post, $"/containers/{name}/wait?condition={(i % 2 == 0 ? "not-running" : "next-exit")}")));
        await Docker.SayAsync("stop", name);
        foreach (HttpResponseMessage answer in waiting)
        {
            Assert.Contains("\"StatusCode\":3", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
            answer.Dispose();
        }
    }

    [Fact]
    public async Task A_removal_ends_the_waiting_for_one()
    {
        string name = await SleeperAsync();
        using HttpResponseMessage removed = await Api.OpenAsync(HttpMethod.Post, $"/containers/{name}/wait?condition=removed");
        using HttpResponseMessage stopped = await Api.OpenAsync(HttpMethod.Post, $"/containers/{name}/wait");
        Task<string> body = removed.Content.ReadAsStringAsync();
        (await Api.PostAsync($"/containers/{name}/kill")).Has(204);
        Assert.Contains("\"StatusCode\":137", await stopped.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.False(body.IsCompleted);
        await Docker.SayAsync("rm", name);
        Assert.Contains("\"StatusCode\":137", await body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_kill_is_over_when_the_container_is()
    {
        string name = await SleeperAsync();
        (await Api.PostAsync($"/containers/{name}/kill")).Has(204);
        (await Api.SendAsync(HttpMethod.Delete, $"/containers/{name}")).Has(204); // no force: it does not run any more
    }

    [Fact]
    public async Task A_restart_does_not_remove_what_its_end_would_remove()
    {
        string name = await SleeperAsync("--rm");
        string before = await InspectAsync(name, "{{.Id}} {{.State.Pid}}");
        await Docker.SayAsync("restart", "-t", "10", name);
        string after = await InspectAsync(name, "{{.Id}} {{.State.Pid}}");
        Assert.Equal(before.Split(' ')[0], after.Split(' ')[0]);
        Assert.NotEqual(before, after);
        using HttpResponseMessage removed = await Api.OpenAsync(HttpMethod.Post, $"/containers/{name}/wait?condition=removed");
        await Docker.SayAsync("kill", name);
        Assert.Contains("\"StatusCode\":137", await removed.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        (await Api.GetAsync($"/containers/{name}/json")).Has(404);
    }

    [Fact]
    public async Task A_restart_starts_what_is_stopped_and_is_told_as_such()
    {
        string name = Name();
        await Docker.SayAsync("create", "--name", name, "--network", "none", App, "sleep", "1000");
        string since = Events.Now();
        await Docker.SayAsync("restart", "-t", "0", name);
        await Docker.SayAsync("restart", "-t", "0", name);
        string[] told = [.. (await Events.PastAsync(Docker, since, $"container={name}")).Select(e => e.GetProperty("Action").GetString()!)];
        Assert.Equal(["start", "restart", "kill", "kill", "die", "stop", "start", "restart"], told);
    }

    [Fact, Trait("Engine", "coracle")] // 20.10 speaks 1.41
    public async Task The_signal_of_a_stop_counts_from_1_42_on()
    {
        string name = await SleeperAsync();
        using (RawConnection old = await RawConnection.OpenAsync(Api, "POST", $"/containers/{name}/stop?signal=HUP&t=20"))
        {
            Assert.StartsWith("HTTP/1.1 204", old.Head, StringComparison.Ordinal);
        }

        Assert.Equal("3", await InspectAsync(name, "{{.State.ExitCode}}")); // TERM, which it obeys
        await Docker.SayAsync("start", name);
        await Deadline.HoldsAsync("its handlers", async () => (await Docker.SayAsync("logs", name)).Split("ready").Length == 3, () => Engine.LogTail);
        using RawConnection recent = await RawConnection.OpenAsync(Api, "POST", $"/containers/{name}/stop?signal=HUP&t=1", version: "/v1.42");
        Assert.StartsWith("HTTP/1.1 204", recent.Head, StringComparison.Ordinal);
        Assert.Equal("137", await InspectAsync(name, "{{.State.ExitCode}}")); // HUP, which it survives, and then KILL
        Assert.Contains("hung up", await Docker.SayAsync("logs", name), StringComparison.Ordinal);
    }

    [Fact, Trait("Engine", "coracle")] // 20.10 takes any word for not-running
    public async Task A_condition_that_is_none_is_400()
    {
        string id = await Docker.SayAsync("create", "--network", "none", App, "true");
        Assert.Equal("invalid condition: \"sometime\"", (await Api.PostAsync($"/containers/{id}/wait?condition=sometime")).Has(400).Message);
    }
}
