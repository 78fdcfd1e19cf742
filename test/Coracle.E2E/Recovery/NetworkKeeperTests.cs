namespace Coracle.E2E;

/// <summary>Ports and names without an engine: both go on, nobody else gets a port meanwhile, and the next engine has all of it again.</summary>
[Trait("Engine", "coracle")] // dockerd's proxies, names and socket end with it, even with --live-restore
public sealed class NetworkKeeperTests : IAsyncLifetime
{
    private const int Port = 8080;
    private const string Elsewhere = "198.51.100.7";

    private NetworkHost _host = null!;
    private Wire _wire = null!;

    public static TheoryData<string> Ways => new("TERM", "KILL");

    public async ValueTask InitializeAsync()
    {
        _host = await NetworkHost.StartAsync(PortHost.IPv6Options);
        await _host.ResolveByAsync($"nameserver {NetworkHost.OutsideAddress}\n");
        _wire = await Wire.OnAsync(_host);
    }

    public async ValueTask DisposeAsync() => await _host.DisposeAsync();

    [Theory, MemberData(nameof(Ways))]
    public async Task Ports_answer_everywhere_without_an_engine_and_nobody_else_can_bind_them(string way)
    {
        await _wire.ServeAsync("web", "80", "-p", $"{Port}:80", "-p", $"{Port}:80/udp");
        await _host.Docker.SayAsync("network", "create", "front");
        await _wire.ServeAsync("named", "80", "--network", "front", "-p", $"{Port + 1}:80", "-p", $"{Port + 1}:80/udp");
        string before = await _host.Docker.SayAsync("port", "web");
        await using Command held = await _wire.HoldAsync("tcp", NetworkHost.Address, Port);
        await EndAsync(way);
        foreach (string protocol in (string[])["tcp", "udp"])
        {
            await AnswersAsync("web", protocol, Port);
            await AnswersAsync("named", protocol, Port + 1);
            Assert.Equal("bind: EADDRINUSE", await _wire.BindAsync(protocol, "0.0.0.0", Port));
            Assert.Equal("bind: EADDRINUSE", await _wire.BindAsync(protocol, "::", Port));
        }

        await _host.Engine.StartAgainAsync();
        Assert.Equal(before, await _host.Docker.SayAsync("port", "web"));
        await AnswersAsync("web", "tcp", Port);
        await Wire.GoesOnAsync(held);
        Assert.Equal("bind: EADDRINUSE", await _wire.BindAsync("tcp", "127.0.0.1", Port));
        (await _wire.RunAsync("second", "80", "-p", $"{Port}:80")).Exits(125);
        await _host.Docker.SayAsync("stop", "-t", "0", "web");
        Assert.Equal("bound", await _wire.BindAsync("tcp", "0.0.0.0", Port));
        await _host.Docker.SayAsync("start", "second");
        await _wire.ReadyAsync("second");
        await AnswersAsync("second", "tcp", Port);
    }

    [Theory, MemberData(nameof(Ways))]
    public async Task Names_of_peers_and_of_the_world_are_answered_without_an_engine(string way)
    {
        await using Command server = await _wire.NameServerAsync(Elsewhere);
        await _host.Docker.SayAsync("network", "create", "front");
        await _wire.ServeAsync("web", "80", "--network", "front", "--network-alias", "shop");
        await _wire.AskerAsync("asker", "--network", "front");
        string address = await _host.Docker.SayAsync("inspect", "--format", "{{.NetworkSettings.Networks.front.IPAddress}}", "web");
        int asker = await PidAsync("asker");
        await NamesAsync(asker, address);
        await EndAsync(way);
        await NamesAsync(asker, address);
        await _host.Engine.StartAgainAsync();
        await NamesAsync(asker, address);
        await _host.Docker.SayAsync("rm", "-f", "web");
        await _wire.AskerAsync("filler", "--network", "front"); // takes its address
        await _wire.ServeAsync("web", "80", "--network", "front", "--network-alias", "shop");
        await NamesAsync(asker, await _host.Docker.SayAsync("inspect", "--format", "{{.NetworkSettings.Networks.front.IPAddress}}", "web"));
    }

    [Fact]
    public async Task A_port_of_a_container_that_ends_without_an_engine_is_free_at_once()
    {
        await _wire.ServeAsync("web", "80", "-p", $"{Port}:80", "-p", $"{Port}:80/udp");
        int pid = await PidAsync("web");
        await _host.Engine.KillAsync();
        await Signals.SendAsync("KILL", pid);
        foreach (string protocol in (string[])["tcp", "udp"])
        {
            string last = "";
            await Deadline.HoldsAsync($"the {protocol} port to be free", async () => (last = await _wire.BindAsync(protocol, "0.0.0.0", Port)) == "bound", () => last);
        }

        await using (await _wire.OccupyAsync("tcp", "0.0.0.0", Port))
        {
            await _host.Engine.StartAgainAsync();
            Assert.Equal("exited {}", await _host.Docker.SayAsync("inspect", "--format", "{{.State.Status}} {{json .NetworkSettings.Ports}}", "web"));
            (await _host.Docker.RunAsync("start", "web")).Exits(1);
        }

        await _host.Docker.SayAsync("start", "web");
        await _wire.ReadyAsync("web");
        await AnswersAsync("web", "tcp", Port);
    }

    [Theory, InlineData(false), InlineData(true)]
    public async Task A_killed_keeper_is_replaced_and_the_next_has_ports_and_names(bool withEngine)
    {
        await using Command server = await _wire.NameServerAsync(Elsewhere);
        await _host.Docker.SayAsync("network", "create", "front");
        await _wire.ServeAsync("web", "80", "--network", "front", "--network-alias", "shop", "-p", $"{Port}:80", "-p", $"{Port}:80/udp");
        int pid = await PidAsync("web"), keeper = await KeeperAsync();
        string address = await _host.Docker.SayAsync("inspect", "--format", "{{.NetworkSettings.Networks.front.IPAddress}}", "web");
        if (withEngine)
        {
            await _host.Engine.KillAsync();
        }

        await Signals.SendAsync("KILL", keeper);
        await Deadline.HoldsAsync("its end", () => !Processes.Lives(keeper), () => _host.Engine.LogTail);
        if (withEngine)
        {
            await _host.Engine.StartAgainAsync();
        }

        await Deadline.HoldsAsync("the port to be held again", async () => await _wire.BindAsync("tcp", "0.0.0.0", Port) == "bind: EADDRINUSE", () => _host.Engine.LogTail);
        await Deadline.HoldsAsync("the names to be answered again", async () => (await NameAsync(pid, "web")).Contains(address, StringComparison.Ordinal), () => _host.Engine.LogTail);
        await AnswersAsync("web", "tcp", Port);
        await AnswersAsync("web", "udp", Port);
        await NamesAsync(pid, address);
    }

    [Fact]
    public async Task The_sockets_file_in_a_container_reaches_the_engine_after_a_killed_one()
    {
        // The port is something that a keeper is there for; a socket alone needs none.
        await _wire.AskerAsync("client", "-v", $"{_host.Engine.SocketPath}:/engine.sock", "-p", $"{Port}:80");
        int pid = await PidAsync("client");
        string[] ping = [Probe.Inside + "/wire", "ping", "/engine.sock"];
        Assert.Equal("HTTP/1.1 200 OK", (await _wire.InProcessAsync(pid, ping)).Text);
        await _host.Engine.KillAsync();
        await using Command early = _host.Space.Start(["/usr/bin/nsenter", "--target", $"{pid}", "--mount", "--net", .. ping]);
        await _host.Engine.StartAgainAsync();
        Assert.Equal("HTTP/1.1 200 OK", (await _wire.InProcessAsync(pid, ping)).Text);
        Assert.Equal("HTTP/1.1 200 OK", (await early.EndAsync()).Text); // who asked while there was no engine has waited for the next
    }

    private Task EndAsync(string way) => way == "KILL" ? _host.Engine.KillAsync() : _host.Engine.StopAsync();

    private async Task<int> PidAsync(string container)
        => int.Parse(await _host.Docker.SayAsync("inspect", "--format", "{{.State.Pid}}", container), System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>The one process of this host that keeps.</summary>
    private async Task<int> KeeperAsync()
    {
        string space = (await _host.OnHostAsync("readlink", "/proc/self/ns/net")).Succeeds().Text;
        return Assert.Single(Processes.All(), id => Processes.CommandLine(id).StartsWith("coracle-monitor keeper", StringComparison.Ordinal) && Processes.LinkOf(id, "ns/net") == space);
    }

    private async Task AnswersAsync(string name, string protocol, int port)
    {
        Assert.Equal($"{name} {NetworkHost.OutsideAddress}", await _wire.FromOutsideAsync(protocol, NetworkHost.Address, port));
        foreach (string address in (string[])["127.0.0.1", "::1", NetworkHost.Address])
        {
            string answer = await _wire.FromHostAsync(protocol, address, port);
            Assert.True(answer.StartsWith(name + " ", StringComparison.Ordinal), $"{protocol} {address}: {answer}");
        }
    }

    private async Task<string> NameAsync(int pid, string name) => (await _wire.InProcessAsync(pid, "/bin/nslookup", name)).Output;

    private async Task NamesAsync(int pid, string address)
    {
        Assert.Contains(address, await NameAsync(pid, "web"), StringComparison.Ordinal);
        Assert.Contains(address, await NameAsync(pid, "shop"), StringComparison.Ordinal);
        Assert.Contains(Elsewhere, await NameAsync(pid, "device.example"), StringComparison.Ordinal);
    }
}
