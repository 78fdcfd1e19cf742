using System.Globalization;

namespace Coracle.E2E;

/// <summary>Which ports are published, and what docker port, ps and inspect say of them.</summary>
public sealed class PortListTests(PortHost host) : PortTest(host), IClassFixture<PortHost>
{
    private const int FirstEphemeral = 32768;

    [Fact]
    public async Task Each_place_shows_what_was_given()
    {
        await Wire.ServeAsync("web", "80", "-p", $"{Port}:80", "-p", "5353:53/udp", "-p", "127.0.0.1:8443:443");
        Assert.Equal(
            ["443/tcp -> 127.0.0.1:8443", "53/udp -> 0.0.0.0:5353", "53/udp -> [::]:5353", "80/tcp -> 0.0.0.0:8080", "80/tcp -> [::]:8080"],
            (await Docker.SayAsync("port", "web")).Split('\n').Order(StringComparer.Ordinal));
        Assert.Equal("0.0.0.0:8080\n[::]:8080", await Docker.SayAsync("port", "web", "80"));
        Assert.Equal("0.0.0.0:5353\n[::]:5353", await Docker.SayAsync("port", "web", "53/udp"));
        Assert.Equal("Error: No public port '53' published for web\n", (await Docker.RunAsync("port", "web", "53")).Exits(1).Errors);
        Assert.Equal(
            "0.0.0.0:5353->53/udp, 0.0.0.0:8080->80/tcp, 127.0.0.1:8443->443/tcp, [::]:5353->53/udp, [::]:8080->80/tcp",
            string.Join(", ", (await Docker.SayAsync("ps", "--format", "{{.Ports}}")).Split(", ").Order(StringComparer.Ordinal)));
        Assert.Equal(
            """{"443/tcp":[{"HostIp":"127.0.0.1","HostPort":"8443"}],"53/udp":[{"HostIp":"0.0.0.0","HostPort":"5353"},{"HostIp":"::","HostPort":"5353"}],"80/tcp":[{"HostIp":"0.0.0.0","HostPort":"8080"},{"HostIp":"::","HostPort":"8080"}]}""",
            await Docker.SayAsync("inspect", "--format", "{{json .NetworkSettings.Ports}}", "web"));
    }

    [Fact]
    public async Task A_range_is_published_port_by_port()
    {
        await Wire.ServeAsync("web", "80 81 82", "-p", "9100-9102:80-82");
        Assert.Equal("0.0.0.0:9101\n[::]:9101", await Docker.SayAsync("port", "web", "81"));
        foreach (int port in (int[])[9100, 9101, 9102])
        {
            Assert.Equal($"web {NetworkHost.OutsideAddress}", await Wire.FromOutsideAsync("tcp", NetworkHost.Address, port));
        }
    }

    [Fact]
    public async Task Of_a_range_of_the_host_each_container_gets_the_next_and_the_last_none()
    {
        await Wire.ServeAsync("first", "80", "-p", "9100-9101:80");
        await Wire.ServeAsync("second", "80", "-p", "9100-9101:80");
        Assert.Equal($"first {NetworkHost.OutsideAddress}", await Wire.FromOutsideAsync("tcp", NetworkHost.Address, 9100));
        Assert.Equal($"second {NetworkHost.OutsideAddress}", await Wire.FromOutsideAsync("tcp", NetworkHost.Address, 9101));
        CommandResult third = (await Wire.RunAsync("third", "80", "-p", "9100-9101:80")).Exits(125);
        Assert.Contains(": all ports are allocated", third.Errors, StringComparison.Ordinal);
    }

    /// <remarks>dockerd 20.10 fails at its proxy; 28 does this.</remarks>
    [Fact, Trait("Engine", "coracle")]
    public async Task Of_a_range_what_another_program_has_is_passed_over()
    {
        await using Command taken = await Wire.OccupyAsync("tcp", "0.0.0.0", 9100);
        await Wire.ServeAsync("web", "80", "-p", "9100-9102:80");
        Assert.Equal("0.0.0.0:9101\n[::]:9101", await Docker.SayAsync("port", "web", "80"));
    }

    [Fact]
    public async Task Exposed_ports_are_published_where_there_is_room()
    {
        await Wire.ServeAsync("web", "81 82", "-P", "--expose", "81", "--expose", "82/udp");
        (int first, int second) = (await GivenAsync("web", "81"), await GivenAsync("web", "82/udp"));
        Assert.InRange(first, FirstEphemeral, 65535);
        Assert.Equal($"web {NetworkHost.OutsideAddress}", await Wire.FromOutsideAsync("tcp", NetworkHost.Address, first));
        Assert.Equal($"web {NetworkHost.OutsideAddress}", await Wire.FromOutsideAsync("udp", NetworkHost.Address, second));
        Assert.Equal($"web {NetworkHost.OutsideIPv6}", await Wire.FromOutsideAsync("tcp", NetworkHost.AddressIPv6, first));
    }

    [Fact]
    public async Task A_port_without_a_number_is_another_one_after_each_start()
    {
        await Wire.ServeAsync("web", "80", "-p", "80");
        int first = await GivenAsync("web", "80");
        await Docker.SayAsync("stop", "-t", "0", "web");
        Assert.Equal("{}", await Docker.SayAsync("inspect", "--format", "{{json .NetworkSettings.Ports}}", "web"));
        Assert.Equal("bound", await Wire.BindAsync("tcp", "0.0.0.0", first));
        await Docker.SayAsync("start", "web");
        int second = await GivenAsync("web", "80");
        Assert.NotEqual(first, second);
        await Deadline.HoldsAsync("the answer at the new port", async () => await Wire.FromHostAsync("tcp", NetworkHost.Address, second) == $"web {NetworkHost.Address}", () => Engine.LogTail);
    }

    /// <summary>The one port that IPv4 and IPv6 share.</summary>
    private async Task<int> GivenAsync(string container, string port)
    {
        int[] ports = [.. (await Docker.SayAsync("port", container, port)).Split('\n').Select(l => int.Parse(l[(l.LastIndexOf(':') + 1)..], CultureInfo.InvariantCulture))];
        Assert.Equal(2, ports.Length);
        return Assert.Single(ports.Distinct());
    }
}
