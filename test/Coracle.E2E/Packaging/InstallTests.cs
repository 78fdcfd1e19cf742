namespace Coracle.E2E;

/// <summary><c>coracle install</c> into a root of its own, by the file that ships: it carries its texts and copies itself.</summary>
[Trait("Engine", "coracle")]
public sealed class InstallTests : IAsyncLifetime
{
    private readonly string _root = Machine.NewDirectory();

    public ValueTask InitializeAsync()
    {
        Directory.CreateDirectory(At("/etc"));
        File.WriteAllText(At("/etc/group"), "root:x:0:\n");
        return ValueTask.CompletedTask;
    }

    public ValueTask DisposeAsync()
    {
        Directory.Delete(_root, recursive: true);
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task It_installs_itself_with_units_says_each_step_and_goes_again()
    {
        string[] first = (await RunAsync("install", "--systemd")).Succeeds().Lines;
        Assert.Equal(
            [
                "made      /usr/local/bin/coracle",
                "made      group coracle",
                "made      /etc/coracle/daemon.json",
                "made      /etc/systemd/system/coracle.socket",
                "made      /etc/systemd/system/coracle.service",
                "made      /etc/systemd/system/sockets.target.wants/coracle.socket -> /etc/systemd/system/coracle.socket",
                "made      /etc/systemd/system/multi-user.target.wants/coracle.service -> /etc/systemd/system/coracle.service",
                "next: systemctl daemon-reload && systemctl start coracle.socket coracle.service",
            ],
            first);
        Assert.Equal(await File.ReadAllBytesAsync(Engine.Program), await File.ReadAllBytesAsync(At("/usr/local/bin/coracle")));
        Assert.All((await RunAsync("install", "--systemd")).Succeeds().Lines[..^1], line => Assert.StartsWith("unchanged ", line, StringComparison.Ordinal));

        CommandResult gone = await Command.RunAsync(At("/usr/local/bin/coracle"), ["uninstall", "--systemd", "--root", _root], Machine.Environment(_root));
        Assert.Contains("removed   /usr/local/bin/coracle\n", gone.Succeeds().Output, StringComparison.Ordinal);
        Assert.Equal([At("/etc/coracle/daemon.json"), At("/etc/group")], Files());
    }

    [Fact]
    public async Task A_dry_run_touches_nothing()
    {
        Assert.Contains("would be made      /usr/local/bin/coracle\n", (await RunAsync("install", "--dry-run")).Succeeds().Output, StringComparison.Ordinal);
        Assert.Equal([At("/etc/group")], Files());
    }

    [Theory]
    [InlineData("dockerd", "Called as dockerd: socket /run/docker.sock, group docker, ")]
    [InlineData("balenad", "Called as balenad: socket /run/balena-engine.sock, group balena-engine, ")]
    public async Task Installed_as_another_engine_it_is_that_engine_by_its_name(string name, string words)
    {
        (await RunAsync("install", "--no-systemd", "--name", name)).Succeeds();
        CommandResult help = await Command.RunAsync(At($"/usr/local/bin/{name}"), ["--help"], Machine.Environment(_root));
        Assert.StartsWith($"Usage:  {name} [OPTIONS]\n", help.Succeeds().Output, StringComparison.Ordinal);
        Assert.Contains(words, help.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_init_script_starts_tells_and_stops_the_engine()
    {
        (await RunAsync("install", "--no-systemd")).Succeeds();
        // The script as it is, with every place of the machine moved below the root.
        string script = await File.ReadAllTextAsync(At("/etc/init.d/coracle"));
        Directory.CreateDirectory(At("/run"));
        string[] options = ["daemon", "-H", $"unix://{At("/s")}", "--data-root", At("/data"), "--exec-root", At("/exec"), "--config-file", At("/etc/coracle/daemon.json"), "--bridge", "none"];
        script = script.Replace("\"/usr/local", $"\"{_root}/usr/local", StringComparison.Ordinal)
            .Replace("=\"/run/", $"=\"{_root}/run/", StringComparison.Ordinal).Replace("=\"/var/log/", $"=\"{_root}/", StringComparison.Ordinal)
            .Replace("arguments=\"daemon\"", $"arguments=\"{string.Join(' ', options)}\"", StringComparison.Ordinal);
        await File.WriteAllTextAsync(At("/script"), script);

        (await ScriptAsync("status")).Exits(3);
        Assert.Equal("coracle started", (await ScriptAsync("start")).Succeeds().Text);
        using var api = new RawApi(At("/s"));
        await Deadline.HoldsAsync("an answer to /_ping", api.PingAsync, () => File.ReadAllText(At("/coracle.log")));
        Assert.StartsWith("coracle is running (", (await ScriptAsync("status")).Succeeds().Text, StringComparison.Ordinal);
        Assert.Equal("coracle is running already", (await ScriptAsync("start")).Succeeds().Text);
        Assert.Equal("coracle stopped", (await ScriptAsync("stop")).Succeeds().Text);
        (await ScriptAsync("status")).Exits(3);
        Assert.False(await api.PingAsync());
    }

    private string At(string path) => _root + path;

    private string[] Files() => [.. Directory.EnumerateFiles(_root, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)];

    private Task<CommandResult> RunAsync(params string[] arguments) => Command.RunAsync(Engine.Program, [.. arguments, "--root", _root], Machine.Environment(_root));

    private Task<CommandResult> ScriptAsync(string verb) => Command.RunAsync("/bin/sh", [At("/script"), verb], Machine.Environment(_root));
}
