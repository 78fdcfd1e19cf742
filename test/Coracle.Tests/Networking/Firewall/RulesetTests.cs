using System.Net;
using Coracle.Linux;
using Coracle.Networking;

namespace Coracle.Tests.Networking;

/// <summary>How much is said to the kernel; what it makes of it is for RootTests.</summary>
public sealed class RulesetTests
{
    private static readonly NetworkRules _network = new("id", "br0") { IPv4 = IPNetwork.Parse("172.17.0.0/16"), IPv6 = IPNetwork.Parse("fd00::/64") };

    [Fact]
    public void A_network_is_a_handful_of_messages()
    {
        Assert.Equal(6, MessagesOf(batch => RulesetChanges.AddNetwork(batch, RulesetFamily.IPv4, _network))); // three sets, two rules, the batch's beginning
        Assert.Equal(5, MessagesOf(batch => RulesetChanges.AddNetwork(batch, RulesetFamily.IPv4, _network with { IsInternal = true })));
        Assert.Equal(1, MessagesOf(batch => RulesetChanges.AddNetwork(batch, RulesetFamily.IPv6, _network with { IPv6 = null })));
    }

    [Fact]
    public void All_ports_of_a_container_are_a_message_for_each_map()
    {
        PublishedPort[] ports = [.. Enumerable.Range(1, 300).SelectMany(number => new[]
        {
            Port("0.0.0.0", number, "172.17.0.2"), Port("127.0.0.1", number, "172.17.0.2"), Port("::", number, "fd00::2"), Port("0.0.0.0", 0, "172.17.0.2") with { ContainerPort = (ushort)number },
        })];
        Assert.Equal(4, MessagesOf(batch => RulesetChanges.AddPorts(batch, RulesetFamily.IPv4, ports)));
        Assert.Equal(2, MessagesOf(batch => RulesetChanges.AddPorts(batch, RulesetFamily.IPv6, ports)));
        Assert.Equal(4, MessagesOf(batch => RulesetChanges.RemovePorts(batch, RulesetFamily.IPv4, ports)));
    }

    [Fact]
    public void Only_a_networks_own_rules_go_with_it()
    {
        var rule = new RuleFacts(TableFamily.IPv4, Ruleset.Table, Ruleset.Postrouting, 7) { Comment = "id" };
        Assert.Equal(5, MessagesOf(batch => RulesetChanges.RemoveNetwork(batch, RulesetFamily.IPv4, _network, [rule, rule with { Comment = "idle" }, rule with { Comment = "" }])));
    }

    [Theory]
    [InlineData("0.0.0.0", 80, "172.17.0.2", true)]
    [InlineData("127.0.0.1", 80, "172.17.0.2", true)]
    [InlineData("::", 80, "fd00::2", true)]
    [InlineData("::1", 80, "fd00::2", false)] // no route_localnet in IPv6
    [InlineData("::", 80, "172.17.0.2", false)] // from one family to the other
    [InlineData("0.0.0.0", 80, "fd00::2", false)]
    [InlineData("::", 0, "172.17.0.2", true)] // no translation at all
    public void Some_ports_are_not_the_kernels(string host, ushort port, string container, bool isTranslatable)
        => Assert.Equal(isTranslatable, Port(host, port, container).IsTranslatable);

    [Fact]
    public void A_kernel_that_cannot_filter_IPv6_is_told_about_where_it_matters()
    {
        var ledger = new FirewallLedger();
        ledger.Become(new([_network, _network with { Id = "four", IPv6 = null }], []));
        Assert.Empty(ledger.MissingFamilies(hasIPv6: true));
        Assert.EndsWith(" id", Assert.Single(ledger.MissingFamilies(hasIPv6: false)), StringComparison.Ordinal);
    }

    private static int MessagesOf(Action<TableBatch> change)
    {
        var batch = new TableBatch();
        change(batch);
        return batch.Messages;
    }

    private static PublishedPort Port(string host, int hostPort, string container)
        => new(Coracle.Networking.TransportProtocol.Tcp, IPAddress.Parse(host), (ushort)hostPort, IPAddress.Parse(container), 80);
}
