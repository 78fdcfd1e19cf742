using System.Text.RegularExpressions;

namespace Coracle.E2E;

/// <summary>Ports that cannot be had: clients read these texts by pattern, and nothing is left of a start that failed so.</summary>
public sealed partial class PortRefusalTests(PortHost host) : PortTest(host), IClassFixture<PortHost>
{
    private const string Taken = ": Bind for 0.0.0.0:8080 failed: port is already allocated";

    [Theory, InlineData("tcp", "8080:80"), InlineData("udp", "8080:80/udp")]
    public async Task A_port_of_another_container_is_already_allocated(string protocol, string second)
    {
        await Wire.ServeAsync("first", "80", "-p", $"{Port}:80/{protocol}");
        CommandResult refused = (await Wire.RunAsync("second", "80", "-p", second)).Exits(125);
        Assert.Matches(DriverFailed(), FirstLine(refused));
        Assert.EndsWith(Taken, FirstLine(refused), StringComparison.Ordinal);
        Assert.Equal("created", await Docker.SayAsync("inspect", "--format", "{{.State.Status}}", "second"));
        Assert.Equal("{}", await Docker.SayAsync("inspect", "--format", "{{json .NetworkSettings.Ports}}", "second"));
        Assert.Equal($"first {NetworkHost.OutsideAddress}", await Wire.FromOutsideAsync(protocol, NetworkHost.Address, Port));
    }

    [Fact]
    public async Task A_port_of_every_address_is_taken_at_each_of_them()
    {
        await Wire.ServeAsync("first", "80", "-p", $"{Port}:80");
        CommandResult refused = (await Wire.RunAsync("second", "80", "-p", $"127.0.0.1:{Port}:80")).Exits(125);
        Assert.Matches(DriverFailed(), FirstLine(refused));
        // 20.10 compares addresses only as they are written, and finds out when it binds.
        Assert.EndsWith(
            Engine.Kind == EngineKind.Docker ? "listen tcp4 127.0.0.1:8080: bind: address already in use" : "Bind for 127.0.0.1:8080 failed: port is already allocated",
            FirstLine(refused), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Start_says_the_same_by_the_API_and_succeeds_once_the_port_is_free()
    {
        await Wire.ServeAsync("first", "80", "-p", $"{Port}:80");
        await Wire.RunAsync("second", "80", "-p", $"{Port}:80");
        ApiAnswer answer = (await Engine.Api.PostAsync("/containers/second/start")).Has(500);
        Assert.EndsWith(Taken, answer.Message, StringComparison.Ordinal);
        await Docker.SayAsync("rm", "-f", "first");
        await Docker.SayAsync("start", "second");
        await Wire.ReadyAsync("second");
        Assert.Equal($"second {NetworkHost.OutsideAddress}", await Wire.FromOutsideAsync("tcp", NetworkHost.Address, Port));
    }

    [Theory, InlineData("tcp", "0.0.0.0"), InlineData("tcp", "127.0.0.1"), InlineData("tcp", "::"), InlineData("tcp", "::1"), InlineData("udp", "0.0.0.0"), InlineData("udp", "192.0.2.1")]
    public async Task A_port_of_another_program_is_an_address_in_use(string protocol, string address)
    {
        HostFacts before = await Host.FactsAsync();
        await using Command program = await Wire.OccupyAsync(protocol, address, Port);
        CommandResult refused = (await Wire.RunAsync("web", "80", "-p", $"{Port}:80/{protocol}")).Exits(125);
        Assert.Matches(DriverFailed(), FirstLine(refused));
        Assert.Matches(InUse(), FirstLine(refused));
        await Host.IsAsItWasAsync(before);
    }

    [Fact]
    public async Task Of_a_start_that_fails_at_its_last_port_the_others_are_free()
    {
        await using Command program = await Wire.OccupyAsync("tcp", "0.0.0.0", Port);
        (await Wire.RunAsync("web", "80", "-p", "8001:80", "-p", "8002:80/udp", "-p", $"{Port}:80")).Exits(125);
        Assert.Equal("bound", await Wire.BindAsync("tcp", "0.0.0.0", 8001));
        Assert.Equal("bound", await Wire.BindAsync("tcp", "::", 8001));
        Assert.Equal("bound", await Wire.BindAsync("udp", "0.0.0.0", 8002));
        await Wire.ServeAsync("other", "80", "-p", "8001:80", "-p", "8002:80/udp");
    }

    [Fact]
    public async Task An_address_that_is_not_the_hosts_cannot_be_assigned()
    {
        CommandResult refused = (await Wire.RunAsync("web", "80", "-p", $"198.51.100.1:{Port}:80")).Exits(125);
        Assert.Matches(DriverFailed(), FirstLine(refused));
        Assert.EndsWith(": cannot assign requested address", FirstLine(refused), StringComparison.Ordinal);
    }

    [Fact]
    public async Task SCTP_is_published_where_the_kernel_has_it_and_refused_by_name_elsewhere()
    {
        CommandResult result = await Wire.RunAsync("web", "80", "-p", $"{Port}:80/sctp");
        if (File.ReadAllText("/proc/net/protocols").Contains("SCTP", StringComparison.Ordinal))
        {
            await Wire.ReadyAsync("web");
            Assert.Equal($"web {NetworkHost.OutsideAddress}", await Wire.FromOutsideAsync("sctp", NetworkHost.Address, Port));
            Assert.Equal("0.0.0.0:8080\n[::]:8080", await Docker.SayAsync("port", "web", "80/sctp"));
        }
        else
        {
            Assert.Matches(DriverFailed(), FirstLine(result.Exits(125)));
            Assert.EndsWith(": protocol not supported", FirstLine(result), StringComparison.Ordinal);
        }
    }

    private static string FirstLine(CommandResult result) => result.Errors.Split('\n')[0];

    /// <summary>Docker 28 has more before it, 20.10 has not.</summary>
    [GeneratedRegex(@"^docker: Error response from daemon: (failed to set up container networking: )?driver failed programming external connectivity on endpoint (web|second) \([0-9a-f]{64}\): ")]
    private static partial Regex DriverFailed();

    /// <summary>As docker-proxy of 20.10 says it, and as 28.</summary>
    [GeneratedRegex(@": (Error starting userland proxy: listen (tcp|udp)[46] (0\.0\.0\.0|\[::\]):8080: bind|failed to bind host port for (0\.0\.0\.0|\[::\]):8080:[0-9a-f.:\[\]]+:80/(tcp|udp)): address already in use$")]
    private static partial Regex InUse();
}
