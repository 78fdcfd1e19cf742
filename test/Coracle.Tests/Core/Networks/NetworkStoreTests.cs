using System.Net;
using Coracle.Core;
using Coracle.Linux;
using Coracle.Networking;

namespace Coracle.Tests.Core;

public sealed class NetworkStoreTests : IDisposable
{
    private readonly NetworkBench _bench = new();

    public void Dispose() => _bench.Dispose();

    [Fact]
    public void The_first_start_makes_three_networks_and_every_other_finds_them()
    {
        Network[] first = [.. _bench.Networks.List()];
        Assert.Equal(["bridge bridge", "host host", "none null"], first.Select(network => $"{network.Name} {network.Record.Driver}"));
        NetworkSubnet subnet = Assert.Single(first[0].Record.Subnets);
        Assert.Equal(("172.17.0.0/16", "172.17.0.1"), (subnet.Subnet.ToString(), subnet.Gateway?.ToString()));
        Assert.Equal("docker0", BridgeSettings.Of(first[0].Record).Link);
        Assert.Equal(["make bridge"], _bench.Driver.Asked);

        _bench.Driver.Routes.Add(Subnet.Parse("172.17.0.0/16")); // the route of our own bridge
        Assert.Equal(first.Select(network => network.Id), _bench.Open().List().Select(network => network.Id));
        Assert.Equal("172.17.0.0/16", _bench.Networks.Get("bridge").Record.Subnets[0].Subnet.ToString());
        Assert.Empty(_bench.Told());
    }

    [Fact]
    public void The_default_network_is_as_the_configuration_has_it()
    {
        NetworkStore networks = _bench.Open(new NetworkOptions
        {
            Bip = new BridgeAddress(IPAddress.Parse("10.9.0.5"), 24),
            FixedCidr = Subnet.Parse("10.9.0.128/25"),
            DefaultGateway = IPAddress.Parse("10.9.0.200"),
            Mtu = 1400,
            Icc = false,
            IpMasquerade = false,
            IPv6 = true,
            FixedCidrV6 = Subnet.Parse("2001:db8::/64"),
            HostBinding = IPAddress.Loopback,
            Bridge = "mine0",
        });
        Network bridge = networks.Get("bridge");
        Assert.Equal(
            ["10.9.0.0/24 10.9.0.128/25 10.9.0.5", "2001:db8::/64  2001:db8::1"],
            bridge.Record.Subnets.Select(subnet => $"{subnet.Subnet} {subnet.Range} {subnet.Gateway}"));
        BridgeSettings settings = BridgeSettings.Of(bridge.Record);
        Assert.Equal(("mine0", 1400, false, false, true), (settings.Link, settings.Mtu, settings.Icc, settings.Masquerade, settings.IsDefault));
        Assert.Equal(IPAddress.Loopback, settings.HostBinding);
        NetworkEndpoint endpoint = _bench.Allocate(bridge, "web");
        Assert.Equal(("10.9.0.128/24", "10.9.0.200", "2001:db8::2/64", "2001:db8::1"), (endpoint.IPv4!.ToString(), endpoint.IPv4.Gateway!.ToString(), endpoint.IPv6!.ToString(), endpoint.IPv6.Gateway!.ToString()));
        Assert.Equal("172.17.0.0/16", _bench.Open().Get("bridge").Record.Subnets[0].Subnet.ToString());
    }

    [Fact]
    public void An_owners_bridge_says_the_subnet_by_its_address()
    {
        _bench.Driver.Addresses.Add(new BridgeAddress(IPAddress.Parse("10.97.0.1"), 24));
        NetworkSubnet subnet = Assert.Single(_bench.Open(new NetworkOptions { Bridge = "br-mine" }).Get("bridge").Record.Subnets);
        Assert.Equal(("10.97.0.0/24", "10.97.0.1"), (subnet.Subnet.ToString(), subnet.Gateway!.ToString()));
    }

    [Fact]
    public void An_engine_may_have_no_default_network()
    {
        _bench.Open(new NetworkOptions { Bridge = NetworkOptions.NoBridge });
        Assert.Equal(["host", "none"], _bench.Networks.List().Select(network => network.Name));
        Assert.Equal(["bridge", "host", "none"], _bench.Open().List().Select(network => network.Name));
    }

    [Fact]
    public void A_network_is_found_by_id_by_name_and_by_the_beginning_of_its_id()
    {
        Network lan = _bench.Create("lan");
        Assert.Equal(lan.Id, _bench.Networks.Get(lan.Id.Text).Id);
        Assert.Equal(lan.Id, _bench.Networks.Get("lan").Id);
        Assert.Equal(lan.Id, _bench.Networks.Get(lan.Id.Short).Id);
        Refuses(Refusal.NotFound, "network la not found", () => _bench.Networks.Get("la"));
        Network shadow = _bench.Create(lan.Id.Text[..20]);
        Assert.Equal(shadow.Id, _bench.Networks.Get(lan.Id.Text[..20]).Id);
        for (int i = 0; i < 20; i++)
        {
            _bench.Networks.Create(new NetworkWish($"config{i}") { ConfigOnly = true }); // of 17 ids two begin with one digit
        }

        string digit = _bench.Networks.List().GroupBy(network => network.Id.Text[..1]).First(group => group.Count() > 1).Key;
        Assert.Contains($"network {digit} is ambiguous (", Assert.Throws<EngineException>(() => _bench.Networks.Get(digit)).Message, StringComparison.Ordinal);
        Assert.False(_bench.Networks.TryGet(digit, out _));
    }

    [Fact]
    public void What_was_made_is_there_after_a_start_as_it_was()
    {
        Network made = _bench.Networks.Create(new NetworkWish("lan")
        {
            EnableIPv6 = true,
            Internal = true,
            Attachable = true,
            IpamOptions = new Dictionary<string, string> { ["o"] = "1" },
            Subnets = [new SubnetWish("10.1.0.0/16", "10.1.5.0/24", "10.1.0.9", new Dictionary<string, string> { ["router"] = "10.1.5.0" }), new SubnetWish("fd00:5::/64")],
            Options = new Dictionary<string, string> { [BridgeSettings.MtuOption] = "1400" },
            Labels = new Dictionary<string, string> { ["a"] = "b" },
        });
        Network found = _bench.Open().Get("lan");
        Assert.Equal(NetworkRecordJson.ToJson(made.Record), NetworkRecordJson.ToJson(found.Record));
        Assert.Equal("10.1.5.1/16", _bench.Allocate(found, "web").IPv4!.ToString());
        Assert.Equal(["make bridge", "make lan"], _bench.Driver.Asked.TakeLast(2));
        Refuses(Refusal.Forbidden, "invalid pool request: Pool overlaps with other one on this address space", () => _bench.Create("other", "10.1.0.0/24"));
    }

    [Fact]
    public void A_record_that_cannot_be_read_is_set_aside_and_the_engine_starts()
    {
        Network lan = _bench.Create("lan");
        string file = $"{_bench.Path}/{lan.Id}.json";
        File.WriteAllText(file, "{\"version\":1}");
        Assert.DoesNotContain(_bench.Open().List(), network => network.Name == "lan");
        Assert.True(File.Exists(file + ".damaged"));
        File.WriteAllText($"{_bench.Path}/{lan.Id}.json", File.ReadAllText(Directory.GetFiles(_bench.Path, "*.json")[0]));
        Assert.Equal(3, _bench.Open().List().Count);
    }

    [Fact]
    public void A_host_that_says_no_leaves_nothing_behind()
    {
        _bench.Driver.Fails = "make";
        Assert.Throws<EngineException>(() => _bench.Create("lan", "10.1.0.0/16"));
        Assert.Equal(["make lan", "remove lan"], _bench.Driver.Asked.TakeLast(2));
        Assert.Equal(3, Directory.GetFiles(_bench.Path).Length);
        _bench.Create("lan", "10.1.0.0/16");
    }

    [Fact]
    public void A_start_survives_a_host_that_says_no()
    {
        _bench.Create("lan");
        _bench.Driver.Fails = "make";
        Assert.Equal(4, _bench.Open().List().Count);
    }

    [Fact]
    public void What_is_used_or_predefined_is_not_removed()
    {
        Network lan = _bench.Create("lan");
        NetworkEndpoint endpoint = _bench.Allocate(lan, "web");
        Refuses(
            Refusal.Forbidden, $"error while removing network: network lan has active endpoints (name:\"web\" id:\"{endpoint.Id[..12]}\")",
            () => _bench.Networks.Remove("lan"));
        Refuses(Refusal.Forbidden, "bridge is a pre-defined network and cannot be removed", () => _bench.Networks.Remove("bridge"));
        Refuses(Refusal.NotFound, "network nosuch not found", () => _bench.Networks.Remove("nosuch"));
        _bench.Networks.Release(lan.Id, NetworkBench.Id("web"));
        _bench.Driver.Fails = "remove";
        Assert.Throws<EngineException>(() => _bench.Networks.Remove("lan"));
        Assert.Equal(lan.Id, _bench.Networks.Get("lan").Id);
        _bench.Networks.Remove(lan.Id.Short);
        Assert.Equal(["create lan bridge", "destroy lan bridge"], _bench.Told());
        Assert.Equal(lan.Record.Subnets[0].Subnet, _bench.Create("next").Record.Subnets[0].Subnet);
        Assert.Equal(["bridge", "host", "next", "none"], _bench.Open().List().Select(network => network.Name));
    }

    [Fact]
    public void Prune_takes_what_nobody_is_on_and_fits()
    {
        _bench.Allocate(_bench.Create("used"), "web");
        _bench.Networks.Create(new NetworkWish("kept") { Labels = new Dictionary<string, string> { ["keep"] = "" } });
        _bench.Networks.Create(new NetworkWish("config") { ConfigOnly = true });
        _bench.Create("old");
        NetworkPrune prune = new(_bench.Networks, TimeProvider.System);
        Assert.Empty(prune.Run(Filters.Parse("""{"until":["24h"]}""", "until"), CancellationToken.None));
        Assert.Equal(["old"], prune.Run(Filters.Parse("""{"label!":["keep"]}""", "label!"), CancellationToken.None));
        Assert.Equal(["kept"], prune.Run(Filters.None, CancellationToken.None));
        Assert.Equal("prune", _bench.Told()[^1].Trim());
    }

    [Fact]
    public void A_full_network_says_so_in_Dockers_words()
    {
        Network lan = _bench.Create("lan", "10.1.0.0/29", "10.1.0.4/31");
        Assert.Equal("10.1.0.4", lan.Record.Subnets[0].Gateway?.ToString());
        Assert.Equal("10.1.0.5/29", _bench.Allocate(lan, "one").IPv4!.ToString());
        Refuses(Refusal.Failed, $"no available IPv4 addresses on this network's address pools: lan ({lan.Id})", () => _bench.Allocate(lan, "two"));
        EndpointWish named = new(NetworkBench.Id("two"), "two") { IPv4 = IPAddress.Parse("10.1.0.5") };
        Refuses(Refusal.Forbidden, "Address already in use", () => _bench.Networks.Allocate(lan.Id, named));
        Refuses(Refusal.Forbidden, "endpoint with name one already exists in network lan", () => _bench.Allocate(lan, "one"));
        _bench.Networks.Release(lan.Id, NetworkBench.Id("one"));
        Assert.Equal("10.1.0.5/29", _bench.Networks.Allocate(lan.Id, named).IPv4!.ToString());
    }

    [Fact]
    public void An_endpoint_of_a_running_container_is_taken_again_with_its_addresses()
    {
        Network lan = _bench.Create("lan");
        NetworkEndpoint endpoint = _bench.Allocate(lan, "web");
        NetworkStore next = _bench.Open();
        Assert.Equal("web", Assert.Single(next.Found(endpoint)!.Endpoints).ContainerName);
        next.Rename(endpoint.Container, "app");
        Assert.Equal("app", next.Get("lan").Of(endpoint.Container)?.ContainerName);
        Assert.NotEqual(endpoint.IPv4, _bench.Allocate(lan, "other").IPv4);
        Assert.Null(next.Found(endpoint with { Network = NetworkId.Create() }));
    }

    [Fact]
    public void Wherever_a_creation_or_removal_is_cut_there_is_a_whole_network_or_none()
    {
        foreach (string point in (string[])["durable:written", "durable:flushed", "durable:renamed", "network:recorded", "network:removed"])
        {
            Cut(point, () => _bench.Create("lan", "10.1.0.0/16"));
            bool isThere = _bench.Open().TryGet("lan", out Network? found);
            Assert.Equal(isThere, found?.Record.Subnets.Count == 1);
            if (!isThere)
            {
                _bench.Create("lan", "10.1.0.0/16");
            }

            Cut(point, () => _bench.Networks.Remove("lan"));
            if (_bench.Open().TryGet("lan", out _))
            {
                _bench.Networks.Remove("lan");
            }

            Assert.Equal(3, Directory.GetFiles(_bench.Path).Length);
        }
    }

    private static void Cut(string point, Action act)
    {
        CrashPoint.Observer = reached => { if (reached == point) { throw new PowerCut(); } };
        try
        {
            act();
        }
        catch (PowerCut)
        {
            // what is on the disk now is what the next start finds
        }
        finally
        {
            CrashPoint.Observer = null;
        }
    }

    private static void Refuses(Refusal refusal, string message, Action act)
    {
        EngineException refused = Assert.Throws<EngineException>(act);
        Assert.Equal((message, refusal), (refused.Message, refused.Refusal));
    }

    private sealed class PowerCut : Exception;
}
