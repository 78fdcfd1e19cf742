using Coracle.Runtime;

namespace Coracle.Tests.Runtime;

public sealed class CgroupLimitsTests
{
    [Theory]
    [InlineData(0, 100)]
    [InlineData(1, 1)]
    [InlineData(2, 1)]
    [InlineData(1024, 39)]
    [InlineData(262144, 10000)]
    [InlineData(ulong.MaxValue, 10000)]
    public void Shares_become_the_weight_that_runc_gives_them(ulong shares, ulong weight)
        => Assert.Equal(weight, CgroupLimits.WeightOf(shares));

    [Fact]
    public void A_counter_is_found_by_its_whole_name()
    {
        Assert.Equal(3, ContainerCgroup.Counter("oom_kill_disable 1\nunder_oom 0\noom_kill 3\n"u8, "oom_kill "u8));
        Assert.Equal(0, ContainerCgroup.Counter("oom_kill_disable 1\n"u8, "oom_kill "u8));
        Assert.Equal(0, ContainerCgroup.Counter("oom_kill x"u8, "oom_kill "u8));
    }
}
