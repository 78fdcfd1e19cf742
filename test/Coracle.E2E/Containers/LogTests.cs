namespace Coracle.E2E;

public sealed class LogTests(Stage stage) : EngineTest(stage)
{
    public static TheoryData<string> EveryCli => DockerCli.Every;

    [Theory, MemberData(nameof(EveryCli))]
    public async Task Logs_keep_the_streams_apart(string program)
    {
        string id = await FinishedAsync("echo one; echo two >&2; printf three");
        CommandResult logs = await Cli(program).RunAsync("logs", id);
        Assert.Equal("one\nthree", logs.Succeeds().Output);
        Assert.Equal("two\n", logs.Errors);
    }

    [Theory, MemberData(nameof(EveryCli))]
    public async Task Tail_gives_the_last_lines(string program)
    {
        string id = await FinishedAsync("seq 1 100");
        Assert.Equal("99\n100", await Cli(program).SayAsync("logs", "--tail", "2", id));
        Assert.Equal("", await Cli(program).SayAsync("logs", "--tail", "0", id));
        Assert.Equal(100, (await Cli(program).RunAsync("logs", "--tail", "all", id)).Succeeds().Lines.Length);
        Assert.Equal(100, (await Cli(program).RunAsync("logs", "--tail", "1000", id)).Succeeds().Lines.Length);
    }

    [Theory, MemberData(nameof(EveryCli))]
    public async Task Following_ends_with_the_container(string program)
    {
        string name = Name();
        await Docker.SayAsync("run", "-d", "--name", name, "--network", "none", "-i", App, "sh", "-c", "echo first; trap 'echo last; exit 0' TERM; while :; do sleep 0.1; done");
        await using Command logs = Cli(program).Start("logs", "-f", name);
        await logs.OutputHoldsAsync("first\n");
        await Docker.SayAsync("stop", name);
        Assert.Equal("first\nlast\n", (await logs.EndAsync()).Succeeds().Output);
    }

    [Fact]
    public async Task Following_a_tail_gives_the_last_lines_and_then_the_new_ones()
    {
        string name = Name();
        await Docker.SayAsync("run", "-d", "--name", name, "--network", "none", App, "sh", "-c", "seq 1 50; trap 'echo last; exit 0' TERM; while :; do sleep 0.1; done");
        await LogHoldsAsync(name, "50");
        await using Command logs = Docker.Start("logs", "-f", "--tail", "1", name);
        await logs.OutputHoldsAsync("50\n");
        await Docker.SayAsync("stop", name);
        Assert.Equal("50\nlast\n", (await logs.EndAsync()).Succeeds().Output);
    }

    [Fact]
    public async Task Timestamps_have_nine_digits_and_grow()
    {
        string id = await FinishedAsync("echo one; echo two");
        string[] lines = (await Docker.RunAsync("logs", "-t", id)).Succeeds().Lines;
        Assert.Equal(2, lines.Length);
        Assert.All(lines, l => Assert.Matches(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z (one|two)$", l));
        Assert.True(string.CompareOrdinal(lines[0], lines[1]) <= 0);
    }

    [Fact]
    public async Task Since_and_until_cut_by_time()
    {
        string id = await FinishedAsync("echo one; sleep 1.2; echo two");
        string second = (await Docker.RunAsync("logs", "-t", id)).Succeeds().Lines[1].Split(' ')[0];
        Assert.Equal("two", await Docker.SayAsync("logs", "--since", second, id));
        Assert.Equal("", await Docker.SayAsync("logs", "--until", "2001-01-01T00:00:00Z", id));
        Assert.Equal("one\ntwo", await Docker.SayAsync("logs", "--since", "2001-01-01", id));
    }

    [Fact]
    public async Task A_line_longer_than_16_KiB_is_whole_again()
    {
        string id = await FinishedAsync("head -c 40000 /dev/zero | tr '\\0' x; echo");
        Assert.Equal(new string('x', 40000), await Docker.SayAsync("logs", id));
    }

    [Fact]
    public async Task The_file_is_json_lines_of_three_members()
    {
        string id = await FinishedAsync("echo line; echo error >&2");
        string path = await InspectAsync(id, "{{.LogPath}}");
        string[] lines = await File.ReadAllLinesAsync(path);
        Assert.Equal(2, lines.Length);
        Assert.Contains(lines, l => l.StartsWith("{\"log\":\"line\\n\",\"stream\":\"stdout\",\"time\":\"20", StringComparison.Ordinal));
        Assert.Contains(lines, l => l.StartsWith("{\"log\":\"error\\n\",\"stream\":\"stderr\",\"time\":\"20", StringComparison.Ordinal));
        Assert.All(lines, l => Assert.EndsWith("Z\"}", l, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Neither_stream_is_400()
    {
        string id = await FinishedAsync("true");
        Assert.Contains("ou must choose at least one stream", (await Api.GetAsync($"/containers/{id}/logs")).Has(400).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_container_that_keeps_no_log_says_so()
    {
        string id = await Docker.SayAsync("run", "-d", "--log-driver", "none", "--network", "none", App, "echo", "line");
        await Docker.SayAsync("wait", id);
        Assert.Equal("configured logging driver does not support reading", (await Api.GetAsync($"/containers/{id}/logs?stdout=1")).Has(501).Message);
        Assert.Contains("does not support reading", (await Docker.RunAsync("logs", id)).Exits(1).Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Details_are_the_labels_and_variables_that_the_log_options_name()
    {
        string id = await Docker.SayAsync("run", "-d", "--network", "none", "--label", "l1=v1", "--label", "l2=v2", "-e", "E1=x y", "--log-opt", "labels=l1,nosuch", "--log-opt", "env=E1", App, "echo", "hi");
        await Docker.SayAsync("wait", id);
        Assert.Equal("E1=x+y,l1=v1 hi\n", (await Docker.RunAsync("logs", "--details", id)).Succeeds().Output);
        Assert.Equal(" line\n", (await Docker.RunAsync("logs", "--details", await FinishedAsync("echo line"))).Succeeds().Output);
    }

    [Fact]
    public async Task One_stream_alone_is_sent()
    {
        string id = await FinishedAsync("echo one; echo two >&2");
        Assert.Contains("two", (await Api.GetAsync($"/containers/{id}/logs?stderr=1")).Has(200).Body, StringComparison.Ordinal);
        Assert.DoesNotContain("one", (await Api.GetAsync($"/containers/{id}/logs?stderr=1")).Body, StringComparison.Ordinal);
        Assert.DoesNotContain("two", (await Api.GetAsync($"/containers/{id}/logs?stdout=1")).Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Before_the_first_start_there_is_nothing_and_nothing_to_follow()
    {
        string id = await Docker.SayAsync("create", "--network", "none", App, "true");
        Assert.Equal("", await Docker.SayAsync("logs", id));
        Assert.Equal("", await Docker.SayAsync("logs", "-f", id));
    }

    [Fact, Trait("Engine", "coracle")] // 20.10 goes on until a later line comes; later versions end
    public async Task Following_until_a_time_ends_then()
    {
        string name = await SleeperAsync();
        long until = DateTimeOffset.UtcNow.ToUnixTimeSeconds() + 2;
        Assert.Contains("ready", (await Api.GetAsync($"/containers/{name}/logs?follow=1&stdout=1&until={until}")).Has(200).Body, StringComparison.Ordinal);
        Assert.True(DateTimeOffset.UtcNow.ToUnixTimeSeconds() >= until);
        Assert.Equal("running", await InspectAsync(name, "{{.State.Status}}"));
    }

    [Fact, Trait("Engine", "coracle")] // 20.10 sends part of a rotated file again
    public async Task Many_follow_through_rotations_and_miss_nothing()
    {
        const int Lines = 20_000;
        string name = Name();
        await Docker.SayAsync("create", "-i", "--name", name, "--network", "none", "--log-opt", "max-size=1m", "--log-opt", "max-file=5", App,
            "sh", "-c", $"read go; i=0; while [ $i -lt {Lines} ]; do echo line $i; i=$((i+1)); done");
        await Docker.SayAsync("start", name);
        Command[] followers = [.. Enumerable.Range(0, 3).Select(_ => Docker.Start("logs", "-f", name))];
        using (RawConnection input = await RawConnection.AttachAsync(Api, name, "stream=1&stdin=1"))
        {
            await input.SendAsync("go\n");
            string all = string.Concat(Enumerable.Range(0, Lines).Select(i => $"line {i}\n"));
            foreach (Command follower in followers)
            {
                Assert.Equal(all, (await follower.EndAsync(TimeSpan.FromSeconds(120))).Succeeds().Output);
                await follower.DisposeAsync();
            }
        }
    }

    /// <summary>A stopped container that ran the shell line; its id.</summary>
    private async Task<string> FinishedAsync(string line)
    {
        string id = await Docker.SayAsync("run", "-d", "--network", "none", App, "sh", "-c", line);
        await Docker.SayAsync("wait", id);
        return id;
    }
}
