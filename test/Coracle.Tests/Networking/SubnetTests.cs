using System.Net;
using Coracle.Networking;

namespace Coracle.Tests.Networking;

public sealed class SubnetTests
{
    [Theory]
    [InlineData("172.17.0.0/16", "172.17.0.0/16", "172.17.255.255")]
    [InlineData("172.17.42.1/16", "172.17.0.0/16", "172.17.255.255")]
    [InlineData("10.0.0.1/32", "10.0.0.1/32", "10.0.0.1")]
    [InlineData("0.0.0.0/0", "0.0.0.0/0", "255.255.255.255")]
    [InlineData("2001:db8::5/64", "2001:db8::/64", "2001:db8::ffff:ffff:ffff:ffff")]
    [InlineData("::/0", "::/0", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff")]
    public void A_subnet_is_read_with_its_host_bits_cut(string text, string subnet, string last)
    {
        Assert.True(Subnet.TryParse(text, out Subnet read, out IPAddress address));
        Assert.Equal((subnet, last, text[..text.IndexOf('/', StringComparison.Ordinal)]), (read.ToString(), read.LastAddress.ToString(), address.ToString()));
    }

    [Theory]
    [InlineData("")]
    [InlineData("/")]
    [InlineData("10.0.0.0")]
    [InlineData("10.0.0.0/")]
    [InlineData("10.0.0.0/33")]
    [InlineData("10.0.0.0/08")]
    [InlineData("10.0.0.0/-1")]
    [InlineData("10.0.0.0/ 8")]
    [InlineData("10.0.0/8")]
    [InlineData("010.0.0.0/8")]
    [InlineData("0x0a.0.0.0/8")]
    [InlineData("fe80::1%eth0/64")]
    [InlineData("[::1]/64")]
    [InlineData("::/129")]
    [InlineData("::ffff:10.0.0.0/104")]
    public void What_Go_does_not_take_for_a_subnet_is_none_here(string text) => Assert.False(Subnet.TryParse(text, out _, out _));

    [Theory]
    [InlineData("10.0.0.0/8", "10.1.0.0/16", true)]
    [InlineData("10.1.0.0/16", "10.0.0.0/8", true)]
    [InlineData("10.0.0.0/16", "10.1.0.0/16", false)]
    [InlineData("0.0.0.0/0", "::/0", false)]
    [InlineData("fd00::/8", "fd00:1::/64", true)]
    public void Two_subnets_overlap_when_they_have_an_address_in_common(string one, string other, bool overlap)
        => Assert.Equal(overlap, Subnet.Parse(one).Overlaps(Subnet.Parse(other)));

    [Fact]
    public void An_IPv4_address_in_IPv6_clothes_is_the_IPv4_address()
        => Assert.True(Subnet.Parse("10.0.0.0/8").Contains(IPAddress.Parse("::ffff:10.1.2.3")));

    [Theory]
    [InlineData("02:42:ac:11:00:02", "02:42:ac:11:00:02")]
    [InlineData("92-D0-C6-0A-29-33", "92:d0:c6:0a:29:33")]
    [InlineData("0242.ac11.0002", "02:42:ac:11:00:02")]
    public void An_Ethernet_address_is_read_as_Go_reads_it(string text, string address)
    {
        Assert.True(EndpointMac.TryParse(text, out EndpointMac read));
        Assert.Equal(address, read.ToString());
    }

    [Theory]
    [InlineData("")]
    [InlineData("02:42:ac:11:00")]
    [InlineData("02:42-ac:11:00:02")]
    [InlineData("02.42.ac.11.00.02")]
    [InlineData("0242:ac11:0002")]
    [InlineData("g2:42:ac:11:00:02")]
    [InlineData("+2:42:ac:11:00:02")]
    public void What_is_no_Ethernet_address_is_refused(string text) => Assert.False(EndpointMac.TryParse(text, out _));

    [Fact]
    public void An_endpoint_has_the_same_Ethernet_address_at_every_start()
    {
        Assert.Equal("02:42:ac:11:00:02", EndpointMac.Of(IPAddress.Parse("172.17.0.2")).ToString());
        EndpointMac chosen = EndpointMac.Of("network", "container");
        Assert.Equal(chosen, EndpointMac.Of("network", "container"));
        Assert.NotEqual(chosen, EndpointMac.Of("network", "other"));
        Assert.Equal(2UL, (chosen.Bits >> 40) & 3); // locally administered, and nobody's group
    }
}
