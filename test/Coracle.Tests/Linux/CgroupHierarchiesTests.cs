using System.Text;
using Coracle.Linux;

namespace Coracle.Tests.Linux;

public sealed class CgroupHierarchiesTests
{
    private const string Hybrid = """
        24 1 8:1 / / rw,relatime - ext4 /dev/root rw
        31 23 0:28 / /sys/fs/cgroup rw,relatime - tmpfs tmpfs rw,mode=755
        32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw,relatime shared:9 master:3 - cgroup cgroup rw,cpu,cpuacct
        34 31 0:31 / /sys/fs/cgroup/cpuset rw,relatime - cgroup cgroup rw,cpuset,noprefix
        40 31 0:37 / /sys/fs/cgroup/systemd rw,relatime - cgroup cgroup rw,xattr,name=systemd
        41 31 0:38 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw
        42 24 0:29 /docker/x /mnt/a\040\134b rw,relatime - cgroup cgroup rw,cpu,cpuacct
        43 31 0:40 / /sys/fs/cgroup/odd rw,relatime - cgroup cgroup rw,name=odd

        """;

    [Fact]
    public void A_hybrid_machine_has_a_tree_per_controller_and_one_without()
    {
        CgroupHierarchies hierarchies = Parse(Hybrid, "");
        Assert.Equal(4, hierarchies.All.Count);
        Assert.Equal(1, hierarchies.Version);
        Assert.Equal("/sys/fs/cgroup/cpu,cpuacct", hierarchies.Find(CgroupControllers.Cpu)!.MountPoint);
        Assert.Same(hierarchies.Find(CgroupControllers.Cpu), hierarchies.Find(CgroupControllers.CpuAccounting));
        Assert.Equal("/sys/fs/cgroup/systemd", hierarchies.Find(CgroupControllers.Systemd)!.MountPoint);
        Assert.Equal("/sys/fs/cgroup/unified", hierarchies.Unified!.MountPoint);
        Assert.Null(hierarchies.Find(CgroupControllers.Memory));
    }

    [Fact]
    public void A_controller_that_v1_does_not_have_may_be_in_the_unified_tree()
        => Assert.True(Parse(Hybrid, "pids\n").Find(CgroupControllers.Pids)!.IsUnified);

    [Fact]
    public void A_unified_machine_has_one_tree()
    {
        CgroupHierarchies hierarchies = Parse("30 23 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw,nsdelegate\n", "cpuset cpu io memory hugetlb pids rdma misc\n");
        Assert.Equal(2, hierarchies.Version);
        Assert.True(hierarchies.Find(CgroupControllers.Memory)!.IsUnified);
        Assert.NotNull(hierarchies.Find(CgroupControllers.BlockIo));
        Assert.Null(hierarchies.Find(CgroupControllers.Devices));
    }

    [Fact]
    public void A_mount_point_is_unescaped()
        => Assert.Equal("/mnt/a \\b", Parse("42 24 0:29 / /mnt/a\\040\\134b rw - cgroup cgroup rw,cpu\n", "").All[0].MountPoint);

    [Theory]
    [InlineData("")]
    [InlineData("nonsense\n\n - \n - cgroup\n1 2 3 - cgroup2 \n")]
    public void What_is_no_mount_table_has_no_cgroups(string table)
    {
        Assert.DoesNotContain(Parse(table, "").All, hierarchy => !hierarchy.IsUnified);
    }

    private static CgroupHierarchies Parse(string table, string controllers)
        => CgroupHierarchies.Parse(Encoding.UTF8.GetBytes(table), _ => Encoding.UTF8.GetBytes(controllers));
}
