namespace Coracle.E2E;

/// <summary>Who reaches a published port, and as whom he is seen there.</summary>
public sealed class ReachTests(PortHost host) : PortTest(host), IClassFixture<PortHost>
{
    public static TheoryData<string> Protocols => new("tcp", "udp");

    [Theory, MemberData(nameof(Protocols))]
    public async Task From_outside_a_port_answers_in_both_families_and_knows_who_asks(string protocol)
    {
        await Wire.ServeAsync("web", "80", "-p", $"{Port}:80/{protocol}");
        Assert.Equal($"web {NetworkHost.OutsideAddress}", await Wire.FromOutsideAsync(protocol, NetworkHost.Address, Port));
        Assert.Equal($"web {NetworkHost.OutsideIPv6}", await Wire.FromOutsideAsync(protocol, NetworkHost.AddressIPv6, Port));
        string other = protocol == "tcp" ? "udp" : "tcp";
        Assert.EndsWith(": ECONNREFUSED", await Wire.FromOutsideAsync(other, NetworkHost.Address, Port), StringComparison.Ordinal);
        Assert.EndsWith(": ECONNREFUSED", await Wire.FromOutsideAsync(protocol, NetworkHost.Address, Port + 1), StringComparison.Ordinal);
    }

    [Theory, MemberData(nameof(Protocols))]
    public async Task On_the_host_a_port_answers_at_every_address_of_its_own(string protocol)
    {
        await Wire.ServeAsync("web", "80", "-p", $"{Port}:80/{protocol}");
        // dockerd's proxy answers UDP from 127.0.0.1, whichever was asked (docs/differences.md).
        string another = protocol == "udp" && Engine.Kind == EngineKind.Docker ? "127.0.0.1" : "127.0.0.2";
        foreach (string address in (string[])["127.0.0.1", "::1", another, NetworkHost.Address, NetworkHost.AddressIPv6])
        {
            string answer = await Wire.FromHostAsync(protocol, address, Port);
            Assert.True(answer.StartsWith("web ", StringComparison.Ordinal), $"{address}: {answer}");
        }
    }

    [Fact]
    public async Task A_container_reaches_its_own_port_by_the_addresses_of_the_host()
    {
        await Wire.ServeAsync("web", "80", "-p", $"{Port}:80");
        await ReachesAsync("web", "tcp", NetworkHost.Address);
        await ReachesAsync("web", "tcp", NetworkHost.AddressIPv6);
        await ReachesAsync("web", "tcp", await AddressAsync("web", field: "Gateway"));
    }

    [Fact]
    public async Task Neighbours_reach_a_port_by_the_addresses_of_the_host_on_its_network_and_on_others()
    {
        await Docker.SayAsync("network", "create", "other");
        await Wire.ServeAsync("web", "80", "-p", $"{Port}:80");
        await Wire.AskerAsync("near");
        await Wire.AskerAsync("far", "--network", "other");
        await ReachesAsync("near", "tcp", NetworkHost.Address);
        await ReachesAsync("near", "tcp", NetworkHost.AddressIPv6);
        await ReachesAsync("near", "tcp", await AddressAsync("near", field: "Gateway"));
        await ReachesAsync("far", "tcp", NetworkHost.Address);
        await ReachesAsync("far", "tcp", await AddressAsync("far", "other", "Gateway"));
    }

    /// <remarks>dockerd's proxy answers UDP from another address than the one that was asked (docs/differences.md).</remarks>
    [Fact, Trait("Engine", "coracle")]
    public async Task Containers_reach_UDP_ports_by_the_address_of_the_host_too()
    {
        await Docker.SayAsync("network", "create", "other");
        await Wire.ServeAsync("web", "80", "-p", $"{Port}:80/udp");
        await Wire.AskerAsync("near");
        await Wire.AskerAsync("far", "--network", "other");
        foreach (string container in (string[])["web", "near", "far"])
        {
            await ReachesAsync(container, "udp", NetworkHost.Address);
        }
    }

    [Fact]
    public async Task A_container_without_IPv6_is_reached_by_IPv6_all_the_same()
    {
        await Docker.SayAsync("network", "create", "four");
        await Wire.ServeAsync("web", "80", "--network", "four", "-p", $"{Port}:80", "-p", $"{Port}:80/udp");
        foreach (string protocol in (string[])["tcp", "udp"])
        {
            Assert.StartsWith("web ", await Wire.FromHostAsync(protocol, "::1", Port), StringComparison.Ordinal);
            Assert.StartsWith("web ", await Wire.FromOutsideAsync(protocol, NetworkHost.AddressIPv6, Port), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_port_of_one_address_answers_at_no_other()
    {
        await Wire.ServeAsync("web", "80 81 82", "-p", $"127.0.0.1:{Port}:80", "-p", $"{NetworkHost.Address}:{Port + 1}:81", "-p", $"[::1]:{Port + 2}:82");
        Assert.StartsWith("web ", await Wire.FromHostAsync("tcp", "127.0.0.1", Port), StringComparison.Ordinal);
        Assert.StartsWith("web ", await Wire.FromOutsideAsync("tcp", NetworkHost.Address, Port + 1), StringComparison.Ordinal);
        Assert.StartsWith("web ", await Wire.FromHostAsync("tcp", "::1", Port + 2), StringComparison.Ordinal);
        foreach ((string address, int port) in ((string, int)[])[("127.0.0.2", Port), ("::1", Port), ("127.0.0.1", Port + 1), ("::1", Port + 1), ("127.0.0.1", Port + 2)])
        {
            Assert.Equal("connect: ECONNREFUSED", await Wire.FromHostAsync("tcp", address, port));
        }

        Assert.Equal("connect: ECONNREFUSED", await Wire.FromOutsideAsync("tcp", NetworkHost.Address, Port));
        Assert.Equal("connect: ECONNREFUSED", await Wire.FromOutsideAsync("tcp", NetworkHost.AddressIPv6, Port + 2));
    }

    [Fact]
    public async Task Many_bytes_go_through_a_port_whole_in_both_directions()
    {
        await Wire.ServeAsync("web", "80", "-p", $"{Port}:80");
        foreach (string address in (string[])["127.0.0.1", "::1"])
        {
            Assert.Equal("poured", (await Host.OnHostAsync(Wire.Program, "pour", address, $"{Port}", "20")).Succeeds().Text);
        }

        Assert.Equal("poured", (await Host.OutsideAsync(Wire.Program, "pour", NetworkHost.Address, $"{Port}", "20")).Succeeds().Text);
    }

    private async Task ReachesAsync(string container, string protocol, string address)
    {
        string answer = await Wire.FromContainerAsync(container, protocol, address, Port);
        Assert.True(answer.StartsWith("web ", StringComparison.Ordinal), $"{container} asks {address}: {answer}");
    }
}
