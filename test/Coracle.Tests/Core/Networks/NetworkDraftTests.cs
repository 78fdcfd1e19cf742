using Coracle.Core;
using Coracle.Networking;

namespace Coracle.Tests.Core;

/// <summary>What a create refuses, in Docker's words.</summary>
public sealed class NetworkDraftTests : IDisposable
{
    private readonly NetworkBench _bench = new();

    public void Dispose() => _bench.Dispose();

    [Theory]
    [InlineData(Refusal.Forbidden, "bridge", "", "operation is not permitted on predefined bridge network ")]
    [InlineData(Refusal.InvalidArgument, " ", "", "invalid name: name is empty")]
    [InlineData(Refusal.Conflict, "there", "", "network with name there already exists")]
    [InlineData(Refusal.NotFound, "lan", "foo", "plugin \"foo\" not found")]
    [InlineData(Refusal.Forbidden, "lan", "host", "only one instance of \"host\" network is allowed")]
    [InlineData(Refusal.Forbidden, "lan", "null", "only one instance of \"null\" network is allowed")]
    public void A_name_or_driver_that_cannot_be(Refusal refusal, string name, string driver, string message)
    {
        _bench.Create("there");
        Refuses(refusal, message, new NetworkWish(name) { Driver = driver });
    }

    [Theory]
    [InlineData(BridgeSettings.MtuOption, "x", "failed to parse com.docker.network.driver.mtu value: x (strconv.Atoi: parsing \"x\": invalid syntax)")]
    [InlineData(BridgeSettings.MtuOption, "-1", "invalid MTU number: -1")]
    [InlineData(BridgeSettings.IccOption, "yes", "failed to parse com.docker.network.bridge.enable_icc value: yes (strconv.ParseBool: parsing \"yes\": invalid syntax)")]
    [InlineData(BridgeSettings.HostBindingOption, "x", "failed to parse com.docker.network.bridge.host_binding_ipv4 value: x (nil ip)")]
    [InlineData(BridgeSettings.ModeIPv4Option, "x", "failed to parse com.docker.network.bridge.gateway_mode_ipv4 value: x (unknown gateway mode x)")]
    [InlineData(BridgeSettings.ModeIPv6Option, "isolated", "gateway mode 'isolated' can only be used for an internal network")]
    [InlineData(BridgeSettings.NameOption, "much-too-long-for-a-link", "failed to parse com.docker.network.bridge.name value: much-too-long-for-a-link (not a name for a link)")]
    [InlineData("com.docker.network.enable_ipv6", "x", "driver-opt \"com.docker.network.enable_ipv6\" is not a valid bool")]
    public void A_bridge_option_that_is_none(string option, string value, string message)
        => Refuses(Refusal.InvalidArgument, message, new NetworkWish("lan") { Options = new Dictionary<string, string> { [option] = value } });

    [Theory]
    [InlineData("macvlan", "macvlan_mode", "x", "requested macvlan mode 'x' is not valid, 'bridge' mode is the macvlan driver default")]
    [InlineData("macvlan", "parent", "lo", "loopback interface is not a valid macvlan parent link")]
    [InlineData("ipvlan", "ipvlan_mode", "x", "requested ipvlan mode 'x' is not valid, 'l2' mode is the ipvlan driver default")]
    [InlineData("ipvlan", "ipvlan_flag", "x", "requested ipvlan flag 'x' is not valid, 'bridge' is the ipvlan driver default")]
    public void A_parented_option_that_is_none(string driver, string option, string value, string message)
        => Refuses(Refusal.InvalidArgument, message, new NetworkWish("lan") { Driver = driver, Options = new Dictionary<string, string> { [option] = value } });

    [Fact]
    public void What_is_a_swarms_is_refused()
    {
        Assert.StartsWith("This node is not a swarm manager.", Refused(new NetworkWish("lan") { Driver = "overlay" }).Message, StringComparison.Ordinal);
        Refuses(Refusal.Forbidden, "Ingress network can only be global scope network", new NetworkWish("lan") { Ingress = true });
        Refuses(Refusal.Forbidden, "cannot create a swarm scoped network when swarm is not active", new NetworkWish("lan") { Scope = "swarm" });
    }

    [Fact]
    public void Subnets_must_fit_the_driver_and_each_other()
    {
        Refuses(Refusal.InvalidArgument, "invalid network config:\ninvalid subnet x: invalid CIDR block notation", Subnets("x"));
        Refuses(Refusal.Forbidden, "bridge driver doesn't support multiple subnets", Subnets("10.1.0.0/16", "10.2.0.0/16"));
        Refuses(Refusal.InvalidArgument, "multicast subnet 'ff02::/64' is not allowed", Subnets("ff02::/64") with { EnableIPv6 = true });
        Refuses(Refusal.InvalidArgument, "'fe80::/80' clashes with the Link-Local prefix 'fe80::/64'", Subnets("fe80::/80") with { EnableIPv6 = true });
        Refuses(Refusal.Forbidden, "invalid pool request: Pool overlaps with other one on this address space", Subnets("172.17.0.0/24"));
        Refuses(Refusal.Failed, "failed to allocate gateway (10.1.0.0): Address already in use", Subnets("10.1.0.0/16") with
        {
            Subnets = [new SubnetWish("10.1.0.0/16", "", "10.1.0.0")],
        });
        _bench.Networks.Create(Subnets("10.1.0.0/16", "10.2.0.0/16") with { Driver = "macvlan" }); // nothing was kept of what failed
    }

    [Fact]
    public void A_subnet_of_a_family_that_is_off_is_not_used()
    {
        Assert.Equal("172.18.0.0/16", Assert.Single(_bench.Networks.Create(Subnets("fd00:9::1/64")).Record.Subnets).Subnet.ToString());
        Assert.Empty(_bench.Networks.Create(new NetworkWish("none4") { EnableIPv4 = false }).Record.Subnets);
        Assert.StartsWith("fd", Assert.Single(_bench.Networks.Create(new NetworkWish("six") { EnableIPv4 = false, EnableIPv6 = true }).Record.Subnets).Subnet.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void When_the_pools_are_cut_up_it_is_said_and_routes_are_kept_out_of()
    {
        _bench.Driver.Routes.Add(Subnet.Parse("172.16.0.0/12"));
        Assert.Equal("192.168.0.0/20", _bench.Create("lan").Record.Subnets[0].Subnet.ToString());
        _bench.Driver.Routes.Add(Subnet.Parse("192.168.0.0/16"));
        Refuses(Refusal.InvalidArgument, "all predefined address pools have been fully subnetted", new NetworkWish("other"));
    }

    [Fact]
    public void Two_bridges_have_no_link_in_common_and_passthru_shares_its_parent_with_nobody()
    {
        Network lan = _bench.Create("lan", "", "", "", (BridgeSettings.NameOption, "mine0"));
        Assert.Contains(
            $"conflicts with network {lan.Id} (mine0): networks have same bridge name",
            Refused(new NetworkWish("other") { Options = new Dictionary<string, string> { [BridgeSettings.NameOption] = "mine0" } }).Message,
            StringComparison.Ordinal);
        NetworkWish parented = new("one") { Driver = "macvlan", Options = new Dictionary<string, string> { ["parent"] = "eth0" } };
        Network one = _bench.Networks.Create(parented);
        _bench.Networks.Create(parented with { Name = "two" });
        Assert.Contains(
            "is already using parent interface eth0",
            Refused(parented with { Name = "three", Options = new Dictionary<string, string>(parented.Options) { ["macvlan_mode"] = "passthru" } }).Message,
            StringComparison.Ordinal);
        Assert.NotNull(one.Record.Subnets[0].Gateway);
        Assert.Null(_bench.Networks.Create(new NetworkWish("inner") { Driver = "macvlan" }).Record.Subnets[0].Gateway); // no parent, no way out
    }

    [Fact]
    public void A_configuration_network_lends_what_it_has_and_is_kept_while_lent()
    {
        NetworkWish config = Subnets("10.1.0.0/16") with { Name = "config", ConfigOnly = true, Labels = new Dictionary<string, string> { ["a"] = "b" } };
        Refuses(
            Refusal.Forbidden,
            "configuration network can only contain network specific fields. Network operator fields like [ ingress | internal | attachable | scope ] are not supported.",
            config with { Internal = true });
        Refuses(Refusal.Forbidden, "a configuration network cannot depend on another configuration network", config with { ConfigFrom = "x" });
        Network made = _bench.Networks.Create(config);
        Assert.Equal(("null", true), (made.Record.Driver, made.Record.ConfigOnly));
        Refuses(Refusal.NotFound, "configuration network \"nosuch\" does not exist", new NetworkWish("lan") { ConfigFrom = "nosuch" });
        Refuses(
            Refusal.Forbidden, "user-specified configurations are not supported if the network depends on a configuration network",
            new NetworkWish("lan") { ConfigFrom = "config", EnableIPv6 = true });
        Refuses(
            Refusal.Forbidden, "network driver options are not supported if the network depends on a configuration network",
            new NetworkWish("lan") { ConfigFrom = "config", Options = new Dictionary<string, string> { ["a"] = "b" } });
        Network lan = _bench.Networks.Create(new NetworkWish("lan") { ConfigFrom = "config" });
        Assert.Equal(("10.1.0.0/16", "b", "config", "bridge"), (lan.Record.Subnets[0].Subnet.ToString(), lan.Record.Labels["a"], lan.Record.ConfigFrom, lan.Record.Driver));
        Assert.Equal(
            "error while removing network: configuration network \"config\" is in use", Assert.Throws<EngineException>(() => _bench.Networks.Remove("config")).Message);
        Assert.Equal("cannot create endpoint on configuration-only network", Assert.Throws<EngineException>(() => _bench.Allocate(made, "web")).Message);
        Assert.Equal("make lan", _bench.Driver.Asked[^1]);
    }

    [Fact]
    public void Defaults_of_a_driver_are_given_to_every_new_network_of_it()
    {
        NetworkOptions options = new()
        {
            DriverDefaults = new Dictionary<string, IReadOnlyDictionary<string, string>>
            {
                ["bridge"] = new Dictionary<string, string> { [BridgeSettings.MtuOption] = "1400", ["com.docker.network.enable_ipv6"] = "true" },
            },
        };
        _bench.Open(options);
        Network lan = _bench.Networks.Create(new NetworkWish("lan"));
        Assert.Equal((1400, true), (BridgeSettings.Of(lan.Record).Mtu, lan.Record.EnableIPv6));
        Network own = _bench.Networks.Create(new NetworkWish("own") { EnableIPv6 = false, Options = new Dictionary<string, string> { [BridgeSettings.MtuOption] = "9000" } });
        Assert.Equal((9000, false), (BridgeSettings.Of(own.Record).Mtu, own.Record.EnableIPv6));
        Assert.DoesNotContain("com.docker.network.enable_ipv6", own.Record.Options.Keys);
    }

    private static NetworkWish Subnets(params string[] subnets) => new("lan") { Subnets = [.. subnets.Select(subnet => new SubnetWish(subnet))] };

    private EngineException Refused(NetworkWish wish) => Assert.Throws<EngineException>(() => _bench.Networks.Create(wish));

    private void Refuses(Refusal refusal, string message, NetworkWish wish)
    {
        EngineException refused = Refused(wish);
        Assert.Equal((message, refusal), (refused.Message, refused.Refusal));
    }
}
