using System.Globalization;
using Coracle.Linux;
using Coracle.Networking;

namespace Coracle.Tests.Networking;

public sealed class NetworkLeftoversTests
{
    private static readonly WantedLinks
        _all = new(new HashSet<string> { "n1" }, new HashSet<string> { "e1" }, new HashSet<string> { "eth0.10" }),
        _none = new(new HashSet<string>(), new HashSet<string>(), new HashSet<string>());

    /// <summary>Number, name, kind, alias, master.</summary>
    private static readonly List<LinkFacts> _host =
    [
        Link("1 lo -"),
        Link("2 eth0 -"),
        Link("3 br-n1 bridge coracle:n1"),
        Link("4 veth0000001 veth coracle:n1/e1 3"),
        Link("5 veth0000002 veth coracle:n1/e2 3"),
        Link("6 veth0000003 veth - 3"), // killed before it was marked
        Link("7 docker0 bridge"),
        Link("8 veth0000004 veth - 7"), // Docker's
        Link("9 veth0000005 veth its-owner's 3"),
        Link("10 tap0 tun - 3"), // somebody's virtual machine
        Link("11 eth0.10 vlan coracle:n2"),
        Link("12 eth0.20 vlan"),
        Link("13 dm-n3 dummy coracle:n3"),
        Link("14 vpn wireguard coracle:n1"), // no kind of ours
        Link("15 veth0000006 veth coracle:n9/e1"), // an endpoint whose bridge is gone
    ];

    [Fact]
    public void What_nobody_wants_goes_and_nothing_else()
        => Assert.Equal(["veth0000002", "veth0000003", "dm-n3"], Names(NetworkLeftovers.Unwanted(_host, _all)));

    [Fact]
    public void Without_records_all_that_is_marked_goes()
        => Assert.Equal(
            ["br-n1", "veth0000001", "veth0000002", "veth0000003", "eth0.10", "dm-n3", "veth0000006"], Names(NetworkLeftovers.Unwanted(_host, _none)));

    [Fact]
    public void The_living_are_told()
    {
        Assert.Equal(
            [new LivingEndpoint(new LinkMark("n1", "e1"), "veth0000001", new LinkIndex(77)), new LivingEndpoint(new LinkMark("n9", "e1"), "veth0000006", new LinkIndex(77))],
            NetworkLeftovers.Living(_host, _all));
        Assert.Empty(NetworkLeftovers.Living(_host, _none));
    }

    private static IEnumerable<string> Names(List<LinkFacts> links) => links.Select(link => link.Name);

    private static LinkFacts Link(string text)
    {
        string[] words = [.. text.Split(' ').Select(word => word == "-" ? "" : word)];
        int Number(int index) => words.Length > index ? int.Parse(words[index], CultureInfo.InvariantCulture) : 0;
        return new LinkFacts(new LinkIndex(Number(0)), words[1], words[2])
        {
            Alias = words.Length > 3 ? words[3] : "",
            Master = new LinkIndex(Number(4)),
            Peer = new LinkIndex(77),
        };
    }
}
