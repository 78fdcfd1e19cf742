using System.Text.Json;

namespace Coracle.E2E;

/// <summary>docker exec: a further process in a container that runs.</summary>
public sealed class ExecTests(Stage stage) : EngineTest(stage)
{
    public static TheoryData<string> EveryCli => DockerCli.Every;

    [Theory, MemberData(nameof(EveryCli))]
    public async Task Output_errors_and_exit_code_arrive(string program)
    {
        string name = await SleeperAsync();
        CommandResult exec = await Cli(program).RunAsync("exec", name, "sh", "-c", "echo out; echo err >&2; exit 42");
        exec.Exits(42);
        Assert.Equal("out\n", exec.Output);
        Assert.Equal("err\n", exec.Errors);
    }

    [Theory, MemberData(nameof(EveryCli))]
    public async Task Input_reaches_the_program_and_its_end_does_not_end_the_output(string program)
    {
        string name = await SleeperAsync();
        CommandResult exec = await Cli(program).RunWithInputAsync("x\n", "exec", "-i", name, "sh", "-c", "cat; sleep 0.5; echo end");
        Assert.Equal("x\nend\n", exec.Succeeds().Output);
    }

    [Fact]
    public async Task Much_output_comes_whole()
    {
        string name = await SleeperAsync();
        CommandResult exec = (await Docker.RunAsync("exec", name, "sh", "-c", "i=0; while [ $i -lt 20 ]; do cat /data/noise; i=$((i+1)); done | sha256sum; od -v /data/noise | sha256sum")).Succeeds();
        CommandResult through = (await Docker.RunAsync("exec", name, "od", "-v", "/data/noise")).Succeeds();
        string sum = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(through.Output)));
        Assert.StartsWith(sum, exec.Lines[1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task It_is_in_the_containers_namespaces_cgroups_and_root()
    {
        string name = await SleeperAsync("--hostname", "box");
        string[] kinds = ["cgroup", "ipc", "mnt", "net", "pid", "uts"];
        string look = $"for k in {string.Join(' ', kinds)}; do readlink /proc/$1/ns/$k; done; cat /proc/$1/cgroup; hostname";
        string first = await Docker.SayAsync("exec", name, "sh", "-c", look, "sh", "1");
        Assert.Equal(first, await Docker.SayAsync("exec", name, "sh", "-c", look, "sh", "self"));
        Assert.EndsWith("box", first, StringComparison.Ordinal);
        await Docker.SayAsync("exec", name, "sh", "-c", "echo kept > /tmp/file");
        Assert.Equal("kept", await Docker.SayAsync("exec", name, "cat", "/tmp/file"));
    }

    [Theory]
    [InlineData("Cap(Prm|Eff|Bnd)", "00000000a80425fb")]
    [InlineData("Cap(Inh|Amb)", "0000000000000000")]
    [InlineData("Seccomp:", "2")]
    public async Task Its_privileges_are_the_containers(string which, string value)
    {
        string name = await SleeperAsync();
        string[] lines = (await Docker.RunAsync("exec", name, "grep", "-E", which, "/proc/self/status")).Succeeds().Lines;
        Assert.NotEmpty(lines);
        Assert.All(lines, l => Assert.EndsWith(value, l, StringComparison.Ordinal)); // CapInh 0: CVE-2022-29162
    }

    [Fact]
    public async Task Limits_and_no_new_privileges_are_the_containers()
    {
        string name = await SleeperAsync("--ulimit", "nofile=123:456", "--security-opt", "no-new-privileges", "--cap-drop", "CHOWN", "--oom-score-adj", "77");
        // The hard one: Debian's runc raises the soft one to it.
        string said = await Docker.SayAsync("exec", name, "sh", "-c", "ulimit -Hn; grep -E 'NoNewPrivs|CapEff' /proc/self/status; cat /proc/self/oom_score_adj");
        Assert.Equal("456\nCapEff:\t00000000a80425fa\nNoNewPrivs:\t1\n77", said);
    }

    [Fact]
    public async Task Only_the_three_streams_are_open()
    {
        string name = await SleeperAsync();
        // ls itself opens the directory as 3.
        Assert.Equal("0\n1\n2\n3", await Docker.SayAsync("exec", name, "ls", "/proc/self/fd"));
    }

    /// <summary>CVE-2024-21626.</summary>
    [Fact]
    public async Task A_working_directory_through_a_descriptor_leads_nowhere()
    {
        string name = await SleeperAsync();
        for (int fd = 3; fd <= 20; fd++)
        {
            CommandResult exec = await Docker.RunAsync("exec", "-w", $"/proc/self/fd/{fd}", name, "ls", "..");
            Assert.NotEqual(0, exec.ExitCode);
            Assert.Contains("OCI runtime exec failed: exec failed: ", exec.Everything, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task The_environment_is_the_containers_and_what_is_added()
    {
        string name = await SleeperAsync("--hostname", "box", "-e", "A=container", "-e", "B=container");
        string[] lines = (await Docker.RunAsync("exec", "-e", "B=exec", "-e", "C=d e", name, "env")).Succeeds().Lines;
        Assert.Equal(
            ["A=container", "B=exec", "C=d e", "HOME=/root", "HOSTNAME=box", "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"],
            lines.Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("", "uid=0(root) gid=0(root) groups=0(root)")]
    [InlineData("app", "uid=1000(app) gid=1001(app) groups=1001(app),2000(extra)")]
    [InlineData("app:extra", "uid=1000(app) gid=2000(extra) groups=2000(extra)")]
    [InlineData("4321", "uid=4321 gid=0(root) groups=0(root)")]
    [InlineData("4321:8765", "uid=4321 gid=8765 groups=8765")]
    public async Task The_user_is_looked_up_in_the_container(string user, string id)
    {
        string name = await SleeperAsync();
        string[] option = user.Length == 0 ? [] : ["-u", user];
        Assert.Equal(id, await Docker.SayAsync(["exec", .. option, name, "id"]));
    }

    [Fact]
    public async Task Without_a_choice_user_and_directory_are_the_containers()
    {
        string name = await SleeperAsync("-u", "app", "-w", "/opaque", "--group-add", "77");
        Assert.Equal("1000 1001 1001 77 2000\n/opaque", (await Docker.SayAsync("exec", name, "sh", "-c", "echo $(id -u) $(id -g) $(id -G); pwd")));
        Assert.Equal("/tmp", await Docker.SayAsync("exec", "-w", "/tmp", name, "pwd"));
    }

    public static TheoryData<string[], int, int, string> Failures => new()
    {
        { ["C", "nosuch"], 127, 126, "OCI runtime exec failed: exec failed: unable to start container process: exec: \"nosuch\": executable file not found in $PATH: unknown" },
        { ["C", "/no/such"], 127, 126, "OCI runtime exec failed: exec failed: unable to start container process: exec: \"/no/such\": stat /no/such: no such file or directory: unknown" },
        { ["C", "/links/notexecutable"], 126, 126, "OCI runtime exec failed: exec failed: unable to start container process: exec: \"/links/notexecutable\": permission denied: unknown" },
        { ["-w", "/nosuch", "C", "true"], 127, 126, "OCI runtime exec failed: exec failed: unable to start container process: chdir to cwd (\"/nosuch\") set in config.json failed: no such file or directory: unknown" },
        { ["-w", "relative", "C", "true"], 126, 126, "OCI runtime exec failed: exec failed: Cwd must be an absolute path: unknown" },
        { ["-u", "nobody-here", "C", "true"], 126, 126, "unable to find user nobody-here: no matching entries in passwd file" },
        { ["-u", "app:nogroup-here", "C", "true"], 126, 126, "unable to find group nogroup-here: no matching entries in group file" },
    };

    /// <summary>20.10 says 126 of everything; since 25 a program that is not there is 127.</summary>
    [Theory, MemberData(nameof(Failures))]
    public async Task What_cannot_be_executed_is_told_in_dockers_words(string[] arguments, int code, int codeOf20, string words)
    {
        string name = await SleeperAsync();
        CommandResult exec = await Docker.RunAsync(["exec", .. arguments.Select(a => a == "C" ? name : a)]);
        exec.Exits(Engine.Kind == EngineKind.Docker ? codeOf20 : code);
        Assert.Equal(words, exec.Everything.TrimEnd());
        Assert.Equal("null", await InspectAsync(name, "{{json .ExecIDs}}"));
    }

    [Fact]
    public async Task A_container_that_does_not_run_takes_none()
    {
        string name = await SleeperAsync();
        string id = await InspectAsync(name, "{{.Id}}");
        await Docker.SayAsync("kill", name);
        await Docker.RunAsync("wait", name);
        Assert.Equal($"Container {id} is not running", (await Api.PostAsync($"/containers/{name}/exec", """{"Cmd":["true"]}""")).Has(409).Message);
        Assert.Equal("No such container: nosuch", (await Api.PostAsync("/containers/nosuch/exec", """{"Cmd":["true"]}""")).Has(404).Message);
        Assert.Equal("No exec command specified", (await Api.PostAsync($"/containers/{name}/exec", "{}")).Has(400).Message);
        (await Docker.RunAsync("exec", name, "true")).Exits(1);
    }

    [Fact]
    public async Task An_exec_can_be_looked_at_before_while_and_after()
    {
        string name = await SleeperAsync();
        string id = await CreateAsync(name, """{"Cmd":["sh","-c","exit 3"],"AttachStdout":true,"User":"app","DetachKeys":"ctrl-a"}""");
        JsonElement before = await LookAsync(id);
        Assert.Equal((false, JsonValueKind.Null, 0), (before.GetProperty("Running").GetBoolean(), before.GetProperty("ExitCode").ValueKind, before.GetProperty("Pid").GetInt32()));
        Assert.Equal("""{"tty":false,"entrypoint":"sh","arguments":["-c","exit 3"],"privileged":false,"user":"app"}""", before.GetProperty("ProcessConfig").GetRawText());
        Assert.Equal("AQ==", before.GetProperty("DetachKeys").GetString());
        Assert.True(before.GetProperty("OpenStdout").GetBoolean());
        Assert.False(before.GetProperty("OpenStderr").GetBoolean());
        Assert.Equal(await InspectAsync(name, "{{.Id}}"), before.GetProperty("ContainerID").GetString());
        Assert.Equal($"[\"{id}\"]", await InspectAsync(name, "{{json .ExecIDs}}"));

        (await Api.PostAsync($"/exec/{id}/start", """{"Detach":true}""")).Has(200);
        await Deadline.HoldsAsync("the exec to end", async () => (await LookAsync(id)).GetProperty("ExitCode").ValueKind == JsonValueKind.Number, () => Engine.LogTail);
        JsonElement after = await LookAsync(id);
        Assert.Equal((false, 3), (after.GetProperty("Running").GetBoolean(), after.GetProperty("ExitCode").GetInt32()));
        Assert.NotEqual(0, after.GetProperty("Pid").GetInt32());
        Assert.Equal("null", await InspectAsync(name, "{{json .ExecIDs}}"));
        Assert.Equal($"Error: Exec command {id} has already run", (await Api.PostAsync($"/exec/{id}/start", """{"Detach":true}""")).Has(409).Message);
        Assert.Contains("has already run", (await Api.PostAsync($"/exec/{id}/start", "{}")).Has(200).Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_exec_starts_once_whoever_asks()
    {
        string name = await SleeperAsync();
        string id = await CreateAsync(name, """{"Cmd":["sh","-c","echo x >> /tmp/starts; exec sleep 1000"]}""");
        ApiAnswer[] answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Api.PostAsync($"/exec/{id}/start", """{"Detach":true}""")));
        Assert.Single(answers, a => a.Status == 200);
        Assert.All(answers.Where(a => a.Status != 200), a => Assert.Equal($"Error: Exec command {id} is already running", a.Has(409).Message));
        await Deadline.HoldsAsync("the exec's file", async () => (await Docker.RunAsync("exec", name, "cat", "/tmp/starts")).Output.Length > 0, () => Engine.LogTail);
        Assert.Equal("x", await Docker.SayAsync("exec", name, "cat", "/tmp/starts"));
    }

    [Fact]
    public async Task What_is_not_there_is_404()
    {
        Assert.Equal("No such exec instance: nosuch", (await Api.GetAsync("/exec/nosuch/json")).Has(404).Message);
        Assert.Equal("No such exec instance: nosuch", (await Api.PostAsync("/exec/nosuch/start", "{}")).Has(404).Message);
        Assert.Equal("No such exec instance: nosuch", (await Api.PostAsync("/exec/nosuch/resize?h=1&w=1")).Has(404).Message);
    }

    [Fact]
    public async Task A_detached_exec_runs_on_by_itself()
    {
        string name = await SleeperAsync();
        Assert.Equal("", await Docker.SayAsync("exec", "-d", name, "sh", "-c", "sleep 0.3; echo done > /tmp/done"));
        await Deadline.HoldsAsync("its file", async () => (await Docker.RunAsync("exec", name, "cat", "/tmp/done")).Output == "done\n", () => Engine.LogTail);
    }

    [Fact]
    public async Task A_client_that_vanishes_leaves_the_process_running()
    {
        string name = await SleeperAsync();
        await using (Command client = Docker.Start("exec", name, "sh", "-c", "echo ready; sleep 1; echo on > /tmp/on; sleep 1000"))
        {
            await client.OutputHoldsAsync("ready\n");
            await client.SignalAsync("KILL");
            await client.EndAsync();
        }

        await Deadline.HoldsAsync("its file", async () => (await Docker.RunAsync("exec", name, "cat", "/tmp/on")).Output == "on\n", () => Engine.LogTail);
    }

    [Fact]
    public async Task The_end_of_the_container_is_137_for_its_execs()
    {
        string name = await SleeperAsync();
        await using Command exec = Docker.Start("exec", name, "sh", "-c", "echo ready; sleep 1000");
        await exec.OutputHoldsAsync("ready\n");
        await Docker.SayAsync("kill", name);
        (await exec.EndAsync()).Exits(137);
    }

    /// <summary>dockerd's own limit of 2 s for a stray holder of the pipes.</summary>
    [Fact]
    public async Task A_child_that_keeps_the_output_open_does_not_keep_the_client()
    {
        string name = await SleeperAsync();
        CommandResult exec = await Docker.RunAsync("exec", name, "sh", "-c", "sleep 1000 & echo hi; exit 5");
        Assert.Equal("hi\n", exec.Exits(5).Output);
    }

    [Fact]
    public async Task Events_tell_of_its_life()
    {
        string name = await SleeperAsync();
        string id = await CreateAsync(name, """{"Cmd":["sh","-c","exit 7"]}""");
        (await Api.PostAsync($"/exec/{id}/start", """{"Detach":true}""")).Has(200);
        string[] lines = [];
        await Deadline.HoldsAsync("exec_die", async () =>
        {
            lines = (await Docker.RunAsync("events", "--since", "1h", "--until", "0s", "--filter", "container=" + name, "--format", "{{.Action}} {{.Actor.Attributes.execID}} {{.Actor.Attributes.exitCode}}")).Succeeds().Lines;
            return lines.Any(l => l.StartsWith("exec_die", StringComparison.Ordinal));
        }, () => Engine.LogTail);
        Assert.Equal(
            [$"exec_create: sh -c exit 7 {id} <no value>", $"exec_start: sh -c exit 7 {id} <no value>", $"exec_die {id} 7"],
            lines.Where(l => l.StartsWith("exec_", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Sixty_four_at_once_each_end_for_themselves()
    {
        string name = await SleeperAsync();
        string[] ids = await Task.WhenAll(Enumerable.Range(0, 64).Select(i => CreateAsync(name, $$"""{"Cmd":["sh","-c","sleep 1; exit {{i}}"],"AttachStdout":true}""")));
        foreach (string id in ids)
        {
            (await Api.PostAsync($"/exec/{id}/start", """{"Detach":true}""")).Has(200);
        }

        for (int i = 0; i < ids.Length; i++)
        {
            string id = ids[i];
            await Deadline.HoldsAsync("its end", async () => (await LookAsync(id)).GetProperty("ExitCode").ValueKind == JsonValueKind.Number, () => Engine.LogTail);
            Assert.Equal(i, (await LookAsync(id)).GetProperty("ExitCode").GetInt32());
        }
    }

    private async Task<string> CreateAsync(string container, string body)
        => (await Api.PostAsync($"/containers/{container}/exec", body)).Has(201).Json.GetProperty("Id").GetString()!;

    private async Task<JsonElement> LookAsync(string id) => (await Api.GetAsync($"/exec/{id}/json")).Has(200).Json;
}
