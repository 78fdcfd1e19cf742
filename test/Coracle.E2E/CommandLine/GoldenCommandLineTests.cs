namespace Coracle.E2E;

/// <summary>
/// Docker's command line and ours, asked the same of the same engine: standard output, standard error and exit code are compared byte for
/// byte. Ours is called by the name docker, so that not even a name has to be replaced; a row is tried again, the two side by side, where a second
/// may have passed between them ("4 seconds ago"). Nothing else is forgiven.
/// </summary>
public sealed class GoldenCommandLineTests(Stage stage) : EngineTest(stage)
{
    private const string GoldenVersion = "28.";
    private const int Tries = 6;

    /// <summary>
    /// One invocation a line. <c>{…}</c> are the things of the test; what stands before <c>;;</c> is done by docker first, for each of the two;
    /// what stands behind <c>##</c> says why ours differs on purpose: such a row fails when it no longer does.
    /// </summary>
    private const string Rows = """
        ps
        ps -a
        ps -aq --no-trunc
        ps -a --no-trunc
        ps -as
        ps -n 1
        ps -l --format '{{.Names}}'
        ps -a --format json
        ps -a --format raw
        ps -a --format '{{.ID}} {{.Names}} {{.Image}} {{.Command}} {{.State}} {{.Labels}} {{.Label "a"}} {{.Mounts}} {{.Networks}} {{.LocalVolumes}} {{.Size}}'
        ps -a --format 'table {{.Names}}\t{{.Status}} {{.RunningFor}}\t{{.Ports}}'
        ps -a --format 'table {{upper .Names}}\t{{json .Labels}}\t{{.Label "a"}}'
        ps -q --format '{{.Names}}'
        ps -a --format '{{.Nosuch}}'
        ps -a --format '{{.ID'
        ps -a --filter name={name}
        ps -a --filter name=nobody-has-this-name
        ps -a --filter nosuch=1
        ps -a --filter nonsense
        ps --nosuch
        ps -Z
        ps -n x
        ps one
        images
        images -q
        images --digests
        images --no-trunc
        images {repository}
        images no-such-image
        images --format '{{.Repository}}:{{.Tag}} {{.ID}} {{.Size}} {{.CreatedSince}} {{.CreatedAt}}'
        images --format 'table {{.ID}}\t{{.Tag}}'
        images --filter dangling=true
        images --format '{{.X}}'
        images one two  ## Docker's says 'SRun'
        inspect {name}
        inspect {app}
        inspect {name} {app} no-such-thing
        inspect no-such-thing
        inspect --type container no-such-thing
        inspect --type image no-such-thing
        inspect --type nonsense {name}
        inspect -s -f '{{.SizeRootFs}}' {name}
        inspect -f '{{.State.Status}} {{.State.Pid}} {{.Config.Labels}} {{.HostConfig.Binds}} {{json .Mounts}}' {name}
        inspect -f '{{range .Mounts}}{{.Type}}:{{.Destination}} {{end}}{{.Args}} {{join .Config.Env ","}}' {name}
        inspect -f '{{index .Config.Labels "a"}} {{.Config.Labels.nosuch}} {{len .Config.Env}}' {name}
        inspect -f '{{.State.Nosuch}}' {name}
        inspect -f '{{if .State.Running}}up{{else}}down{{end}} {{eq .State.Status "running"}}' {name}
        inspect -f '{{printf "%s|%5d|%q" .Name .State.ExitCode .Driver}}' {name}
        inspect -f '{{.Id' {name}
        container inspect no-such-thing
        container inspect -f '{{.Name}}' {name}
        image inspect {app}
        image inspect no-such-thing
        volume inspect no-such-thing
        network inspect no-such-thing
        top {name}
        top {name} -o pid,comm
        top no-such-thing
        history {app}
        history --no-trunc {app}
        history -q {app}
        history --human=false {app}
        history --format '{{.CreatedBy}} {{.Size}}' {app}
        history no-such-thing
        events --since {since} --until {until}
        events --since {since} --until {until} --format json
        events --since {since} --until {until} --filter type=container --format '{{.Type}} {{.Action}} {{.Actor.ID}} {{.Actor.Attributes.name}}'
        events --since {since} --until {until} --format '{{.Nosuch}}'
        events --since nonsense
        info -f '{{.ServerVersion}} {{.Driver}} {{.OSType}} {{.Images}} {{.Containers}} {{.ContainersRunning}} {{.Plugins.Volume}} {{.SecurityOptions}}'
        info -f '{{.Nosuch}}'
        info  ## the client's half shows our version
        version  ## the client's half shows our version, and no Go, commit or date of a build
        version -f '{{.Server.Version}} {{.Server.Os}} {{.Client.Os}}'
        version -f '{{.Nosuch}}'
        -H unix:///no/such/socket ps
        -H unix:///no/such/socket info -f '{{.ID}}'
        -H unix:///no/such/socket version -f '{{.Client.Arch}}'
        system df
        system df -v
        system df --format json
        system df --format '{{.Type}}: {{.TotalCount}} {{.Active}} {{.Size}} {{.Reclaimable}}'
        system prune
        system prune -a --volumes --filter label=x
        image prune
        image prune -a
        image prune -f --filter label=nobody-has-this
        volume prune
        volume ls
        volume ls -q
        volume ls --format json
        volume create --label a=b golden
        volume inspect golden
        volume inspect -f '{{.Name}} {{.Labels}}' golden
        volume create golden ;; volume rm golden
        volume create a/b
        volume rm no-such-thing
        volume rm -f no-such-thing
        network ls
        network ls --no-trunc
        network ls --format '{{.Name}} {{.Driver}} {{.Scope}} {{.Internal}}'
        network ls -q
        network inspect none -f '{{.Name}} {{.Driver}}'
        tag {app} golden:1
        tag no-such-thing golden:2
        tag {app} UPPER
        tag {app} golden:1 ;; rmi golden:1
        rmi no-such-thing
        rmi -f no-such-thing
        rmi {app}
        pull {app}
        pull -q {app}
        pull UPPER
        pull {app}-nosuch
        pull -a one:two
        load -i /no/such/file
        load -i /no/such/directory/file
        save no-such-thing
        save -o /no/such/directory/file {app}
        import /no/such/file
        import /dev/null UPPER
        nosuch
        image nosuch
        ps --help
        inspect --help
        system df --help
        history
        rmi
        """;

    [Fact]
    public async Task Both_programs_say_the_same()
    {
        string version = (await Docker.RunAsync("--version")).Output;
        // An older docker has other words; what 28 says was recorded, and RecordedCommandLineTests compares with it on every machine.
        bool isGolden = version.Contains($"version {GoldenVersion}", StringComparison.Ordinal);
        Dictionary<string, string> things = await PrepareAsync();
        string ours = OwnNamedDocker();
        List<string> failures = [];
        foreach (string row in Rows.Split('\n'))
        {
            (string line, string? reason) = row.Split("  ## ") is [string before, string after] ? (before, after) : (row, null);
            string filled = things.Aggregate(line, (text, thing) => text.Replace("{" + thing.Key + "}", thing.Value, StringComparison.Ordinal));
            (CommandResult docker, CommandResult own) = await CompareAsync(filled, ours);
            bool isSame = IsSame(filled, docker, own);
            if (isGolden && isSame != reason is null)
            {
                failures.Add(reason is null ? $"{line}\n--- docker: {docker}\n--- ours: {own}" : $"{line}: no longer a difference: {reason}");
            }
            else if (!isGolden && docker.ExitCode == 0 && own.ExitCode != 0)
            {
                failures.Add($"{line}: docker {version} can, and ours says {own}");
            }
        }

        await Docker.RunAsync("volume", "rm", "-f", "golden");
        await Docker.RunAsync("rmi", "golden:1");
        Assert.True(failures.Count == 0, $"{failures.Count} differences:\n" + string.Join("\n\n", failures));
    }

    private async Task<Dictionary<string, string>> PrepareAsync()
    {
        long since = DateTimeOffset.UtcNow.ToUnixTimeSeconds() - 1;
        string name = Name(); // its processes stay the same ones: two programs look at them, one after the other
        await Docker.SayAsync("run", "-d", "--name", name, "--network", "none", "--label", "a=1", "--label", "b=x=y", "-v", "/tmp:/there:ro", App, "sh", "-c", "echo ready; sleep 1000; true");
        await LogHoldsAsync(name, "ready");
        string other = Name();
        await Docker.SayAsync("create", "--name", other, "--network", "none", App, "sh", "-c", "echo \"a command longer than its column\"");
        await Docker.SayAsync("start", "-a", other);
        // The second in which the last event was is over when the clock says the next.
        long until = DateTimeOffset.UtcNow.ToUnixTimeSeconds() + 1;
        await Deadline.HoldsAsync("the next second", () => DateTimeOffset.UtcNow.ToUnixTimeSeconds() >= until, () => Engine.LogTail);
        return new Dictionary<string, string>
        {
            ["name"] = name,
            ["app"] = App,
            ["repository"] = App[..App.LastIndexOf(':')],
            ["since"] = $"{since}",
            ["until"] = $"{until}",
        };
    }

    private async Task<(CommandResult Docker, CommandResult Own)> CompareAsync(string row, string ours)
    {
        (string before, string line) = row.Split(" ;; ") is [string first, string second] ? (first, second) : ("", row);
        (CommandResult Docker, CommandResult Own) results = (await RunAsync(DockerCli.Newest, before, line), await RunAsync(ours, before, line));
        for (int i = 1; i < Tries && !IsSame(row, results.Docker, results.Own); i++)
        {
            Task<CommandResult> docker = RunAsync(DockerCli.Newest, before, line);
            if (before.Length > 0)
            {
                _ = await docker; // the two would meet each other's
            }

            Task<CommandResult> own = RunAsync(ours, before, line);
            results = (await docker, await own);
        }

        return results;
    }

    private async Task<CommandResult> RunAsync(string program, string before, string line)
    {
        if (before.Length > 0)
        {
            await Docker.RunAsync(Words(before));
        }

        Dictionary<string, string> environment = Machine.Environment(Engine.Root);
        environment["DOCKER_HOST"] = $"unix://{Engine.SocketPath}";
        environment["DOCKER_CONFIG"] = Path.Combine(Engine.Root, "client");
        return await Command.RunAsync(program, Words(line), environment);
    }

    private static bool IsSame(string row, CommandResult one, CommandResult other)
        => (one.ExitCode, Ordered(row, one.Output), one.Errors) == (other.ExitCode, Ordered(row, other.Output), other.Errors);

    /// <summary>dockerd lists images of the same second in any order, another one each time.</summary>
    private static string Ordered(string row, string text)
        => Engine.Kind == EngineKind.Docker && row.StartsWith("images", StringComparison.Ordinal)
            ? string.Join('\n', text.Split('\n').Order(StringComparer.Ordinal))
            : text;

    /// <summary>Our program under docker's name, which then stands in its texts.</summary>
    private string OwnNamedDocker()
    {
        string directory = Directory.CreateDirectory(Path.Combine(Engine.Root, "bin")).FullName;
        string link = Path.Combine(directory, "docker");
        File.Delete(link);
        File.CreateSymbolicLink(link, Path.GetFullPath(Engine.Program));
        return link;
    }

    /// <summary>As a shell splits them: single quotes keep everything.</summary>
    private static string[] Words(string line)
    {
        List<string> words = [];
        foreach (string part in line.Split('\'').Select((text, i) => i % 2 == 1 ? "'" + text : text))
        {
            words.AddRange(part.StartsWith('\'') ? [part[1..]] : part.Split(' ', StringSplitOptions.RemoveEmptyEntries));
        }

        return [.. words];
    }
}
