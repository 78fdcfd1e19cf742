using Coracle.Linux;
using Coracle.Networking;

namespace Coracle.Tests.Networking;

public sealed class LinkNamesTests
{
    private const string Id = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

    [Fact]
    public void A_bridge_is_called_after_the_beginning_of_its_networks_id()
    {
        Assert.Equal("br-0123456789ab", LinkNames.BridgeOf(Id));
        Assert.Equal("br-short", LinkNames.BridgeOf("short"));
        Assert.True(InterfaceName.IsValid(LinkNames.BridgeOf(Id)));
    }

    [Fact]
    public void A_hosts_end_is_known_by_its_name()
    {
        string name = LinkNames.CreateVeth();
        Assert.True(InterfaceName.IsValid(name) && LinkNames.IsVeth(name), name);
        Assert.NotEqual(name, LinkNames.CreateVeth());
        foreach (string other in new[] { "veth", "veth12345678", "veth123456", "vethABCDEF0", "vethxyz0123", "eth0123456a", "" })
        {
            Assert.False(LinkNames.IsVeth(other), other);
        }
    }

    [Fact]
    public void The_lowest_free_number_is_taken()
    {
        Assert.Equal("eth0", LinkNames.FirstFree("eth", new HashSet<string>()));
        Assert.Equal("eth1", LinkNames.FirstFree("eth", new HashSet<string> { "lo", "eth0", "eth2" }));
        Assert.Equal("net0", LinkNames.FirstFree("net", new HashSet<string> { "eth0" }));
    }

    [Theory]
    [InlineData("eth0.10", "eth0", 10)]
    [InlineData("eth0.1.4094", "eth0.1", 4094)]
    public void A_sub_interface_says_its_parent_and_number(string name, string parent, int id)
        => Assert.Equal((parent, id), LinkNames.ParseVlan(name));

    [Theory]
    [InlineData("eth0", "invalid subinterface vlan name eth0, example formatting is eth0.10")]
    [InlineData(".10", "invalid subinterface vlan name .10, example formatting is eth0.10")]
    [InlineData("eth0.x", "required interface name format is: name.vlan_id, ex. eth0.10 for vlan 10, instead received eth0.x")]
    [InlineData("eth0.", "required interface name format is: name.vlan_id, ex. eth0.10 for vlan 10, instead received eth0.")]
    [InlineData("eth0.0", "vlan id must be between 1-4094, received: 0")]
    [InlineData("eth0.4095", "vlan id must be between 1-4094, received: 4095")]
    public void What_is_no_sub_interface_is_refused_in_Dockers_words(string name, string words)
        => Assert.Equal(words, Assert.Throws<NetworkingException>(() => LinkNames.ParseVlan(name)).Message);

    [Fact]
    public void A_networks_bridge_has_the_same_address_every_time()
    {
        MacAddress mac = LinkNames.MacOf(Id);
        Assert.Equal(mac, LinkNames.MacOf(Id));
        Assert.NotEqual(mac, LinkNames.MacOf(Id[1..]));
        Assert.True(mac.IsStation);
        Assert.Contains(mac.ToString()[1], "26ae"); // locally administered
    }

    [Fact]
    public void A_mark_is_read_as_it_was_written()
    {
        foreach (LinkMark mark in new[] { new LinkMark(Id, null), new LinkMark(Id, Id) })
        {
            Assert.True(LinkMark.TryParse(mark.ToString(), out LinkMark? read));
            Assert.Equal(mark, read);
            Assert.True(mark.ToString().Length < 256); // IFALIASZ
        }

        foreach (string other in new[] { "", "coracle", "coracle:", "coracle:/x", "coracle:x/", "of the owner's", "Coracle:x" })
        {
            Assert.False(LinkMark.TryParse(other, out _), other);
        }
    }

    [Theory]
    [InlineData("net.ipv4.conf.IFNAME.log_martians=1", "ipv4/conf/eth0/log_martians")]
    [InlineData("net.ipv6.neigh.IFNAME.gc_stale_time=60", "ipv6/neigh/eth0/gc_stale_time")]
    [InlineData("net.mpls.conf.IFNAME.input=1", "mpls/conf/eth0/input")]
    public void A_setting_of_an_interface_is_taken(string text, string path)
    {
        Assert.True(InterfaceSetting.TryParse(text, out InterfaceSetting? setting));
        Assert.Equal((path, text), (setting.On("eth0").Path, setting.ToString()));
    }

    [Theory]
    [InlineData("net.ipv4.ip_forward=1")]
    [InlineData("net.ipv4.conf.eth0.log_martians=1")]
    [InlineData("net.ipv4.conf.all.log_martians=1")]
    [InlineData("net.ipv4.conf.IFNAME.log_martians")]
    [InlineData("net.ipv4.conf.IFNAME.../../x=1")]
    [InlineData("net.ipv4.conf.IFNAME.=1")]
    [InlineData("kernel.conf.IFNAME.x.y=1")]
    [InlineData("")]
    public void What_is_no_setting_of_an_interface_is_not(string text) => Assert.False(InterfaceSetting.TryParse(text, out _));
}
