namespace Coracle.E2E;

/// <summary>A port is its container's from start to end, and nobody's afterwards.</summary>
public sealed class PortLifeTests(PortHost host) : PortTest(host), IClassFixture<PortHost>
{
    [Theory, InlineData("tcp"), InlineData("udp")]
    public async Task No_other_program_can_bind_a_published_port(string protocol)
    {
        await Wire.ServeAsync("web", "80", "-p", $"{Port}:80/{protocol}");
        foreach (string address in (string[])["0.0.0.0", "127.0.0.1", NetworkHost.Address, "::", "::1"])
        {
            Assert.Equal("bind: EADDRINUSE", await Wire.BindAsync(protocol, address, Port));
        }

        Assert.Equal("bound", await Wire.BindAsync(protocol == "tcp" ? "udp" : "tcp", "0.0.0.0", Port));
    }

    [Theory, InlineData("stop -t 0"), InlineData("kill"), InlineData("rm -f")]
    public async Task A_port_is_free_once_its_container_has_ended(string verb)
    {
        await Wire.ServeAsync("web", "80", "-p", $"{Port}:80", "-p", $"{Port}:80/udp");
        await using Command held = await Wire.HoldAsync("tcp", NetworkHost.Address, Port); // its connection is then in TIME_WAIT or worse
        await Docker.SayAsync([.. verb.Split(' '), "web"]);
        await Deadline.HoldsAsync("its end", async () => (await Docker.SayAsync("ps", "-q")).Length == 0, () => Engine.LogTail);
        foreach (string protocol in (string[])["tcp", "udp"])
        {
            string last = "";
            await Deadline.HoldsAsync($"the {protocol} port to be free", async () => (last = await Wire.BindAsync(protocol, "0.0.0.0", Port)) == "bound", () => last);
            Assert.Equal("bound", await Wire.BindAsync(protocol, "::", Port));
        }

        await Wire.ServeAsync("next", "80", "-p", $"{Port}:80", "-p", $"{Port}:80/udp");
        Assert.Equal($"next {NetworkHost.OutsideAddress}", await Wire.FromOutsideAsync("tcp", NetworkHost.Address, Port));
    }

    [Fact]
    public async Task A_port_is_free_when_its_container_ends_by_itself()
    {
        await Docker.SayAsync("run", "-d", "--name", "brief", "-p", $"{Port}:80", Host.App, "sleep", "0.3");
        await Docker.SayAsync("wait", "brief");
        Assert.Equal("bound", await Wire.BindAsync("tcp", "0.0.0.0", Port));
    }

    [Fact]
    public async Task A_UDP_flow_follows_to_the_container_that_takes_the_place()
    {
        await Wire.ServeAsync("first", "80", "-p", $"{Port}:80/udp");
        Assert.Equal($"first {NetworkHost.OutsideAddress}", await AskAsync());
        await Docker.SayAsync("rm", "-f", "first");
        await Wire.AskerAsync("filler"); // takes the address of the first
        await Wire.ServeAsync("second", "80", "-p", $"{Port}:80/udp");
        Assert.Equal($"second {NetworkHost.OutsideAddress}", await AskAsync());
    }

    [Fact]
    public async Task A_UDP_flow_that_went_on_meanwhile_reaches_the_new_container()
    {
        await Wire.ServeAsync("first", "80", "-p", $"{Port}:80/udp");
        await AskAsync();
        await Docker.SayAsync("rm", "-f", "first");
        Assert.Equal("receive: ECONNREFUSED", await AskAsync()); // the kernel now knows this flow as one to the host itself
        await Wire.ServeAsync("second", "80", "-p", $"{Port}:80/udp");
        string answer = await AskAsync();
        // dockerd's proxy takes it up instead, and the asker's address is lost (docs/differences.md).
        Assert.Equal($"second {(Engine.Kind == EngineKind.Docker ? await AddressAsync("second", field: "Gateway") : NetworkHost.OutsideAddress)}", answer);
    }

    [Fact]
    public async Task A_port_goes_on_when_its_container_joins_and_leaves_another_network()
    {
        await Docker.SayAsync("network", "create", "other");
        await Wire.ServeAsync("web", "80", "-p", $"{Port}:80");
        await using Command held = await Wire.HoldAsync("tcp", NetworkHost.Address, Port);
        await Docker.SayAsync("network", "connect", "other", "web");
        Assert.Equal($"web {NetworkHost.OutsideAddress}", await Wire.FromOutsideAsync("tcp", NetworkHost.Address, Port));
        await Docker.SayAsync("network", "disconnect", "other", "web");
        Assert.Equal($"web {NetworkHost.OutsideAddress}", await Wire.FromOutsideAsync("tcp", NetworkHost.Address, Port));
        await Wire.GoesOnAsync(held);
    }

    [Fact]
    public async Task A_paused_containers_port_stays_its_own()
    {
        await Wire.ServeAsync("web", "80", "-p", $"{Port}:80");
        await Docker.SayAsync("pause", "web");
        Assert.Equal("bind: EADDRINUSE", await Wire.BindAsync("tcp", "0.0.0.0", Port));
        await Docker.SayAsync("unpause", "web");
        Assert.Equal($"web {NetworkHost.OutsideAddress}", await Wire.FromOutsideAsync("tcp", NetworkHost.Address, Port));
    }

    [Fact]
    public async Task A_restarted_container_has_its_port_again()
    {
        await Wire.ServeAsync("web", "80", "-p", $"{Port}:80");
        await Docker.SayAsync("restart", "-t", "0", "web");
        await Deadline.HoldsAsync("the answer after the restart", async () => await Wire.FromOutsideAsync("tcp", NetworkHost.Address, Port) == $"web {NetworkHost.OutsideAddress}", () => Engine.LogTail);
    }

    private Task<string> AskAsync() => Wire.FromOutsideAsync("udp", NetworkHost.Address, Port, from: 5000);
}
