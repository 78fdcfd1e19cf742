using System.Net;
using Coracle.Networking;

namespace Coracle.Tests.Networking;

public sealed class IptablesTextTests
{
    private static readonly NetworkRules _one = new("one", "br1") { IPv4 = IPNetwork.Parse("172.30.0.0/16"), IPv6 = IPNetwork.Parse("fd30::/64") };

    [Fact]
    public void One_network_with_one_port()
    {
        var ledger = new FirewallLedger();
        ledger.Become(new([_one], [new(TransportProtocol.Udp, IPAddress.Any, 5353, IPAddress.Parse("172.30.0.2"), 53)]));
        Assert.Equal(
            """
            *raw
            :CORACLE-RAW - [0:0]
            -I PREROUTING -j CORACLE-RAW
            -A CORACLE-RAW -d 127.0.0.0/8 ! -i lo -j DROP
            -A CORACLE-RAW -s 127.0.0.0/8 ! -i lo -j DROP
            COMMIT
            *nat
            :CORACLE-DNAT - [0:0]
            :CORACLE-POST - [0:0]
            -D PREROUTING -j CORACLE-DNAT
            -I PREROUTING -m addrtype --dst-type LOCAL -j CORACLE-DNAT
            -I OUTPUT -m addrtype --dst-type LOCAL -j CORACLE-DNAT
            -I POSTROUTING -j CORACLE-POST
            -A CORACLE-DNAT -p udp --dport 5353 -j DNAT --to-destination 172.30.0.2:53
            -A CORACLE-POST -s 127.0.0.0/8 -o br1 -j MASQUERADE
            -A CORACLE-POST -s 172.30.0.0/16 -o br1 -m conntrack --ctstate DNAT -j MASQUERADE
            -A CORACLE-POST -s 172.30.0.0/16 ! -o br1 -j MASQUERADE
            COMMIT
            *filter
            :CORACLE-FORWARD - [0:0]
            -I FORWARD -j CORACLE-FORWARD
            -A CORACLE-FORWARD -i br1 -m conntrack --ctstate RELATED,ESTABLISHED -j RETURN
            -A CORACLE-FORWARD -o br1 -m conntrack --ctstate RELATED,ESTABLISHED -j RETURN
            -A CORACLE-FORWARD -i br1 -o br1 -j RETURN
            -A CORACLE-FORWARD -o br1 -m conntrack --ctstate DNAT -j RETURN
            -A CORACLE-FORWARD -o br1 -j DROP
            -A CORACLE-FORWARD -i br1 -j RETURN
            COMMIT

            """,
            new IptablesText(RulesetFamily.IPv4, ledger, "RETURN", hasUserChain: false).Make(["*nat", "-A PREROUTING -j CORACLE-DNAT", "-A PREROUTING -j DOCKER", "COMMIT"]));
    }

    [Fact]
    public void Only_what_is_there_is_taken_away()
        => Assert.Equal(
            "*nat\n:CORACLE-DNAT - [0:0]\n:CORACLE-POST - [0:0]\n-D PREROUTING -j CORACLE-DNAT\n-X CORACLE-DNAT\n-X CORACLE-POST\nCOMMIT\n",
            new IptablesText(RulesetFamily.IPv6, new FirewallLedger(), "RETURN", hasUserChain: false)
                .Remove(["*filter", "-A FORWARD -j DOCKER", "COMMIT", "*nat", "-A CORACLE-DNAT -j DROP", "-A PREROUTING -j CORACLE-DNAT", "COMMIT"]));

    [Fact]
    public void The_resolvers_chains_are_made_anew()
    {
        string once = ResolverRedirect.Text([], 4000, 4001);
        Assert.Equal(
            """
            *nat
            :CORACLE-NAMES-OUT - [0:0]
            :CORACLE-NAMES-POST - [0:0]
            -I OUTPUT -d 127.0.0.11/32 -j CORACLE-NAMES-OUT
            -I POSTROUTING -s 127.0.0.11/32 -j CORACLE-NAMES-POST
            -A CORACLE-NAMES-OUT -p udp --dport 53 -j DNAT --to-destination 127.0.0.11:4000
            -A CORACLE-NAMES-POST -p udp --sport 4000 -j SNAT --to-source 127.0.0.11:53
            -A CORACLE-NAMES-OUT -p tcp --dport 53 -j DNAT --to-destination 127.0.0.11:4001
            -A CORACLE-NAMES-POST -p tcp --sport 4001 -j SNAT --to-source 127.0.0.11:53
            COMMIT

            """,
            once);
        Assert.Contains(
            "\n-D OUTPUT -d 127.0.0.11/32 -j CORACLE-NAMES-OUT\n-I ",
            ResolverRedirect.Text(["-A OUTPUT -d 127.0.0.11/32 -j CORACLE-NAMES-OUT", "-A OUTPUT -j OTHER"], 4000, 4001),
            StringComparison.Ordinal);
    }
}
