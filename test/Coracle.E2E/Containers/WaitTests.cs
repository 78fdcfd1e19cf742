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

    [Fact, Trait("Engine", "coracle")] // 20.10 takes any word for not-running
    public async Task A_condition_that_is_none_is_400()
    {
        string id = await Docker.SayAsync("create", "--network", "none", App, "true");
        Assert.Equal("invalid condition: \"sometime\"", (await Api.PostAsync($"/containers/{id}/wait?condition=sometime")).Has(400).Message);
    }
}
