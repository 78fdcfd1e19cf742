using System.Text;
using System.Text.Json.Nodes;
using Coracle.Core;
using Coracle.Oci;
using Coracle.Wire;

namespace Coracle.Tests.Core;

/// <summary>What a container's record keeps of networks.</summary>
public sealed class NetworkRecordCodecTests
{
    private static readonly ContainerRecord _record = new()
    {
        Id = ContainerId.Create(),
        Name = "web",
        Created = DateTimeOffset.UnixEpoch,
        ImageId = Digest.Of([]),
        Layers = [],
        Config = new ContainerConfig { ExposedPorts = ["80/tcp"] },
        HostConfig = new HostConfig
        {
            NetworkMode = "lan",
            PortBindings = new Dictionary<string, IReadOnlyList<PortBinding>> { ["80/tcp"] = [new PortBinding { HostIp = "::1", HostPort = "8080" }] },
            Links = ["db:x"],
            PublishAllPorts = true,
        },
        Networks =
        [
            new NetworkMembership
            {
                Network = "lan",
                NetworkId = "n1",
                Wish = new EndpointSettings
                {
                    IpamConfig = new EndpointIpamConfig { IPv4Address = "10.0.0.5", IPv6Address = "fd00::5", LinkLocalIPs = ["169.254.1.1"] },
                    Links = ["a:b"],
                    Aliases = ["w"],
                    MacAddress = "92:d0:c6:0a:29:33",
                    DriverOpts = new Dictionary<string, string> { ["k"] = "v" },
                    GatewayPriority = -3,
                },
            },
            new NetworkMembership { Network = "other" },
        ],
        Links = [new ContainerLink { ContainerId = "c1", Alias = "x" }],
        Sandbox = new SandboxState
        {
            Id = "s1",
            Key = "/run/netns/s1",
            Endpoints = [new GivenEndpoint { Network = "lan", NetworkId = "n1", EndpointId = "e1", IPAddress = "10.0.0.5", IPPrefixLength = 24, Gateway = "10.0.0.1", GlobalIPv6Address = "fd00::5", GlobalIPv6PrefixLength = 64, IPv6Gateway = "fd00::1", MacAddress = "92:d0:c6:0a:29:33", DnsNames = ["web"] }],
            Ports = [new PublishedPort { Port = new ContainerPort(80, PortProtocol.Tcp), HostAddress = "::1", HostPort = 8080 }],
        },
    };

    [Fact]
    public void Everything_said_and_given_is_read_as_it_was_written()
    {
        ReadOnlyMemory<byte> once = ContainerRecordCodec.Encode(_record);
        ContainerRecord read = ContainerRecordCodec.Decode(once);
        Assert.Equal(Encoding.UTF8.GetString(once.Span), Encoding.UTF8.GetString(ContainerRecordCodec.Encode(read).Span));
        EndpointSettings wish = read.Networks[0].Wish;
        Assert.Equal(("10.0.0.5", "fd00::5", "169.254.1.1"), (wish.IpamConfig!.IPv4Address, wish.IpamConfig.IPv6Address, Assert.Single(wish.IpamConfig.LinkLocalIPs!)));
        Assert.Equal(("w", "92:d0:c6:0a:29:33", -3, "v", "a:b"), (wish.Aliases![0], wish.MacAddress, wish.GatewayPriority, wish.DriverOpts!["k"], wish.Links![0]));
        Assert.Equal(("c1", "x"), (read.Links[0].ContainerId, read.Links[0].Alias));
        Assert.Equal((8080, "80/tcp"), (read.Sandbox!.Ports[0].HostPort, read.Sandbox.Ports[0].Port.ToString()));
        Assert.Equal("10.0.0.1", read.Sandbox.On("lan")!.Gateway);
    }

    [Fact]
    public void What_it_was_given_is_part_of_its_life()
    {
        ReadOnlyMemory<byte> life = ContainerRecordCodec.EncodeLife(_record);
        Assert.Equal("s1", ContainerRecordCodec.DecodeLife(life, _record with { Sandbox = null }).Sandbox!.Id);
        Assert.Null(ContainerRecordCodec.DecodeLife(ContainerRecordCodec.EncodeLife(_record with { Sandbox = null }), _record).Sandbox);
    }

    [Fact]
    public void A_record_of_the_first_engines_is_on_its_modes_network()
    {
        JsonNode old = JsonNode.Parse(ContainerRecordCodec.Encode(_record).Span)!;
        JsonObject container = old["container"]!.AsObject();
        container.Remove("networks");
        container.Remove("links");
        container.Remove("sandbox");
        ContainerRecord read = ContainerRecordCodec.Decode(Encoding.UTF8.GetBytes(old.ToJsonString()));
        Assert.Equal(["lan"], read.Networks.Select(membership => membership.Network));
        Assert.Empty(read.Links);
        Assert.Null(read.Sandbox);
    }

    [Fact]
    public void A_port_that_is_none_makes_a_damaged_record()
        => Assert.Throws<FormatException>(() => ContainerRecordCodec.Decode(
            Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(ContainerRecordCodec.Encode(_record).Span).Replace("\"port\":\"80/tcp\"", "\"port\":\"x\"", StringComparison.Ordinal))));
}
