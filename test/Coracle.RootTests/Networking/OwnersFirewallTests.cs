using Coracle.Networking;
using static Coracle.RootTests.Networking.Neighbourhood;

namespace Coracle.RootTests.Networking;

/// <summary>Hosts whose owner drops what is forwarded: found and told about, or made to let our bridges pass, and left as they were.</summary>
[Trait("Needs", "root")]
public sealed class OwnersFirewallTests : IDisposable
{
    /// <summary>All but what traffic counts up.</summary>
    private const string Everything = "for c in 'nft list ruleset' iptables-nft-save ip6tables-nft-save iptables-legacy-save ip6tables-legacy-save; do $c; done"
        + " | sed '/^#/d; s/packets [0-9]* bytes [0-9]*//; s/ \\[[0-9:]*\\]//'";

    private const string NftPolicy = "nft 'add table inet mine; add chain inet mine passing { type filter hook forward priority 0; policy drop; }; add rule inet mine passing ct state established,related accept'";

    /// <summary>firewalld's way: an accepting policy, and a last rule that rejects.</summary>
    private const string LastRule = "nft 'add table inet firewalld; add chain inet firewalld filter_FORWARD { type filter hook forward priority 10; policy accept; };"
        + " add rule inet firewalld filter_FORWARD ct state established,related accept; add rule inet firewalld filter_FORWARD reject with icmpx admin-prohibited'";

    private const string Nftables = "iptables-nft -P FORWARD DROP; iptables-nft -N ufw-before-forward; iptables-nft -A FORWARD -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT";

    private const string NftablesReject = "iptables-nft -A FORWARD -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT; iptables-nft -A FORWARD -m comment --comment no -j REJECT";

    private const string Legacy = "iptables-legacy -P FORWARD DROP; iptables-legacy -A FORWARD -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT";

    private readonly Neighbourhood _place = new();

    public static TheoryData<string, string> Hosts => new()
    {
        { NftPolicy, "'mine' drops forwarded packets (inet table mine, chain passing)" },
        { LastRule, "firewalld drops forwarded packets (inet table firewalld, chain filter_FORWARD)" },
        { Nftables, "ufw drops forwarded packets (ip table filter, chain FORWARD)" },
        { NftablesReject, "'filter' drops forwarded packets (ip table filter, chain FORWARD)" },
        { Legacy, "iptables-legacy drops forwarded packets (ip table filter, chain FORWARD)" },
    };

    public void Dispose() => _place.Dispose();

    [Theory]
    [MemberData(nameof(Hosts))]
    public void The_owner_is_warned_and_not_touched(string owners, string words)
    {
        Shell(_place.Host, owners);
        string before = State();
        using IFirewall wall = In(_place.Host, () => Firewall.Open(new FirewallOptions()));
        In(_place.Host, () => wall.Reconcile(new([FirewallCases.One], [FirewallCases.Web])));
        Assert.StartsWith("WARNING: " + words, Assert.Single(wall.Warnings), StringComparison.Ordinal);
        Assert.Equal("nobody", Ask(_place.Outside, "192.0.2.2", 8080, isExpected: false));
        In(_place.Host, () => wall.RemoveNetwork("one"));
        Assert.Empty(wall.Warnings);
        Assert.Equal(before, State());
    }

    [Theory]
    [MemberData(nameof(Hosts))]
    public void Marked_rules_let_our_bridges_pass_and_go_with_the_last_network(string owners, string words)
    {
        Shell(_place.Host, owners);
        string before = State();
        using IFirewall wall = In(_place.Host, () => Firewall.Open(new FirewallOptions(OwnersRules.Integrate)));
        In(_place.Host, () => wall.Reconcile(new([FirewallCases.One, FirewallCases.Two], [FirewallCases.Web])));
        Assert.StartsWith(words, Assert.Single(wall.Warnings), StringComparison.Ordinal);
        AssertAnswer("a saw 192.0.2.1", _place.Outside, "192.0.2.2", 8080);
        AssertAnswer("outside saw 192.0.2.2", _place.C, "192.0.2.1", 7000);
        AssertAnswer("nobody", _place.Outside, "172.30.0.2", 80); // our own rules hold nevertheless
        AssertAnswer("nobody", _place.D, "192.0.2.1", 7000); // and theirs, for others

        In(_place.Host, () => wall.AddNetwork(FirewallCases.Two with { Masquerades = false }));
        In(_place.Host, () => wall.RemoveNetwork("two"));
        AssertAnswer("a saw 192.0.2.1", _place.Outside, "192.0.2.2", 8080);
        AssertAnswer("nobody", _place.C, "192.0.2.1", 7000);
        Assert.True(In(_place.Host, wall.IsIntact));
        In(_place.Host, () => wall.RemoveNetwork("one"));
        Assert.Equal(before, State());
    }

    [Fact]
    public void A_reload_by_the_owner_is_noticed()
    {
        Shell(_place.Host, NftPolicy);
        using IFirewall wall = In(_place.Host, () => Firewall.Open(new FirewallOptions(OwnersRules.Integrate)));
        FirewallState state = new([FirewallCases.One], [FirewallCases.Web]);
        In(_place.Host, () => wall.Reconcile(state));
        Shell(_place.Host, "nft delete table inet mine; " + NftPolicy);
        Assert.False(In(_place.Host, wall.IsIntact));
        In(_place.Host, () => wall.Reconcile(state));
        AssertAnswer("a saw 192.0.2.1", _place.Outside, "192.0.2.2", 8080);
    }

    /// <summary>As Docker leaves it: its chains stay when it is gone, and the one that is the owner's holds.</summary>
    [Theory]
    [InlineData("iptables-nft")]
    [InlineData("iptables-legacy")]
    public void What_DOCKER_USER_forbids_is_forbidden(string iptables)
    {
        Shell(_place.Host, $"{iptables} -P FORWARD DROP; {iptables} -N DOCKER; {iptables} -N DOCKER-USER; {iptables} -A DOCKER-USER -s 192.0.2.1 -p udp -j DROP; {iptables} -A DOCKER-USER -j RETURN");
        string before = State();
        using IFirewall wall = In(_place.Host, () => Firewall.Open(new FirewallOptions(OwnersRules.Integrate)));
        In(_place.Host, () => wall.Reconcile(new([FirewallCases.One], [FirewallCases.Web, FirewallCases.Names])));
        Assert.StartsWith("Docker drops forwarded packets", Assert.Single(wall.Warnings), StringComparison.Ordinal);
        AssertAnswer("a saw 192.0.2.1", _place.Outside, "192.0.2.2", 8080);
        AssertAnswer("nobody", _place.Outside, "192.0.2.2", 5353, udp: true);
        In(_place.Host, () => wall.RemoveNetwork("one"));
        Assert.Equal(before, State());
    }

    /// <summary>A host's own tables of every kind: read before the first and after the last container, and while there are some.</summary>
    [Fact]
    public void Nobody_elses_rule_is_changed()
    {
        Shell(_place.Host, "nft 'add table ip nat2; add chain ip nat2 pre { type nat hook prerouting priority -110; }; add rule ip nat2 pre tcp dport 1 redirect; add table bridge b; add set bridge b s { type ether_addr; }'");
        Shell(_place.Host, "iptables-nft -t nat -A POSTROUTING -s 10.0.0.0/8 -j MASQUERADE; iptables-legacy -t nat -A PREROUTING -p tcp --dport 2 -j REDIRECT; ip6tables-nft -A INPUT -p tcp --dport 3 -j DROP");
        string before = State();
        using IFirewall wall = In(_place.Host, () => Firewall.Open(new FirewallOptions(OwnersRules.Integrate)));
        In(_place.Host, () => wall.Reconcile(new([FirewallCases.One], [FirewallCases.Web])));
        Assert.Equal(before, Shell(_place.Host, "nft delete table ip coracle; nft delete table ip6 coracle") + State()); // what is left without ours
        In(_place.Host, () => wall.RemoveNetwork("one"));
        Assert.Equal(before, State());
    }

    /// <summary>Without nf_tables the jumps and chains go as well.</summary>
    [Theory]
    [InlineData(OwnersRules.Warn)]
    [InlineData(OwnersRules.Integrate)]
    public void The_iptables_fallback_leaves_nothing_either(OwnersRules wish)
    {
        Shell(_place.Host, "for i in iptables ip6tables; do for c in 'raw -A PREROUTING' 'nat -A PREROUTING' 'nat -A OUTPUT' 'nat -A POSTROUTING' 'filter -A FORWARD'; do $i -t $c -p esp -j ACCEPT; done;"
            + " $i -P FORWARD DROP; $i -N DOCKER-USER; $i -A DOCKER-USER -p udp -j DROP; done");
        string before = State();
        using IFirewall wall = In(_place.Host, () => Firewall.Open(new FirewallOptions(wish, WantsIptables: true)));
        In(_place.Host, () => wall.Reconcile(new([FirewallCases.One, FirewallCases.Two], [FirewallCases.Web, FirewallCases.Names])));
        Assert.Equal(wish == OwnersRules.Warn ? 2 : 0, wall.Warnings.Count);
        AssertAnswer(wish == OwnersRules.Warn ? "nobody" : "a saw 192.0.2.1", _place.Outside, "192.0.2.2", 8080);
        AssertAnswer("nobody", _place.Outside, "192.0.2.2", 5353, udp: true);
        Assert.True(In(_place.Host, wall.IsIntact));
        Shell(_place.Host, "iptables -D FORWARD -j CORACLE-FORWARD");
        Assert.False(In(_place.Host, wall.IsIntact));
        In(_place.Host, () => wall.Reconcile(new([], [])));
        Assert.Equal(before, State());
    }

    private string State() => Shell(_place.Host, Everything);
}
