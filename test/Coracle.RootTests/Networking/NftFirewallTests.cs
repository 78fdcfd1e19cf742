using Coracle.Linux;
using Coracle.Networking;
using static Coracle.RootTests.Networking.Neighbourhood;
using TransportProtocol = Coracle.Networking.TransportProtocol;

namespace Coracle.RootTests.Networking;

[Trait("Needs", "root")]
public sealed class NftFirewallTests : FirewallCases
{
    private const string Flush = "nft flush ruleset";

    internal override FirewallOptions Options => new();

    /// <summary>As the nft command reads it: every set, map and rule is what it looks like in the design.</summary>
    [Fact]
    public void The_table_is_the_one_that_was_designed()
    {
        Do(wall => wall.Reconcile(new([One, Two with { KeepsNeighboursApart = true }, Inner], [Web, Mine, Tcp("0.0.0.0", 0, "172.30.0.2")])));
        string table = Shell(Place.Host, "nft list table ip coracle");
        Assert.True(table == DesignedTable.Text, table); // the whole of it, which Assert.Equal would cut
        Assert.Contains("coracle", Shell(Place.Host, "nft list table ip6 coracle"), StringComparison.Ordinal);
    }

    [Fact]
    public void Steps_lead_to_the_same_table_as_the_whole()
    {
        PublishedPort stream = Web with { Protocol = TransportProtocol.Sctp, HostPort = 9000 };
        Do(wall => wall.Reconcile(new([One, Two, Inner], [Web, Mine, Names, stream])));
        string whole = Shell(Place.Host, "nft list ruleset");
        Assert.Contains("sctp . 9000 : 172.30.0.2 . 80", whole, StringComparison.Ordinal);
        Do(wall => wall.Reconcile(new([], [])));
        Assert.Equal("", Shell(Place.Host, "nft list ruleset"));
        Do(wall => wall.AddNetwork(One));
        Do(wall => wall.Publish([Second]));
        Do(wall => wall.AddNetwork(Two with { Masquerades = false }));
        Do(wall => wall.AddNetwork(Two)); // changed
        Do(wall => wall.AddNetwork(Inner));
        Do(wall => wall.Publish([Web, Mine, Names, stream]));
        Do(wall => wall.Withdraw([Second]));
        Assert.Equal(whole.Split('\n').Order(), Shell(Place.Host, "nft list ruleset").Split('\n').Order());
        Do(wall => wall.RemoveNetwork("one"));
        Do(wall => wall.RemoveNetwork("inner"));
        Do(wall => wall.RemoveNetwork("two"));
        Assert.Equal("", Shell(Place.Host, "nft list ruleset"));
    }

    [Fact]
    public void The_thousandth_port_costs_what_the_first_did()
    {
        var wall = (NftFirewall)Get(wall => wall);
        Do(_ => wall.AddNetwork(One));
        Do(_ => wall.Publish([Web]));
        (int, int) first = wall.LastTransaction;
        Assert.Equal((3, 128), first); // its two ends, and one list of elements
        Do(_ => wall.Publish([.. Enumerable.Range(0, 1000).Select(i => Web with { HostPort = (ushort)(10_000 + i) })]));
        Assert.Equal(3, wall.LastTransaction.Messages);
        Do(_ => wall.Publish([Web with { HostPort = 9000 }]));
        Assert.Equal(first, wall.LastTransaction);
        Do(_ => wall.Withdraw([Web with { HostPort = 10_500 }]));
        Assert.Equal(3, wall.LastTransaction.Messages);
        AssertAnswer("a saw 192.0.2.1", Place.Outside, "192.0.2.2", 9000);
        AssertAnswer("a saw 192.0.2.1", Place.Outside, "192.0.2.2", 10_999);
        AssertAnswer("nobody", Place.Outside, "192.0.2.2", 10_500);
    }

    [Fact]
    public void A_flush_by_another_is_noticed_and_made_good()
    {
        FirewallState state = new([One, Two], [Web]);
        Do(wall => wall.Reconcile(state));
        string rules = Shell(Place.Host, "nft list ruleset");
        Shell(Place.Host, "nft add table ip other");
        Assert.True(Get(wall => wall.IsIntact()));
        foreach (string harm in new[] { Flush, "nft flush table ip coracle", "nft flush chain ip coracle published", "nft delete table ip6 coracle", $"{Flush}; nft add table ip coracle" })
        {
            Shell(Place.Host, harm);
            Assert.False(Get(wall => wall.IsIntact()), harm);
            Do(wall => wall.Reconcile(state));
            Assert.True(Get(wall => wall.IsIntact()));
            Assert.Contains(rules[..rules.IndexOf("table ip6", StringComparison.Ordinal)], Shell(Place.Host, "nft list ruleset"), StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Each_verb_repairs_what_another_has_flushed()
    {
        Do(wall => wall.Reconcile(new([One, Two], [Web, Mine])));
        Shell(Place.Host, Flush);
        Do(wall => wall.Publish([Second]));
        AssertAnswer("a saw 192.0.2.1", Place.Outside, "192.0.2.2", 8080);
        AssertAnswer("b saw 192.0.2.1", Place.Outside, "192.0.2.2", 8082);
        Shell(Place.Host, Flush);
        Do(wall => wall.Withdraw([Second]));
        AssertAnswer("a saw 192.0.2.1", Place.Outside, "192.0.2.2", 8080);
        AssertAnswer("nobody", Place.Outside, "192.0.2.2", 8082);
        Shell(Place.Host, Flush);
        Do(wall => wall.AddNetwork(Inner));
        AssertAnswer("a saw 192.0.2.1", Place.Outside, "192.0.2.2", 8080);
        Shell(Place.Host, Flush);
        Do(wall => wall.RemoveNetwork("two"));
        AssertAnswer("a saw 192.0.2.1", Place.Outside, "192.0.2.2", 8080);
    }

    [Fact]
    public void A_port_that_leads_elsewhere_already_is_refused_and_nothing_changes()
    {
        Do(wall => wall.Reconcile(new([One], [Web])));
        string before = Shell(Place.Host, "nft list ruleset");
        LinuxException refused = Assert.Throws<LinuxException>(() => Do(wall => wall.Publish([Mine, Web with { ContainerPort = 81 }])));
        Assert.Equal(Errno.EEXIST, refused.Errno);
        Assert.Contains("NEWSETELEM IPv4 coracle everywhere", refused.Message, StringComparison.Ordinal);
        Assert.Equal(before, Shell(Place.Host, "nft list ruleset"));
        Do(wall => wall.Publish([Mine]));
    }

    /// <summary>That the test of it tests something: <see cref="FirewallCases.Nobody_on_the_wire_reaches_127_0_0_1"/> without the rule.</summary>
    [Fact]
    public void Without_the_raw_rules_the_wire_would_reach_127_0_0_1()
    {
        Do(wall => wall.Reconcile(new([One], [Mine])));
        AllowLocalnet();
        Shell(Place.Host, "sysctl -qw net.ipv4.conf.eth0.route_localnet=1; nft flush chain ip coracle raw");
        Shell(Place.Outside, "sysctl -qw net.ipv4.conf.eth0.route_localnet=1; ip link set lo down; ip addr flush dev lo; ip route add 127.0.0.1 via 192.0.2.2");
        AssertAnswer("a saw 192.0.2.1", Place.Outside, "127.0.0.1", 8081);
    }

    /// <summary>
    /// Where br_netfilter sends frames within a bridge through the rules for IP, they must come to the same. What a container sends to itself
    /// is then never routed, but sent back by the port that it came from, which takes the port's hairpin mode.
    /// </summary>
    [Fact]
    public void Bridges_that_are_filtered_behave_alike()
    {
        using Neighbourhood place = new(bridgesAreFiltered: true);
        using IFirewall wall = In(place.Host, () => Firewall.Open(Options));
        In(place.Host, () => wall.Reconcile(new([One, Two, Inner], [Web])));
        Shell(place.Host, "bridge link set dev va hairpin on");
        AssertAnswer("b saw 172.30.0.2", place.A, "172.30.0.3", 80);
        AssertAnswer("e saw 172.29.0.2", place.D, "172.29.0.3", 80);
        AssertAnswer("a saw 172.30.0.1", place.B, "192.0.2.2", 8080);
        AssertAnswer("a saw 172.30.0.1", place.A, "192.0.2.2", 8080);
        In(place.Host, () => wall.AddNetwork(One with { KeepsNeighboursApart = true }));
        AssertAnswer("nobody", place.A, "172.30.0.3", 80);
        AssertAnswer("a saw 172.30.0.1", place.B, "192.0.2.2", 8080);
    }

    /// <summary>What listens at [::1] is somebody's own, or the keeper's, and translation must not take it away.</summary>
    [Fact]
    public void The_loopback_of_IPv6_is_left_alone()
    {
        Do(wall => wall.Reconcile(new([One], [Web, Web6])));
        Place.Serve(Place.Host, "host", 8080, System.Net.IPAddress.IPv6Loopback);
        AssertAnswer("host saw ::1", Place.Host, "::1", 8080);
    }
}
