using System.Buffers;
using System.Text;
using System.Text.Json;
using Coracle.Api;
using Coracle.Core;
using Coracle.Oci;
using Coracle.Wire;

namespace Coracle.Tests.Api;

public sealed class NetworkSettingsShapeTests
{
    private static readonly ContainerRecord _stopped = new()
    {
        Id = new string('a', 64),
        Name = "web",
        Created = DateTimeOffset.UnixEpoch,
        ImageId = Digest.Of([]),
        Layers = [],
        Config = new ContainerConfig { Hostname = "box" },
        HostConfig = new HostConfig { NetworkMode = "lan" },
        Networks =
        [
            new NetworkMembership
            {
                Network = "lan",
                NetworkId = "n1",
                Wish = new EndpointSettings { IpamConfig = new EndpointIpamConfig { IPv4Address = "10.0.0.5" }, Aliases = ["w"], MacAddress = "92:d0:c6:0a:29:33", GatewayPriority = 2 },
            },
        ],
    };

    private static readonly ContainerRecord _running = _stopped with
    {
        StartedAt = DateTimeOffset.UnixEpoch,
        Sandbox = new SandboxState
        {
            Id = "s1",
            Key = "/proc/7/ns/net",
            Endpoints = [new GivenEndpoint { Network = "lan", NetworkId = "n1", EndpointId = "e1", MacAddress = "92:d0:c6:0a:29:33", IPAddress = "10.0.0.5", IPPrefixLength = 24, Gateway = "10.0.0.1", DnsNames = ["web", "w"] }],
            Ports = PublishedPort.Of(
                [new ContainerPort(443, PortProtocol.Tcp), new ContainerPort(80, PortProtocol.Tcp)],
                [
                    new PortMapping(PortProtocol.Tcp, System.Net.IPAddress.Any, 8080, System.Net.IPAddress.Loopback, 80),
                    new PortMapping(PortProtocol.Tcp, System.Net.IPAddress.IPv6Any, 8080, System.Net.IPAddress.Loopback, 80),
                ]),
        },
    };

    private static string Write(Action<Utf8JsonWriter> write)
    {
        ArrayBufferWriter<byte> buffer = new();
        using Utf8JsonWriter writer = new(buffer, JsonShape.Options);
        writer.WriteStartObject();
        write(writer);
        writer.WriteEndObject();
        writer.Flush();
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    private static JsonElement Settings(ContainerRecord record, ApiVersion version)
        => JsonDocument.Parse(Write(json => NetworkSettingsShape.WriteSettings(json, record, version))).RootElement.GetProperty("NetworkSettings");

    [Fact]
    public void A_running_container_shows_what_it_was_given()
        => Assert.Equal(
            """
            {"NetworkSettings":{"Bridge":"","SandboxID":"s1","SandboxKey":"/proc/7/ns/net","Ports":{"80/tcp":[{"HostIp":"0.0.0.0","HostPort":"8080"},{"HostIp":"::","HostPort":"8080"}],"443/tcp":null},
            "HairpinMode":false,"LinkLocalIPv6Address":"","LinkLocalIPv6PrefixLen":0,"SecondaryIPAddresses":null,"SecondaryIPv6Addresses":null,
            "EndpointID":"","Gateway":"","IPAddress":"","IPPrefixLen":0,"IPv6Gateway":"","GlobalIPv6Address":"","GlobalIPv6PrefixLen":0,"MacAddress":"",
            "Networks":{"lan":{"IPAMConfig":{"IPv4Address":"10.0.0.5"},"Links":null,"Aliases":["w"],"DriverOpts":null,"MacAddress":"92:d0:c6:0a:29:33","GwPriority":2,"NetworkID":"n1","EndpointID":"e1","Gateway":"10.0.0.1",
            "IPAddress":"10.0.0.5","IPPrefixLen":24,"IPv6Gateway":"","GlobalIPv6Address":"","GlobalIPv6PrefixLen":0,"DNSNames":["web","w"]}}}}
            """.ReplaceLineEndings(""),
            Write(json => NetworkSettingsShape.WriteSettings(json, _running, ApiVersion.Newest)));

    [Fact]
    public void A_stopped_one_shows_what_it_asked_for()
    {
        JsonElement lan = Settings(_stopped, ApiVersion.Newest).GetProperty("Networks").GetProperty("lan");
        Assert.Equal(("n1", "", "92:d0:c6:0a:29:33"), (Text(lan, "NetworkID"), Text(lan, "IPAddress"), Text(lan, "MacAddress")));
        Assert.Equal(JsonValueKind.Null, lan.GetProperty("DNSNames").ValueKind);
        Assert.Equal("{}", Settings(_stopped, ApiVersion.Newest).GetProperty("Ports").GetRawText());
        Assert.Equal("", Text(Settings(_stopped with { StartedAt = DateTimeOffset.UnixEpoch }, ApiVersion.Newest).GetProperty("Networks").GetProperty("lan"), "MacAddress"));
    }

    [Theory]
    [InlineData(41, "w,aaaaaaaaaaaa,box", false, false)]
    [InlineData(44, "w,aaaaaaaaaaaa,box", true, false)]
    [InlineData(45, "w", true, false)]
    [InlineData(48, "w", true, true)]
    public void Older_clients_see_the_aliases_of_their_time(int minor, string aliases, bool hasDnsNames, bool hasPriority)
    {
        JsonElement lan = Settings(_running, ApiVersion.Of(minor)).GetProperty("Networks").GetProperty("lan");
        Assert.Equal(aliases, string.Join(',', lan.GetProperty("Aliases").EnumerateArray().Select(alias => alias.GetString())));
        Assert.Equal((hasDnsNames, hasPriority), (lan.TryGetProperty("DNSNames", out _), lan.TryGetProperty("GwPriority", out _)));
    }

    [Fact]
    public void On_the_default_bridge_the_endpoint_is_shown_twice()
    {
        GivenEndpoint given = new() { Network = "bridge", EndpointId = "e2", IPAddress = "172.17.0.2", IPPrefixLength = 16, Gateway = "172.17.0.1", MacAddress = "02:42:ac:11:00:02" };
        JsonElement settings = Settings(
            _running with { Networks = [new NetworkMembership { Network = "bridge" }], Sandbox = new SandboxState { Endpoints = [given] } }, ApiVersion.Of(41));
        Assert.Equal(("172.17.0.2", "e2", "02:42:ac:11:00:02"), (Text(settings, "IPAddress"), Text(settings, "EndpointID"), Text(settings, "MacAddress")));
        JsonElement bridge = settings.GetProperty("Networks").GetProperty("bridge");
        Assert.Equal(JsonValueKind.Null, bridge.GetProperty("Aliases").ValueKind);
        Assert.Equal("172.17.0.1", Text(bridge, "Gateway"));
    }

    [Fact]
    public void The_list_has_numbers()
        => Assert.Equal(
            """{"Ports":[{"IP":"0.0.0.0","PrivatePort":80,"PublicPort":8080,"Type":"tcp"},{"IP":"::","PrivatePort":80,"PublicPort":8080,"Type":"tcp"},{"PrivatePort":443,"Type":"tcp"}]}""",
            Write(json => NetworkSettingsShape.WritePortList(json, _running)));

    [Fact]
    public void The_list_tells_nothing_of_wishes()
    {
        JsonElement lan = JsonDocument.Parse(Write(json => NetworkSettingsShape.WriteNetworks(json, _running, ApiVersion.Newest))).RootElement.GetProperty("Networks").GetProperty("lan");
        Assert.Equal((JsonValueKind.Null, JsonValueKind.Null, JsonValueKind.Null), (lan.GetProperty("Aliases").ValueKind, lan.GetProperty("DNSNames").ValueKind, lan.GetProperty("Links").ValueKind));
        Assert.Equal("10.0.0.5", Text(lan, "IPAddress"));
    }

    [Theory]
    [InlineData("80", 80, PortProtocol.Tcp, true)]
    [InlineData("80/udp", 80, PortProtocol.Tcp, false)]
    [InlineData("8000-8010/UDP", 8010, PortProtocol.Udp, true)]
    [InlineData("8000-8010", 8011, PortProtocol.Tcp, false)]
    public void A_filter_is_for_a_port_or_a_range(string value, int port, PortProtocol protocol, bool has)
        => Assert.Equal(has, PortRanges.Parse(Filters.Parse($$"""{"publish":["{{value}}"]}""", "publish"), "publish").Has(port, protocol));

    [Theory]
    [InlineData("80:80", "filter for 'publish' should not contain ':': 80:80")]
    [InlineData("90-80", "error while looking up for publish 90-80: invalid range specified for port: 90-80")]
    [InlineData("x", "error while looking up for publish x: strconv.ParseUint: parsing \"x\": invalid syntax")]
    public void A_filter_that_is_no_port_is_refused(string value, string words)
        => Assert.Equal(words, Assert.Throws<EngineException>(() => PortRanges.Parse(Filters.Parse($$"""{"publish":["{{value}}"]}""", "publish"), "publish")).Message);

    private static string Text(JsonElement element, string name) => element.GetProperty(name).GetString()!;
}
