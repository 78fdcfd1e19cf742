using System.Net;
using Coracle.Core;
using Coracle.Wire;

namespace Coracle.Tests.Core;

public sealed class PortWishTests
{
    private static string Text(ContainerConfig config, HostConfig host)
        => string.Join(' ', PortWish.Of(config, host).Select(wish => $"{wish.HostAddress}:{wish.First}-{wish.Last}>{wish.Port}"));

    private static HostConfig Host(string port, params ReadOnlySpan<PortBinding> bindings)
        => new() { PortBindings = new Dictionary<string, IReadOnlyList<PortBinding>> { [port] = bindings.ToArray() } };

    [Theory]
    [InlineData("80", "", "8080", ":8080-8080>80/tcp")]
    [InlineData("80/TCP", "127.0.0.1", "80", "127.0.0.1:80-80>80/tcp")]
    [InlineData("53/udp", "[::1]", "", "::1:0-0>53/udp")]
    [InlineData("53/udp", "::ffff:10.0.0.1", "0", "10.0.0.1:0-0>53/udp")]
    [InlineData("9/sctp", "", "8000-8010", ":8000-8010>9/sctp")]
    public void A_binding_is_read(string port, string address, string hostPort, string wish)
        => Assert.Equal(wish, Text(new ContainerConfig(), Host(port, new PortBinding { HostIp = address, HostPort = hostPort })));

    [Theory]
    [InlineData("x/tcp", "", "", "invalid port specification: \"x\"")]
    [InlineData("80-90/tcp", "", "", "invalid port specification: \"80-90\"")]
    [InlineData("0/tcp", "", "", "invalid port specification: \"0\"")]
    [InlineData("70000", "", "", "invalid port specification: \"70000\"")]
    [InlineData("80/foo", "", "", "invalid proto: foo")]
    [InlineData("80", "", "90-80", "invalid port specification: \"90-80\"")]
    [InlineData("80", "", "-1", "invalid port specification: \"-1\"")]
    [InlineData("80", "", "0-80", "invalid port specification: \"0-80\"")]
    [InlineData("80", "localhost", "80", "invalid IP address: localhost")]
    [InlineData("80", "fe80::1%eth0", "80", "invalid IP address: fe80::1%eth0")]
    [InlineData("80", "1", "80", "invalid IP address: 1")]
    [InlineData("80", "010.0.0.1", "80", "invalid IP address: 010.0.0.1")]
    public void What_is_no_port_or_address_is_refused(string port, string address, string hostPort, string words)
        => Assert.Equal(
            words, Assert.Throws<EngineException>(() => Text(new ContainerConfig(), Host(port, new PortBinding { HostIp = address, HostPort = hostPort }))).Message);

    [Fact]
    public void A_port_without_bindings_may_have_any()
        => Assert.Equal(":0-0>80/tcp", Text(new ContainerConfig(), Host("80/tcp")));

    [Fact]
    public void Publish_all_takes_what_is_exposed_and_has_no_binding()
    {
        HostConfig host = Host("80/tcp", new PortBinding { HostPort = "8080" });
        host.PublishAllPorts = true;
        ContainerConfig config = new() { ExposedPorts = ["443", "80/tcp", "8000-8001/udp", "no port"] };
        Assert.Equal(":8080-8080>80/tcp :0-0>443/tcp :0-0>8000/udp :0-0>8001/udp", Text(config, host));
    }

    [Fact]
    public void Who_can_have_one_port_only_comes_before_who_can_choose()
    {
        HostConfig host = Host("80/tcp", new PortBinding(), new PortBinding { HostPort = "8000-8001" }, new PortBinding { HostPort = "32768" });
        Assert.Equal(":32768-32768>80/tcp :8000-8001>80/tcp :0-0>80/tcp", Text(new ContainerConfig(), host));
    }

    [Fact]
    public void More_exposed_ports_than_there_are_are_refused()
        => Assert.Equal(
            "too many exposed ports",
            Assert.Throws<EngineException>(() => PortWish.Exposed(new ContainerConfig { ExposedPorts = [.. Enumerable.Repeat("1-65535", 400_000)] })).Message);

    [Theory]
    [InlineData("10.0.0.2", "", "0.0.0.0", true, "", "0.0.0.0>10.0.0.2 ::>10.0.0.2")]
    [InlineData("10.0.0.2", "fd00::2", "0.0.0.0", true, "", "0.0.0.0>10.0.0.2 ::>fd00::2")]
    [InlineData("10.0.0.2", "fd00::2", "0.0.0.0", false, "", "0.0.0.0>10.0.0.2")]
    [InlineData("10.0.0.2", "fd00::2", "127.0.0.1", true, "", "127.0.0.1>10.0.0.2")]
    [InlineData("10.0.0.2", "", "127.0.0.1", true, "0.0.0.0", "0.0.0.0>10.0.0.2")]
    [InlineData("10.0.0.2", "", "0.0.0.0", true, "::1", "::1>10.0.0.2")]
    [InlineData("", "fd00::2", "0.0.0.0", true, "", "0.0.0.0>fd00::2 ::>fd00::2")]
    [InlineData("", "", "0.0.0.0", true, "", "")]
    public void A_wish_without_an_address_means_those_of_the_network(string v4, string v6, string standard, bool hostHasIPv6, string asked, string places)
    {
        PortSurroundings around = new(Address(v4), Address(v6), IPAddress.Parse(standard), hostHasIPv6);
        PortWish wish = new(new ContainerPort(80, PortProtocol.Tcp), Address(asked), 0, 0);
        Assert.Equal(places, string.Join(' ', around.PlacesOf(wish).Select(place => $"{place.Host}>{place.Container}")));
    }

    [Theory]
    [InlineData("32768\t60999\n", "\n", 32768, 60999, 0)]
    [InlineData("", "", 49153, 65535, 0)]
    [InlineData("60999 32768", "8080,9148-9150\n", 49153, 65535, 4)]
    [InlineData("1 2 3", "x,,9-8", 49153, 65535, 0)]
    public void Ephemeral_ports_are_the_kernels_or_Dockers(string range, string reserved, int first, int last, int count)
    {
        EphemeralPorts ports = EphemeralPorts.Parse(range, reserved);
        Assert.Equal((first, last, count), (ports.First, ports.Last, ports.Reserved.Count));
    }

    private static IPAddress? Address(string text) => text.Length == 0 ? null : IPAddress.Parse(text);
}
