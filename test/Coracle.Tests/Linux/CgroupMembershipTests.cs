using Coracle.Linux;

namespace Coracle.Tests.Linux;

public sealed class CgroupMembershipTests
{
    [Fact]
    public void A_line_is_found_by_what_it_holds()
    {
        ReadOnlySpan<byte> hybrid = "9:name=systemd:/a:b\n8:pids:/docker/0123/inner\n0::/unified\n"u8;
        Assert.Equal("/unified", CgroupMembership.Find(hybrid, "0::"u8));
        Assert.Equal("/docker/0123/inner", CgroupMembership.Find(hybrid, "0123"u8));
        Assert.Equal("/a:b", CgroupMembership.Find(hybrid, "systemd"u8));
        Assert.Null(CgroupMembership.Find(hybrid, "none"u8));
        Assert.Null(CgroupMembership.Find(""u8, "0::"u8));
    }

    [Fact]
    public void A_process_that_is_gone_is_nowhere() => Assert.Null(CgroupMembership.Find(int.MaxValue, "0::"u8));
}
