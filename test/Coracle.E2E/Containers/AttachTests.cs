namespace Coracle.E2E;

public sealed class AttachTests(Stage stage) : EngineTest(stage)
{
    [Fact]
    public async Task The_past_alone_is_sent_and_the_connection_closed()
    {
        string name = await SleeperAsync();
        using RawConnection client = await RawConnection.AttachAsync(Api, name, "logs=1&stdout=1&stderr=1");
        await client.ToEndAsync();
        Assert.Equal("ready\n", client.Frames().Stdout);
        Assert.StartsWith("HTTP/1.1 101 UPGRADED\r\nContent-Type: application/vnd.docker.raw-stream\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n", client.Head, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("stream=1")]
    public async Task Who_asks_for_no_stream_gets_the_end_at_once(string query)
    {
        using RawConnection client = await RawConnection.AttachAsync(Api, await SleeperAsync(), query);
        Assert.Equal("", await client.ToEndAsync());
    }

    [Fact, Trait("Engine", "coracle")] // dockerd reads the log and then subscribes: what comes between the two is lost
    public async Task The_past_and_what_follows_are_each_line_once()
    {
        string name = Name();
        await Docker.SayAsync("run", "-d", "--name", name, "--network", "none", App, "sh", "-c",
            "trap 'stop=1' TERM; i=0; while [ -z $stop ]; do echo line $i; printf half$i >&2; sleep 0.01; printf ' whole\\n' >&2; i=$((i+1)); done");
        List<RawConnection> clients = [];
        List<Task> reading = []; // at once: who does not read holds up the container, and is cut in the end
        for (int i = 1; i <= 6; i++)
        {
            await LogHoldsAsync(name, $"line {i * 20}\n");
            clients.Add(await RawConnection.AttachAsync(Api, name, "logs=1&stream=1&stdout=1&stderr=1"));
            reading.Add(clients[^1].ToEndAsync(TimeSpan.FromSeconds(120)));
        }

        await Docker.SayAsync("kill", "-s", "TERM", name);
        await Task.WhenAll(reading);
        int count = clients[0].Frames().Stdout.Split('\n').Length - 1;
        Assert.InRange(count, 120, int.MaxValue);
        string stdout = string.Concat(Enumerable.Range(0, count).Select(i => $"line {i}\n"));
        string stderr = string.Concat(Enumerable.Range(0, count).Select(i => $"half{i} whole\n"));
        Assert.All(clients, client => Assert.Equal((stdout, stderr), client.Frames()));
        clients.ForEach(client => client.Dispose());
    }

    [Fact, Trait("Engine", "coracle")] // the same
    public async Task A_line_that_is_half_written_when_somebody_attaches_is_whole()
    {
        string name = Name();
        await Docker.SayAsync("run", "-di", "--name", name, "--network", "none", App, "sh", "-c", "echo first; printf 'a question? '; read answer; echo thanks for $answer");
        await LogHoldsAsync(name, "first");
        using RawConnection client = await RawConnection.AttachAsync(Api, name, "logs=1&stream=1&stdin=1&stdout=1&stderr=1");
        await client.HoldsAsync("a question? ");
        await client.SendAsync("nothing\n");
        await client.ToEndAsync();
        Assert.Equal("first\na question? thanks for nothing\n", client.Frames().Stdout);
    }

    [Fact]
    public async Task Everybody_who_attached_before_the_start_gets_all_of_the_output()
    {
        string id = await Docker.SayAsync("create", "--network", "none", App, "sh", "-c", "echo out; echo err >&2");
        RawConnection[] clients = await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => RawConnection.AttachAsync(Api, id, "stream=1&stdout=1&stderr=1")));
        (await Api.PostAsync($"/containers/{id}/start")).Has(204);
        foreach (RawConnection client in clients)
        {
            await client.ToEndAsync();
            Assert.Equal(("out\n", "err\n"), client.Frames());
            client.Dispose();
        }
    }

    [Fact]
    public async Task Without_an_upgrade_the_answer_is_200_and_raw()
    {
        string name = await CatAsync("-it");
        using RawConnection client = await RawConnection.OpenAsync(Api, "POST", $"/containers/{name}/attach?stream=1&stdin=1&stdout=1");
        Assert.Equal("HTTP/1.1 200 OK\r\nContent-Type: application/vnd.docker.raw-stream\r\n\r\n", client.Head);
        await client.SendAsync("typed\n");
        await client.HoldsAsync("typed\r\ntyped\r\n"); // the terminal's echo, and cat's
    }

    [Theory]
    [InlineData("", "abc\n", "\x10", "\x11")]
    [InlineData("&detachKeys=ctrl-@,q", "abc\n", "\0", "q")]
    [InlineData("&detachKeys=x,y,z", "abxc\n", "x", "yz")]
    public async Task The_keys_that_leave_a_terminal_leave_it_running(string keys, string typed, string first, string second)
    {
        string since = Events.Now();
        string name = await CatAsync("-it");
        using RawConnection client = await RawConnection.AttachAsync(Api, name, "stream=1&stdin=1&stdout=1&stderr=1" + keys);
        await client.SendAsync(typed);
        await client.HoldsAsync(typed.TrimEnd('\n') + "\r\n");
        await client.SendAsync(first);
        await client.SendAsync(second);
        await client.ToEndAsync();
        Assert.Equal("running", await InspectAsync(name, "{{.State.Status}}"));
        Assert.Single(await Events.PastAsync(Docker, since, $"container={name}", "event=detach"));
    }

    [Fact]
    public async Task Without_a_terminal_every_key_is_input()
    {
        string name = await CatAsync("-i");
        using RawConnection client = await RawConnection.AttachAsync(Api, name, "stream=1&stdin=1&stdout=1");
        await client.SendAsync("a\x10\x11z\n");
        await client.HoldsAsync("a\x10\x11z\n");
    }

    [Theory]
    [InlineData("ctrl-x,zz", "stdin=1")]
    [InlineData("ctrl-1", "stdout=1")]
    public async Task Keys_that_are_none_are_400(string keys, string streams)
    {
        string name = await SleeperAsync();
        using RawConnection client = await RawConnection.AttachAsync(Api, name, $"stream=1&{streams}&detachKeys={keys}");
        Assert.StartsWith("HTTP/1.1 400 Bad Request", client.Head, StringComparison.Ordinal);
        await client.HoldsAsync($"Invalid detach keys ({keys}) provided");
    }

    [Fact]
    public async Task The_end_of_input_ends_a_program_that_reads_once_and_its_last_words_arrive()
    {
        string body = "{\"Image\":\"" + App + "\",\"Cmd\":[\"sh\",\"-c\",\"cat; echo done\"],\"OpenStdin\":true,\"StdinOnce\":true,\"AttachStdin\":true,\"HostConfig\":{\"NetworkMode\":\"none\"}}";
        string id = (await Api.PostAsync("/containers/create", body)).Has(201).Json.GetProperty("Id").GetString()!;
        using RawConnection client = await RawConnection.AttachAsync(Api, id, "stream=1&stdin=1&stdout=1");
        (await Api.PostAsync($"/containers/{id}/start")).Has(204);
        await client.SendAsync("input\n");
        client.HalfClose();
        await client.ToEndAsync();
        Assert.Equal("input\ndone\n", client.Frames().Stdout);
    }

    [Fact]
    public async Task What_is_paused_restarting_or_not_there_is_refused()
    {
        string name = await SleeperAsync();
        await Docker.SayAsync("pause", name);
        using RawConnection paused = await RawConnection.AttachAsync(Api, name, "stream=1&stdout=1");
        Assert.StartsWith("HTTP/1.1 409 Conflict", paused.Head, StringComparison.Ordinal);
        await paused.HoldsAsync("is paused, unpause the container before attach");
        using RawConnection nobody = await RawConnection.AttachAsync(Api, "nosuch", "stream=1&stdout=1");
        Assert.StartsWith("HTTP/1.1 404 Not Found", nobody.Head, StringComparison.Ordinal);
        await nobody.HoldsAsync("No such container: nosuch");
        string failing = Name();
        await Docker.SayAsync("run", "-d", "--name", failing, "--restart", "always", "--network", "none", App, "sh", "-c", "exit 1");
        await Deadline.HoldsAsync("a long pause before a restart", async () => await InspectAsync(failing, "{{.RestartCount}} {{.State.Status}}") is string s && s[0] >= '4' && s.EndsWith("restarting", StringComparison.Ordinal), () => Engine.LogTail);
        using RawConnection restarting = await RawConnection.AttachAsync(Api, failing, "stream=1&stdout=1");
        Assert.StartsWith("HTTP/1.1 409 Conflict", restarting.Head, StringComparison.Ordinal);
        await restarting.HoldsAsync("is restarting, wait until the container is running");
    }

    private async Task<string> CatAsync(string options)
    {
        string name = Name();
        await Docker.SayAsync("run", "-d", options, "--name", name, "--network", "none", App, "cat");
        return name;
    }
}
