namespace Coracle.E2E;

public sealed class RunTests(Stage stage) : EngineTest(stage)
{
    public static TheoryData<string> EveryCli => DockerCli.Every;

    [Theory, MemberData(nameof(EveryCli))]
    public async Task Output_and_errors_come_on_their_own_streams(string program)
    {
        CommandResult run = await Cli(program).RunAsync("run", "--rm", "--network", "none", App, "sh", "-c", "echo out; echo err >&2");
        run.Succeeds();
        Assert.Equal("out\n", run.Output);
        Assert.Contains("err\n", run.Errors, StringComparison.Ordinal);
    }

    [Theory, MemberData(nameof(EveryCli))]
    public async Task The_exit_code_of_the_program_is_that_of_docker_run(string program)
    {
        DockerCli cli = Cli(program);
        (await cli.RunAsync("run", "--rm", "--network", "none", App, "true")).Exits(0);
        (await cli.RunAsync("run", "--rm", "--network", "none", App, "false")).Exits(1);
        (await cli.RunAsync("run", "--rm", "--network", "none", App, "sh", "-c", "exit 42")).Exits(42);
    }

    [Theory, MemberData(nameof(EveryCli))]
    public async Task A_container_killed_under_docker_run_is_137(string program)
    {
        string name = Name();
        await using Command run = Cli(program).Start("run", "--rm", "--name", name, "--network", "none", App, "sh", "-c", "echo ready; sleep 1000");
        await run.OutputHoldsAsync("ready\n");
        await Docker.SayAsync("kill", name);
        (await run.EndAsync()).Exits(137);
    }

    [Fact]
    public async Task A_terminal_that_stops_docker_run_stops_the_container()
    {
        await using Command run = Docker.Start(
            "run", "--rm", "--network", "none", App, "sh", "-c", "trap 'echo told; exit 7' TERM; echo ready; while :; do sleep 0.1; done");
        await run.OutputHoldsAsync("ready\n");
        await run.SignalAsync("TERM");
        Assert.Equal("ready\ntold\n", (await run.EndAsync()).Exits(7).Output);
    }

    [Theory, MemberData(nameof(EveryCli))]
    public async Task A_program_that_is_not_there_is_127(string program)
    {
        CommandResult run = await Cli(program).RunAsync("run", "--rm", "--network", "none", App, "nosuch");
        run.Exits(127);
        Assert.Contains("exec: \"nosuch\": executable file not found in $PATH", run.Errors, StringComparison.Ordinal);
    }

    [Theory, MemberData(nameof(EveryCli))]
    public async Task A_path_that_is_not_there_is_127(string program)
    {
        CommandResult run = await Cli(program).RunAsync("run", "--rm", "--network", "none", App, "/no/such");
        run.Exits(127);
        Assert.Contains("no such file or directory", run.Errors, StringComparison.Ordinal);
    }

    [Theory, MemberData(nameof(EveryCli))]
    public async Task A_file_that_may_not_be_executed_is_126(string program)
    {
        CommandResult run = await Cli(program).RunAsync("run", "--rm", "--network", "none", App, "/links/notexecutable");
        run.Exits(126);
        Assert.Contains("permission denied", run.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_unknown_option_of_docker_run_is_125()
        => (await Docker.RunAsync("run", "--nosuchoption", App, "true")).Exits(125);

    [Theory, MemberData(nameof(EveryCli))]
    public async Task Input_reaches_the_program_and_its_end_does_not_end_the_output(string program)
    {
        CommandResult run = await Cli(program).RunWithInputAsync(
            "x\n", "run", "-i", "--rm", "--network", "none", App, "sh", "-c", "cat; sleep 1; echo end");
        Assert.Equal("x\nend\n", run.Succeeds().Output);
    }

    [Fact]
    public async Task A_megabyte_goes_in_and_comes_out_unchanged()
    {
        string text = string.Concat(Enumerable.Range(0, 65536).Select(i => $"{i:d15}\n"));
        CommandResult run = await Docker.RunWithInputAsync(text, "run", "-i", "--rm", "--network", "none", App, "cat");
        Assert.Equal(text, run.Succeeds().Output);
    }

    [Fact]
    public async Task Without_i_the_program_reads_nothing()
    {
        CommandResult run = await Docker.RunWithInputAsync("x\n", "run", "--rm", "--network", "none", App, "cat");
        Assert.Equal("", run.Succeeds().Output);
    }

    [Theory, MemberData(nameof(EveryCli))]
    public async Task Detached_prints_the_full_id(string program)
    {
        string id = await Cli(program).SayAsync("run", "-d", "--network", "none", App, "sleep", "1000");
        Assert.Matches("^[0-9a-f]{64}$", id);
        Assert.Equal("true", await InspectAsync(id, "{{.State.Running}}"));
    }

    [Fact]
    public async Task With_rm_a_detached_container_is_gone_when_its_program_ends()
    {
        string id = await Docker.SayAsync("run", "-d", "--rm", "--network", "none", App, "cat", "/proc/self/mounts");
        await Deadline.HoldsAsync("the container to be removed", async () => (await Api.GetAsync($"/containers/{id}/json")).Status == 404, () => Engine.LogTail);
    }

    [Fact]
    public async Task An_image_that_is_not_here_is_pulled_first()
    {
        string reference = Images.AppNext.Reference;
        CommandResult run = await Docker.RunAsync("run", "--rm", "--network", "none", reference, "echo", "pulled");
        Assert.Equal("pulled\n", run.Succeeds().Output);
        Assert.Contains($"Unable to find image '{reference}' locally", run.Errors, StringComparison.Ordinal);
        await Docker.SayAsync("rmi", reference);
    }

    [Fact]
    public async Task The_image_says_user_entrypoint_environment_and_directory()
    {
        CommandResult run = await RunAsync(Images.Configured.Reference);
        Assert.Equal("from image hello\n1000\n1001\n/home/app/work\n", run.Succeeds().Output);
    }

    [Fact]
    public async Task The_command_line_overrides_what_the_image_says()
    {
        CommandResult run = await RunAsync("-e", "GREETING=bye", "-u", "0:2000", "-w", "/etc", Images.Configured.Reference, "a", "b");
        Assert.Equal("a b bye\n0\n2000\n/etc\n", run.Succeeds().Output);
        run = await RunAsync("--entrypoint", "echo", Images.Configured.Reference, "only", "this");
        Assert.Equal("only this\n", run.Succeeds().Output);
    }

    [Fact]
    public async Task An_environment_file_and_an_inherited_variable_arrive()
    {
        string file = Path.Combine(Engine.Root, "environment");
        await File.WriteAllTextAsync(file, "# a comment\nONE=1\nTWO=with spaces\n");
        CommandResult run = await RunAsync("--env-file", file, "-e", "TZ", App, "sh", "-c", "echo $ONE/$TWO/$TZ");
        Assert.Equal("1/with spaces/UTC\n", run.Succeeds().Output);
    }

    [Theory]
    [InlineData("1000", "uid=1000(app) gid=1001(app)")]
    [InlineData("1234", "uid=1234 gid=0(root)")]
    [InlineData("1234:77", "uid=1234 gid=77")]
    [InlineData("app", "uid=1000(app) gid=1001(app) groups=1001(app),2000(extra)")]
    [InlineData("app:extra", "uid=1000(app) gid=2000(extra)")]
    public async Task A_user_is_found_in_the_files_of_the_image(string user, string identity)
    {
        CommandResult run = await RunAsync("-u", user, App, "id");
        Assert.StartsWith(identity, run.Succeeds().Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_user_that_is_not_in_the_image_is_refused()
    {
        CommandResult run = await RunAsync("-u", "nobodyhere", App, "true");
        run.Exits(125);
        Assert.Contains("unable to find user nobodyhere: no matching entries in passwd file", run.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_name_that_is_taken_is_refused_with_the_words_that_clients_parse()
    {
        string name = Name();
        string id = await Docker.SayAsync("create", "--name", name, App, "true");
        CommandResult run = await Docker.RunAsync("run", "--name", name, "--network", "none", App, "true");
        run.Exits(125);
        Assert.Contains(
            $"Conflict. The container name \"/{name}\" is already in use by container \"{id}\". You have to remove (or rename) that container to be able to reuse that name.",
            run.Errors, StringComparison.Ordinal);
        ApiAnswer answer = await Api.PostAsync($"/containers/create?name={name}", $$"""{"Image":"{{App}}"}""");
        answer.Has(409);
        Assert.Matches("Conflict. (?:.)+ is already in use by container \"?([0-9a-z]+)\"?", answer.Message);
    }

    [Fact]
    public async Task A_name_that_is_none_is_refused()
    {
        ApiAnswer answer = await Api.PostAsync("/containers/create?name=" + Uri.EscapeDataString("../x"), $$"""{"Image":"{{App}}"}""");
        Assert.Equal("Invalid container name (../x), only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed", answer.Has(400).Message);
    }

    [Fact]
    public async Task Twenty_runs_leave_the_engine_with_the_descriptors_it_had()
    {
        await ShellAsync("true");
        int before = Descriptors(); // dockerd's own come and go by a handful; one for each run would be twenty
        for (int i = 0; i < 20; i++)
        {
            (await ShellAsync("true")).Succeeds();
        }

        await Deadline.HoldsAsync("the descriptors to be closed", () => Descriptors() <= before + 8, () => $"{before} before, {Descriptors()} now");
    }

    private int Descriptors() => Directory.GetFileSystemEntries($"/proc/{Engine.ProcessId}/fd").Length;
}
