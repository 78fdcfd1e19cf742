using Coracle.Networking;

namespace Coracle.Tests.Networking;

public sealed class SubnetRulesTests
{
    [Theory]
    [InlineData("x", "", "", "invalid subnet x: invalid CIDR block notation")]
    [InlineData("", "", "", "invalid subnet : invalid CIDR block notation")]
    [InlineData("10.0.0.1/8", "", "", "invalid subnet 10.0.0.1/8: it should be 10.0.0.0/8")]
    [InlineData("10.0.0.0/8", "x", "", "invalid ip-range x: invalid CIDR block notation")]
    [InlineData("10.0.0.0/8", "fd00::/64", "", "invalid ip-range fd00::/64: parent subnet is an IPv4 block")]
    [InlineData("10.0.0.0/16", "10.0.0.0/8", "", "invalid ip-range 10.0.0.0/8: CIDR block is bigger than its parent subnet 10.0.0.0/16")]
    [InlineData("10.0.0.0/8", "10.1.2.3/24", "", "invalid ip-range 10.1.2.3/24: it should be 10.1.2.0/24")]
    [InlineData("10.0.0.0/8", "11.0.0.0/24", "", "invalid ip-range 11.0.0.0/24: parent subnet 10.0.0.0/8 doesn't contain ip-range")]
    [InlineData("10.0.0.0/8", "", "x", "invalid gateway x: invalid address")]
    [InlineData("10.0.0.0/8", "", "fd00::1", "invalid gateway fd00::1: parent subnet is an IPv4 block")]
    [InlineData("10.0.0.0/8", "", "11.0.0.1", "invalid gateway 11.0.0.1: parent subnet 10.0.0.0/8 doesn't contain this address")]
    public void Each_mistake_has_Dockers_words(string subnet, string range, string gateway, string complaint)
        => Assert.Equal("invalid network config:\n" + complaint, SubnetRules.Complaint([new SubnetWish(subnet, range, gateway)], hasIPv6: false));

    [Fact]
    public void Several_mistakes_are_told_together()
        => Assert.Equal(
            "invalid network config:\n* invalid gateway 11.0.0.1: parent subnet 10.0.0.0/8 doesn't contain this address\n"
            + "* invalid auxiliary address a: invalid address",
            SubnetRules.Complaint([new SubnetWish("10.0.0.0/8", "", "11.0.0.1", new Dictionary<string, string> { ["a"] = "x" })], hasIPv6: false));

    [Fact]
    public void A_subnet_of_IPv6_that_is_not_used_is_not_looked_at()
    {
        SubnetWish[] wishes = [new("fd00::1/64", "", "10.0.0.1")];
        Assert.Null(SubnetRules.Complaint(wishes, hasIPv6: false));
        Assert.NotNull(SubnetRules.Complaint(wishes, hasIPv6: true));
        Assert.Null(SubnetRules.Complaint([new SubnetWish("10.1.0.0/16", "10.1.5.0/24", "10.1.0.1"), new SubnetWish("fd00::/64")], hasIPv6: true));
    }
}
