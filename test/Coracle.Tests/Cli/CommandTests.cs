using Coracle.Cli;

namespace Coracle.Tests.Cli;

public sealed class CommandTests
{
    private const string Id = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

    [Fact]
    public async Task The_table_of_ps_is_Dockers()
    {
        await using FakeEngine engine = new(_ => (200, $$"""
            [{"Id":"{{Id}}","Image":"busybox:1","Command":"sh -c 'sleep 1000; echo end'","Created":{{DateTimeOffset.UtcNow.ToUnixTimeSeconds() - 65}},"Status":"Up About a minute","State":"running","Names":["/web"]}]
            """));
        (int exitCode, string output, string errors) = await engine.RunAsync("ps");
        Assert.Equal((0, ""), (exitCode, errors));
        Assert.Equal(
            "CONTAINER ID   IMAGE       COMMAND                  CREATED              STATUS              PORTS     NAMES\n"
            + "0123456789ab   busybox:1   \"sh -c 'sleep 1000; …\"   About a minute ago   Up About a minute             web\n",
            output);
        Assert.Equal(["GET /containers/json?all=0"], engine.Asked);
    }

    [Fact]
    public async Task Filters_are_sent_as_maps()
    {
        await using FakeEngine engine = new(_ => (200, "[]"));
        await engine.RunAsync("ps", "-a", "--filter", "status=exited", "--filter", "status=created", "-f", "name=web", "-q");
        Assert.Equal("GET /containers/json?all=1&filters={\"status\":{\"exited\":true,\"created\":true},\"name\":{\"web\":true}}", Uri.UnescapeDataString(engine.Asked[0]));
    }

    [Fact]
    public async Task A_refusal_of_one_does_not_spare_the_others()
    {
        await using FakeEngine engine = new(asked => asked.Contains("/bad", StringComparison.Ordinal) ? (404, """{"message":"No such container: bad"}""") : (204, ""));
        (int exitCode, string output, string errors) = await engine.RunAsync("rm", "one", "bad", "two");
        Assert.Equal((1, "one\ntwo\n", "Error response from daemon: No such container: bad\n"), (exitCode, output, errors));
    }

    [Fact]
    public async Task Run_detached_sends_what_was_asked_and_nothing_else()
    {
        await using FakeEngine engine = new(asked => asked.Contains("/create", StringComparison.Ordinal) ? (201, $$"""{"Id":"{{Id}}","Warnings":["careful"]}""") : (204, ""));
        string body = "";
        (int exitCode, string output, string errors) = await engine.RunAsync(
            "create", "--name", "web", "-m", "64m", "--cpus", "0.5", "-e", "A=b", "-e", "SEEN", "-e", "UNSEEN", "-v", "/a:/b:ro", "--cap-drop", "ALL", "busybox", "sh", "-c", "exit 3");
        body = engine.LastBody;
        Assert.Equal((0, Id + "\n", "WARNING: careful\n"), (exitCode, output, errors));
        Assert.Equal(["POST /containers/create?name=web"], engine.Asked);
        Assert.Equal(
            """{"Image":"busybox","Cmd":["sh","-c","exit 3"],"AttachStdin":false,"AttachStdout":true,"AttachStderr":true,"OpenStdin":false,"StdinOnce":false,"Tty":false"""
            + ""","Env":["A=b","SEEN=yes","UNSEEN"],"HostConfig":{"Memory":67108864,"NanoCpus":500000000,"Binds":["/a:/b:ro"],"CapDrop":["ALL"]}}""",
            body);
    }

    [Fact]
    public async Task A_failed_start_has_Dockers_exit_code_and_words()
    {
        await using FakeEngine engine = new(asked => asked.Contains("/create", StringComparison.Ordinal)
            ? (201, $$"""{"Id":"{{Id}}","Warnings":[]}""")
            : (400, """{"message":"exec: \"nosuch\": executable file not found in $PATH"}"""));
        (int exitCode, string output, string errors) = await engine.RunAsync("run", "-d", "busybox", "nosuch");
        Assert.Equal((127, Id + "\n"), (exitCode, output));
        Assert.Equal("coracle: Error response from daemon: exec: \"nosuch\": executable file not found in $PATH\n\nRun 'coracle run --help' for more information\n", errors);
    }

    [Fact]
    public async Task A_pull_prints_each_step_once_and_fails_with_the_streams_error()
    {
        const string Good = "{\"status\":\"Pulling from app\",\"id\":\"1\"}\r\n{\"status\":\"Downloading\",\"progressDetail\":{\"current\":1,\"total\":2},\"progress\":\"[=> ]\",\"id\":\"ab\"}\r\n"
            + "{\"status\":\"Pull complete\",\"progressDetail\":{},\"id\":\"ab\"}\r\n{\"status\":\"Status: Downloaded newer image for r/app:1\"}\r\n";
        await using FakeEngine engine = new(asked => (200, asked.Contains("bad", StringComparison.Ordinal) ? "{\"errorDetail\":{\"message\":\"broken\"},\"error\":\"broken\"}\r\n" : Good));
        Assert.Equal(
            (0, "1: Pulling from app\nab: Pull complete\nStatus: Downloaded newer image for r/app:1\ndocker.io/r/app:1\n", ""), await engine.RunAsync("pull", "r/app:1"));
        Assert.Equal((1, "", "broken\n"), await engine.RunAsync("pull", "r/bad:1"));
        Assert.Equal("POST /images/create?fromImage=docker.io/r/app&tag=1", Uri.UnescapeDataString(engine.Asked[0]));
    }

    [Theory]
    [InlineData(125, "run", "--nosuch", "x")]
    [InlineData(1, "rm")]
    [InlineData(1, "nosuchcommand")]
    [InlineData(1, "run")]
    [InlineData(125, "ps", "--nosuch")]
    public async Task A_mistake_in_the_arguments_has_Dockers_exit_code(int code, params string[] arguments)
    {
        await using FakeEngine engine = new(_ => (500, "{}"));
        (int exitCode, _, string errors) = await engine.RunAsync(arguments);
        Assert.Equal(code, exitCode);
        Assert.EndsWith("--help' for more information\n", errors, StringComparison.Ordinal);
        Assert.Empty(engine.Asked);
    }

    [Fact]
    public async Task No_engine_is_told_with_its_address()
    {
        await using FakeEngine engine = new(_ => (200, "[]"));
        (int exitCode, _, string errors) = await engine.RunAsync("-H", "unix:///nosuch/socket", "ps");
        Assert.Equal((1, "Cannot connect to the Docker daemon at unix:///nosuch/socket. Is the docker daemon running?\n"), (exitCode, errors));
    }

    [Fact]
    public async Task Every_command_has_a_help_text_by_all_its_paths()
    {
        await using FakeEngine engine = new(_ => (200, "[]"));
        foreach (string path in CommandList.All.SelectMany(c => c.Paths))
        {
            (int exitCode, string output, _) = await engine.RunAsync([.. path.Split(' '), "--help"]);
            Assert.Equal(0, exitCode);
            Assert.StartsWith("Usage:  coracle ", output, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_group_lists_its_commands_and_an_alias_is_the_command()
    {
        await using FakeEngine engine = new(_ => (200, "[]"));
        (int exitCode, string output, _) = await engine.RunAsync("container");
        Assert.Equal(0, exitCode);
        Assert.StartsWith("Usage:  coracle container COMMAND\n\nManage containers\n\nCommands:\n  attach      Attach local", output, StringComparison.Ordinal);
        Assert.Contains("\n  ls          List containers\n", output, StringComparison.Ordinal);
        Assert.StartsWith("Usage:  coracle container ls [OPTIONS]\n", (await engine.RunAsync("container", "list", "--help")).Output, StringComparison.Ordinal);
        Assert.Equal("CONTAINER ID   IMAGE     COMMAND   CREATED   STATUS    PORTS     NAMES\n", (await engine.RunAsync("container", "list")).Output);
    }

    [Fact]
    public async Task The_persons_config_gives_the_detach_keys()
    {
        const string Container = """{"Id":"abc","State":{"Running":true,"Paused":false,"Restarting":false},"Config":{"Tty":true,"OpenStdin":false}}""";
        await using FakeEngine engine = new(asked => asked.Contains("/attach", StringComparison.Ordinal) ? (409, """{"message":"not now"}""") : (200, Container))
        {
            Config = """{"detachKeys":"ctrl-x"}""",
        };
        (int exitCode, _, string errors) = await engine.RunAsync("attach", "--no-stdin", "web");
        Assert.Equal((1, "Error response from daemon: not now\n"), (exitCode, errors));
        Assert.Equal(["GET /containers/web/json", "POST /containers/abc/wait", "POST /containers/abc/attach?stream=1&stdout=1&stderr=1&detachKeys=ctrl-x"], engine.Asked);
    }

    [Fact]
    public async Task An_exec_in_the_background_is_three_requests()
    {
        await using FakeEngine engine = new(asked => (200, asked.EndsWith("/exec", StringComparison.Ordinal) ? """{"Id":"e1"}""" : "{}"));
        (int exitCode, string output, _) = await engine.RunAsync("exec", "-d", "-e", "A=1", "-u", "app", "-w", "/srv", "--privileged", "web", "sh", "-c", "true");
        Assert.Equal((0, ""), (exitCode, output));
        Assert.Equal(["GET /containers/web/json", "POST /containers/web/exec", "POST /exec/e1/start"], engine.Asked);
        Assert.Equal("""{"Detach":true,"Tty":false}""", engine.LastBody);
    }

    [Fact]
    public async Task A_run_in_the_background_asks_for_nothing_it_does_not_need()
    {
        await using FakeEngine engine = new(asked => asked.Contains("/create", StringComparison.Ordinal) ? (201, $$"""{"Id":"{{Id}}","Warnings":[]}""") : (204, ""));
        Assert.Equal((0, Id + "\n", ""), await engine.RunAsync("run", "-d", "busybox"));
        Assert.Equal(["POST /containers/create", $"POST /containers/{Id}/start"], engine.Asked);
    }

    [Theory]
    [InlineData("coracle: unknown command: coracle nosuch\n\nRun 'coracle --help' for more information\n", "nosuch")]
    [InlineData("unknown help topic: nosuch\n", "help", "nosuch")]
    [InlineData("Unable to parse logging level: foo\n", "-l", "foo", "wait", "x")]
    [InlineData("Failed to initialize: unable to resolve docker endpoint: context \"there\": context not found: contexts are not kept here, use -H\n", "--context", "there", "wait", "x")]
    public async Task What_stands_before_the_command_is_checked(string text, params string[] arguments)
    {
        await using FakeEngine engine = new(_ => (500, "{}"));
        (int exitCode, string output, string errors) = await engine.RunAsync(arguments);
        Assert.Equal((1, "", text), (exitCode, output, errors));
    }

    [Theory]
    [InlineData("unix:///a/b", "unix:///a/b", "/a/b", 0)]
    [InlineData("tcp://10.0.0.1:2376", "tcp://10.0.0.1:2376", null, 2376)]
    [InlineData("tcp://[::1]", "tcp://[::1]", null, 2375)]
    [InlineData("box", "tcp://box:2375", null, 2375)]
    public void An_engine_is_found_by_socket_or_address(string text, string shown, string? path, int port)
    {
        EngineHost host = EngineHost.Parse(text);
        Assert.Equal((shown, path, port), (host.Text, host.Path, host.Port));
    }

    [Theory]
    [InlineData("y\n", 1)]
    [InlineData("Y\n", 1)]
    [InlineData("n\n", 0)]
    [InlineData("yes\n", 0)]
    [InlineData("", 0)]
    public async Task A_prune_asks_first(string answer, int requests)
    {
        await using FakeEngine engine = new(_ => (200, """{"ContainersDeleted":["abc"],"SpaceReclaimed":1980000}""")) { Input = answer };
        (int exitCode, string output, _) = await engine.RunAsync("container", "prune");
        Assert.Equal((0, requests), (exitCode, engine.Asked.Count));
        Assert.Equal(
            "WARNING! This will remove all stopped containers.\nAre you sure you want to continue? [y/N] "
                + (requests > 0 ? "Deleted Containers:\nabc\n\nTotal reclaimed space: 1.98MB\n" : ""),
            output);
    }

    [Fact]
    public async Task A_stop_of_several_waits_for_the_longest_only_and_names_them_in_order()
    {
        await using FakeEngine engine = new(asked => asked.Contains("/bad", StringComparison.Ordinal) ? (404, """{"message":"No such container: bad"}""") : (204, ""));
        (int exitCode, string output, string errors) = await engine.RunAsync("stop", "-t", "0", "--signal", "INT", "one", "bad", "two");
        Assert.Equal((1, "one\ntwo\n", "Error response from daemon: No such container: bad\n"), (exitCode, output, errors));
        Assert.Contains("POST /containers/one/stop?signal=INT&t=0", engine.Asked);
        (exitCode, _, errors) = await engine.RunAsync("rm", "-f", "bad/");
        Assert.Equal((0, "Error response from daemon: No such container: bad\n"), (exitCode, errors));
    }
}
