namespace Coracle.E2E;

/// <summary>The life of a container by coracle's own command line, in Docker's words.</summary>
public sealed class OwnLifeTests(Stage stage) : OwnCommandTest(stage)
{
    [Fact]
    public async Task A_container_lives_from_create_to_rm()
    {
        string name = Name();
        string id = (await OwnAsync("create", "--name", name, "--network", "none", App, "sh", "-c", "trap 'exit 3' TERM; echo ready; while :; do sleep 0.1; done")).Succeeds().Text;
        Assert.Matches("^[0-9a-f]{64}$", id);
        foreach (string verb in (string[])["start", "restart", "stop", "start", "kill", "rm"])
        {
            if (verb is "restart" or "stop")
            {
                await LogHoldsAsync(name, "ready");
            }

            Assert.Equal(name + "\n", (await OwnAsync([verb, .. verb is "restart" or "stop" ? (string[])["-t", "5"] : [], name])).Succeeds().Output);
            if (verb == "kill")
            {
                Assert.Equal("137\n", (await OwnAsync("wait", name)).Succeeds().Output);
            }
        }

        Assert.Equal($"Error response from daemon: No such container: {name}\n", (await OwnAsync("rm", name)).Exits(1).Errors);
        Assert.Equal($"Error response from daemon: No such container: {name}\n", (await OwnAsync("rm", "-f", name)).Succeeds().Errors);
    }

    [Fact]
    public async Task Pause_and_unpause_stop_and_go_on()
    {
        string name = await SleeperAsync();
        Assert.Equal(name + "\n", (await OwnAsync("pause", name)).Succeeds().Output);
        Assert.Equal("You cannot attach to a paused container, unpause it first\n", (await OwnAsync("attach", "--no-stdin", name)).Exits(1).Errors);
        (await OwnAsync("exec", name, "true")).Exits(1);
        Assert.Equal(name + "\n", (await OwnAsync("container", "unpause", name)).Succeeds().Output);
        (await OwnAsync("exec", name, "true")).Succeeds();
    }

    [Fact]
    public async Task A_new_name_is_the_only_one()
    {
        string old = await SleeperAsync(), now = Name();
        Assert.Equal("", (await OwnAsync("rename", old, now)).Succeeds().Output);
        Assert.Equal("/" + now, await InspectAsync(now, "{{.Name}}"));
        Assert.Equal(
            $"Error response from daemon: No such container: {old}\nError: failed to rename container named {old}\n", (await OwnAsync("rename", old, "x")).Exits(1).Errors);
    }

    [Fact]
    public async Task Several_are_done_though_one_fails()
    {
        string one = await SleeperAsync(), two = await SleeperAsync();
        CommandResult stop = (await OwnAsync("stop", "-t", "5", one, "nosuch", two)).Exits(1);
        Assert.Equal(($"{one}\n{two}\n", "Error response from daemon: No such container: nosuch\n"), (stop.Output, stop.Errors));
        CommandResult start = (await OwnAsync("start", one, "nosuch", two)).Exits(1);
        Assert.Equal($"{one}\n{two}\n", start.Output);
        Assert.Equal("Error response from daemon: No such container: nosuch\nError: failed to start containers: nosuch\n", start.Errors);
    }

    [Fact]
    public async Task Prune_asks_and_removes_what_has_stopped()
    {
        string name = Name();
        string id = await Docker.SayAsync("create", "--name", name, "--network", "none", "--label", "pruned=" + name, App, "true");
        string[] prune = ["container", "prune", "--filter", "label=pruned=" + name];
        const string Question = "WARNING! This will remove all stopped containers.\nAre you sure you want to continue? [y/N] ";
        Assert.Equal(Question, (await OwnWithInputAsync("n\n", prune)).Succeeds().Output);
        Assert.Equal($"{Question}Deleted Containers:\n{id}\n\nTotal reclaimed space: 0B\n", (await OwnWithInputAsync("y\n", prune)).Succeeds().Output);
        Assert.Equal("Total reclaimed space: 0B\n", (await OwnAsync([.. prune, "-f"])).Succeeds().Output);
    }

    [Fact]
    public async Task Exec_has_streams_environment_and_exit_codes()
    {
        string name = await SleeperAsync();
        CommandResult exec = await OwnWithInputAsync("in\n", "exec", "-i", "-e", "A=b c", "-w", "/tmp", "-u", "1000:1001", name, "sh", "-c", "cat; echo $A; pwd; id -u; echo err >&2; exit 42");
        Assert.Equal(("in\nb c\n/tmp\n1000\n", "err\n"), (exec.Exits(42).Output, exec.Errors));
        // 20.10 still said 126.
        (await OwnAsync("exec", name, "nosuch")).Exits(Engine.Kind == EngineKind.Docker ? 126 : 127);
        Assert.Equal("", (await OwnAsync("exec", "-d", name, "sh", "-c", "echo by exec > /tmp/made")).Succeeds().Output);
        await Deadline.HoldsAsync("the file of the exec", async () => (await OwnAsync("exec", name, "cat", "/tmp/made")).Output == "by exec\n", () => Engine.LogTail);
        Assert.Equal("Error response from daemon: No such container: nosuch\n", (await OwnAsync("exec", "nosuch", "true")).Exits(1).Errors);
    }

    [Fact]
    public async Task Exit_codes_tell_what_went_wrong()
    {
        Assert.Equal(42, (await OwnAsync("run", "--rm", "--network", "none", App, "sh", "-c", "exit 42")).ExitCode);
        Assert.Equal(125, (await OwnAsync("run", "--nosuch", App)).ExitCode);
        Assert.Equal(126, (await OwnAsync("run", "--rm", "--network", "none", App, "/links/notexecutable")).ExitCode);
        CommandResult missing = (await OwnAsync("run", "--rm", "--network", "none", App, "nosuch")).Exits(127);
        Assert.StartsWith("coracle: Error response from daemon: ", missing.Errors, StringComparison.Ordinal);
        Assert.EndsWith("\n\nRun 'coracle run --help' for more information\n", missing.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_log_is_cut_by_tail_and_time()
    {
        string name = Name();
        (await OwnAsync("run", "--name", name, "--network", "none", App, "sh", "-c", "echo one; echo two; echo three")).Succeeds();
        Assert.Equal("one\ntwo\nthree\n", (await OwnAsync("logs", name)).Succeeds().Output);
        Assert.Equal("three\n", (await OwnAsync("logs", "-n", "1", name)).Succeeds().Output);
        Assert.Equal("", (await OwnAsync("logs", "--since", "2099-01-02T13:23:37Z", name)).Succeeds().Everything);
        Assert.Equal("one\ntwo\nthree\n", (await OwnAsync("logs", "--since", "1h", name)).Succeeds().Output);
        Assert.Matches("^20[0-9-]{8}T[0-9:.]+Z three\n$", (await OwnAsync("logs", "-t", "--tail=1", name)).Succeeds().Output);
        Assert.Equal("invalid value for \"since\": failed to parse value as time or duration: \"soon\"\n", (await OwnAsync("logs", "--since", "soon", name)).Exits(1).Errors);
    }

    [Fact]
    public async Task The_id_goes_to_a_file_that_must_not_be_there()
    {
        string file = Path.Combine(Engine.Root, Name());
        string id = (await OwnAsync("run", "-d", "--cidfile", file, "--network", "none", App, "true")).Succeeds().Text;
        Assert.Equal(id, await File.ReadAllTextAsync(file));
        Assert.StartsWith(
            $"coracle: container ID file found, make sure the other container isn't running or delete {file}\n",
            (await OwnAsync("run", "--cidfile", file, "--network", "none", App, "true")).Exits(125).Errors,
            StringComparison.Ordinal);
        File.Delete(file);
    }
}
