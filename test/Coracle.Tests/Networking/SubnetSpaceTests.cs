using Coracle.Networking;
using CsCheck;

namespace Coracle.Tests.Networking;

public sealed class SubnetSpaceTests
{
    [Fact]
    public void The_defaults_are_Dockers_in_Dockers_order()
    {
        SubnetSpace space = new(SubnetBase.Defaults);
        List<string> chosen = [];
        while (space.Choose(isIPv6: false, []) is { } subnet)
        {
            chosen.Add(subnet.ToString());
        }

        Assert.Equal(
            [.. Enumerable.Range(17, 15).Select(second => $"172.{second}.0.0/16"), .. Enumerable.Range(0, 16).Select(part => $"192.168.{part * 16}.0/20")],
            chosen);
        space.Release(Subnet.Parse("172.25.0.0/16"));
        Assert.Equal("172.25.0.0/16", space.Choose(isIPv6: false, [])?.ToString());
    }

    [Theory]
    [InlineData("172.17.0.0/16", "172.18.0.0/16")]
    [InlineData("172.17.255.0/24", "172.18.0.0/16")]
    [InlineData("172.16.0.0/12", "192.168.0.0/20")]
    [InlineData("172.0.0.0/8 192.168.1.0/24", "192.168.16.0/20")]
    [InlineData("0.0.0.0/0", "172.17.0.0/16")]
    [InlineData("172.17.0.0/16 172.18.4.4/32 172.20.0.0/15", "172.19.0.0/16")]
    public void Where_the_host_sends_packets_no_subnet_is_chosen(string routes, string chosen)
        => Assert.Equal(chosen, new SubnetSpace(SubnetBase.Defaults).Choose(isIPv6: false, [.. routes.Split(' ').Select(Subnet.Parse)])?.ToString());

    [Fact]
    public void A_subnet_that_somebody_names_may_lie_on_a_route_but_on_no_network()
    {
        SubnetSpace space = new(SubnetBase.Defaults);
        Assert.True(space.TryTake(Subnet.Parse("172.17.4.0/24")));
        Assert.False(space.TryTake(Subnet.Parse("172.17.0.0/16")));
        Assert.False(space.TryTake(Subnet.Parse("172.17.4.128/25")));
        Assert.True(space.TryTake(Subnet.Parse("172.17.5.0/24")));
        Assert.Equal("172.18.0.0/16", space.Choose(isIPv6: false, [])?.ToString());
    }

    [Fact]
    public void A_base_inside_another_is_left_out()
    {
        SubnetSpace space = new([SubnetBase.Parse("base=10.1.0.0/16,size=24"), SubnetBase.Parse("base=10.0.0.0/8,size=16")]);
        Assert.Equal("10.0.0.0/16", space.Choose(isIPv6: false, [])?.ToString());
        Assert.Equal("10.1.0.0/16", space.Choose(isIPv6: false, [])?.ToString());
    }

    [Fact]
    public void Local_IPv6_subnets_are_this_devices_at_every_start()
    {
        SubnetBase local = SubnetBase.LocalTo("device");
        Assert.Equal(local, SubnetBase.LocalTo("device"));
        Assert.NotEqual(local, SubnetBase.LocalTo("other"));
        Assert.Matches("^fd[0-9a-f]{2}:[0-9a-f:]+::/48$", local.Block.ToString());
        SubnetSpace space = new([.. SubnetBase.Defaults, local]);
        Assert.Equal(Subnet.Around(local.Block.Address, 64), space.Choose(isIPv6: true, []));
        Assert.NotEqual(space.Choose(isIPv6: true, []), space.Choose(isIPv6: true, []));
    }

    [Theory]
    [InlineData("base=10.10.0.0/16,size=24", "10.10.0.0/16 24")]
    [InlineData("SIZE=64,Base=fd00::/48", "fd00::/48 64")]
    public void A_pool_is_read_as_Docker_reads_it(string text, string read)
    {
        SubnetBase parsed = SubnetBase.Parse(text);
        Assert.Equal(read, $"{parsed.Block} {parsed.Size}");
    }

    [Theory]
    [InlineData("base", "invalid field 'base' must be a key=value pair")]
    [InlineData("foo=1", "unexpected key 'foo' in 'foo=1'")]
    [InlineData("base=10.0.0.0/8,size=x", "invalid size value: x")]
    [InlineData("base=10.0.0.0/16,size=8", "has a smaller prefix (/16) than the target size of that pool (/8)")]
    [InlineData("base=10.0.0.0/16,size=33", "than the target size of that pool (/33)")]
    [InlineData("base=10.0.0.0/16", "than the target size of that pool (/0)")]
    [InlineData("size=24", "base is missing")]
    public void A_pool_that_is_none_is_refused(string text, string message)
        => Assert.Contains(message, Assert.Throws<FormatException>(() => SubnetBase.Parse(text)).Message, StringComparison.Ordinal);

    [Fact]
    public void It_chooses_what_a_search_of_every_candidate_would_choose()
        => Gen.Select(Gen.Int[24, 28], Gen.Select(Gen.Int[0, 255], Gen.Int[24, 32]).Array[0, 12], Gen.Select(Gen.Int[0, 255], Gen.Int[22, 32]).Array[0, 6])
            .Sample(BehavesAsASearch, iter: 500, threads: 1);

    private static bool BehavesAsASearch(int size, (int Offset, int Length)[] used, (int Offset, int Length)[] routes)
    {
        SubnetBase block = new(Subnet.Parse("10.9.8.0/23"), size);
        SubnetSpace space = new([block]);
        List<Subnet> obstacles = [];
        foreach ((int offset, int length) in used)
        {
            Subnet subnet = Subnet.Around(System.Net.IPAddress.Parse($"10.9.8.{offset}"), length);
            if (!obstacles.Exists(subnet.Overlaps))
            {
                Assert.True(space.TryTake(subnet));
                obstacles.Add(subnet);
            }
        }

        Subnet[] hosts = [.. routes.Select(route => Subnet.Around(System.Net.IPAddress.Parse($"10.9.9.{route.Offset}"), route.Length))];
        obstacles.AddRange(hosts);
        for (UInt128 first = block.Block.First; first <= block.Block.Last; first += UInt128.One << (32 - size))
        {
            Subnet candidate = new(first, size, IsIPv6: false);
            if (!obstacles.Exists(candidate.Overlaps))
            {
                return space.Choose(isIPv6: false, hosts) == candidate;
            }
        }

        return space.Choose(isIPv6: false, hosts) is null;
    }
}
