using System.Net.Sockets;
using System.Text;

namespace Coracle.E2E;

/// <summary>The engine as whoever starts it sees it: what it tells systemd, and what it says of options and configuration.</summary>
[Trait("Engine", "coracle")]
public sealed class ServiceTests : IAsyncLifetime
{
    private readonly string _root = Machine.NewDirectory();

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync()
    {
        Directory.Delete(_root, recursive: true);
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task It_tells_systemd_that_it_is_ready_when_it_answers_and_that_it_stops()
    {
        using var heard = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        heard.Bind(new UnixDomainSocketEndPoint(Path.Combine(_root, "notify")));
        Dictionary<string, string> environment = Machine.Environment(_root);
        environment["NOTIFY_SOCKET"] = Path.Combine(_root, "notify");
        string socket = Path.Combine(_root, "s");
        await using Command engine = Command.Start(
            Engine.Program, ["daemon", "-H", $"unix://{socket}", "--data-root", Path.Combine(_root, "d"), "--exec-root", Path.Combine(_root, "x"), "--bridge", "none"], environment);
        Assert.Equal($"MAINPID={engine.Id}\nREADY=1", await HearAsync(heard));
        using var api = new RawApi(socket);
        Assert.True(await api.PingAsync()); // asked once: ready means ready

        await engine.SignalAsync("TERM");
        Assert.Equal("STOPPING=1", await HearAsync(heard));
        (await engine.EndAsync()).Succeeds();
    }

    [Theory]
    [InlineData("unknown flag: --nonsense", "--nonsense")]
    [InlineData("no sockets found via socket activation: make sure the service was started by systemd", "-H", "fd://")]
    [InlineData("unable to listen on unix:///run/: an absolute path is needed", "-H", "unix:///run/")]
    [InlineData("\"daemon\" accepts no arguments: 'run'", "run")]
    public async Task What_it_cannot_do_it_says_and_ends_with_1_and_makes_nothing(string words, params string[] arguments)
    {
        CommandResult refused = await DaemonAsync([.. arguments, "--data-root", Path.Combine(_root, "d"), "--exec-root", Path.Combine(_root, "x"), "--bridge", "none"]);
        Assert.Contains(words, refused.Exits(1).Errors, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFileSystemEntries(_root));
    }

    [Theory]
    [InlineData("""{"debug": true}""", 0, "configuration OK")]
    [InlineData("""{"debug": "yes"}""", 1, "debug: true or false is expected, not \"yes\"")]
    [InlineData("""{"storage-diver": "overlay2"}""", 1, "the following directives don't match any configuration option: storage-diver")]
    [InlineData("""{"labels": ["a=b"], "hosts": [}""", 1, "daemon.json: ")]
    public async Task A_configuration_is_checked_without_starting(string json, int code, string words)
    {
        string file = Path.Combine(_root, "daemon.json");
        await File.WriteAllTextAsync(file, json);
        Assert.Contains(words, (await DaemonAsync("--validate", "--config-file", file)).Exits(code).Everything, StringComparison.Ordinal);
        Assert.Equal([file], Directory.EnumerateFileSystemEntries(_root));
    }

    [Fact]
    public async Task Help_has_every_option_that_works_and_where_things_are()
    {
        string help = (await DaemonAsync("--help")).Succeeds().Output;
        Assert.StartsWith("Usage:  coracle daemon [OPTIONS]\n", help, StringComparison.Ordinal);
        string[] options = ["-H, --host list", "--data-root string", "--config-file string", "-G, --group string", "--validate", "--insecure-registry list"];
        Assert.All(options, option => Assert.Contains(option, help, StringComparison.Ordinal));
        Assert.Contains("socket /run/coracle/coracle.sock, group coracle, data root /var/lib/coracle", help, StringComparison.Ordinal);
    }

    private Task<CommandResult> DaemonAsync(params string[] arguments) => Command.RunAsync(Engine.Program, ["daemon", .. arguments], Machine.Environment(_root));

    private static async Task<string> HearAsync(Socket socket)
    {
        byte[] message = new byte[4096];
        using var limit = new CancellationTokenSource(Deadline.Usual);
        return Encoding.UTF8.GetString(message, 0, await socket.ReceiveAsync(message, limit.Token));
    }
}
