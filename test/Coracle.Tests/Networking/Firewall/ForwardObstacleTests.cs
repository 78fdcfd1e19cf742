using Coracle.Linux;
using Coracle.Networking;

namespace Coracle.Tests.Networking;

public sealed class ForwardObstacleTests
{
    private static readonly ChainFacts _forward = new(TableFamily.IPv4, "filter", "FORWARD", 1, 2) { Hook = ChainHook.Forward, Type = "filter" };
    private static readonly RuleFacts _rule = new(TableFamily.IPv4, "filter", "FORWARD", 2);

    [Fact]
    public void A_policy_of_drop_is_one() => Assert.Single(Find([_forward with { Drops = true }]));

    [Fact]
    public void A_last_rule_that_spares_nobody_is_one()
    {
        Assert.Single(Find([_forward], _rule with { IsConditional = true }, _rule with { Verdict = Verdict.Drop }));
        Assert.Single(Find([_forward], _rule with { Rejects = true }));
    }

    [Fact]
    public void Whatever_lets_something_pass_is_none()
    {
        Assert.Empty(Find([_forward]));
        Assert.Empty(Find([_forward], _rule with { Verdict = Verdict.Drop, IsConditional = true }));
        Assert.Empty(Find([_forward], _rule with { Verdict = Verdict.Drop }, _rule with { Verdict = Verdict.Accept }));
        Assert.Empty(Find([_forward], _rule with { Verdict = Verdict.Drop, Chain = "other" }));
        Assert.Empty(Find([_forward with { Hook = ChainHook.Input, Drops = true }]));
        Assert.Empty(Find([_forward with { Hook = null, Drops = true }]));
        Assert.Empty(Find([_forward with { Family = TableFamily.Bridge, Drops = true }]));
        Assert.Empty(Find([_forward with { Table = "coracle", Drops = true }]));
    }

    [Theory]
    [InlineData("filter", "DOCKER-USER", "Docker", true)]
    [InlineData("filter", "DOCKER-FORWARD", "Docker", false)]
    [InlineData("filter", "ufw-before-forward", "ufw", false)]
    [InlineData("firewalld", "x", "firewalld", false)]
    [InlineData("docker-bridges", "x", "Docker", false)]
    [InlineData("filter", "x", "'filter'", false)]
    public void Its_owner_is_known_by_the_company_it_keeps(string table, string other, string owner, bool hasUserChain)
    {
        ChainFacts chain = _forward with { Table = table, Drops = true };
        ForwardObstacle found = Assert.Single(Find([chain, chain with { Name = other, Hook = null }, chain with { Table = "elsewhere", Name = "DOCKER-USER", Hook = null }]));
        Assert.Equal((owner, hasUserChain), (found.Owner, found.HasUserChain));
    }

    [Theory]
    [InlineData(":FORWARD DROP [0:0]", "-A FORWARD -i x -j ACCEPT", true)]
    [InlineData(":FORWARD ACCEPT [0:0]", "-A FORWARD -j DROP", true)]
    [InlineData(":FORWARD ACCEPT [0:0]", "-A FORWARD -j REJECT --reject-with icmp-port-unreachable", true)]
    [InlineData(":FORWARD ACCEPT [0:0]", "-A FORWARD -i x -j DROP", false)]
    [InlineData(":FORWARD ACCEPT [0:0]", "-A INPUT -j DROP", false)]
    public void In_the_words_of_iptables_too(string policy, string rule, bool drops) => Assert.Equal(drops, LegacyForward.Drops(["*filter", policy, rule]));

    private static List<ForwardObstacle> Find(List<ChainFacts> chains, params RuleFacts[] rules) => ForwardObstacle.Find(chains, (_, _) => [.. rules]);
}
