using Coracle.Linux;
using Coracle.Runtime;

namespace Coracle.Tests.Runtime;

public sealed class SandboxValueTests
{
    private const ulong Everything = 0x1ffffffffff;

    [Fact]
    public void Dockers_default_set_is_the_fourteen()
    {
        ulong set = CapabilitySet.Parse(
            ["CHOWN", "DAC_OVERRIDE", "FSETID", "FOWNER", "MKNOD", "NET_RAW", "SETGID", "SETUID", "SETFCAP", "SETPCAP", "NET_BIND_SERVICE", "SYS_CHROOT", "KILL", "AUDIT_WRITE"],
            "CapAdd", out bool all);
        Assert.False(all);
        Assert.Equal(CapabilitySet.DockerDefault, set);
    }

    [Fact]
    public void Additions_and_removals_combine_as_Mobys()
    {
        const ulong NetAdmin = 1UL << 12, Chown = 1;
        Assert.Equal(CapabilitySet.DockerDefault | NetAdmin, CapabilitySet.Combine(["cap_net_admin"], [], Everything));
        Assert.Equal(CapabilitySet.DockerDefault & ~Chown, CapabilitySet.Combine([], ["CHOWN"], Everything));
        Assert.Equal(Everything & ~Chown, CapabilitySet.Combine(["ALL"], ["chown"], Everything));
        Assert.Equal(Chown, CapabilitySet.Combine(["CHOWN"], ["all"], Everything));
        Assert.Equal(0UL, CapabilitySet.Combine([], ["ALL"], Everything));
        Assert.Equal(0UL, CapabilitySet.Combine(["SYS_RESOURCE"], ["ALL"], Everything & ~(1UL << 24))); // we have it not to give
    }

    [Fact]
    public void An_unknown_capability_is_refused_in_Dockers_words()
    {
        FormatException refused = Assert.Throws<FormatException>(() => CapabilitySet.Combine(["nosuch"], [], Everything));
        Assert.Equal("invalid CapAdd: unknown capability: \"CAP_NOSUCH\"", refused.Message);
    }

    [Theory]
    [InlineData("", "/")]
    [InlineData("/", "/")]
    [InlineData("a//b/./c/", "/a/b/c")]
    [InlineData("/a/../../b", "/b")]
    public void A_container_path_is_cleaned(string path, string clean) => Assert.Equal(clean, ContainerPath.Clean(path));

    [Fact]
    public void Within_means_whole_components()
    {
        Assert.True(ContainerPath.IsWithin("/proc", "/proc"));
        Assert.True(ContainerPath.IsWithin("/proc/x", "/proc"));
        Assert.False(ContainerPath.IsWithin("/process", "/proc"));
    }

    [Fact]
    public void Tmpfs_options_are_flags_and_data()
    {
        MountFlags usual = MountFlags.NoExecute | MountFlags.NoSetuid | MountFlags.NoDevices;
        Assert.Equal((usual, ""), Parsed(""));
        Assert.Equal((usual & ~MountFlags.NoExecute, "size=1m,mode=700"), Parsed("size=1m,exec,mode=700"));
        Assert.Equal((usual | MountFlags.ReadOnly, ""), Parsed("ro,rprivate"));

        static (MountFlags, string) Parsed(string options)
        {
            var parsed = TmpfsOptions.Parse(options);
            return (parsed.Flags, parsed.Data);
        }
    }

    [Fact]
    public void A_program_is_looked_for_in_PATH_unless_it_has_a_slash()
    {
        Assert.Equal(["/x/sh"], ProgramSearch.Candidates("/x/sh", []));
        Assert.Equal(["./sh"], ProgramSearch.Candidates("./sh", []));
        Assert.Equal(["/a/sh", "/b/sh", ""], ProgramSearch.Candidates("sh", ["PATH=/nothere", "PATH=/a::.:rel:/b/"]));
        Assert.Equal([""], ProgramSearch.Candidates("", ["PATH=/a"]));
        Assert.Equal(7, ProgramSearch.Candidates("sh", []).Count);
    }

    [Fact]
    public void Home_and_path_are_added_only_when_absent()
    {
        Assert.Equal(["A=1", "PATH=" + ProgramSearch.DefaultPath, "HOME=/root"], ProgramSearch.Complete(["A=1"], "/root"));
        Assert.Equal(["HOME=/x", "PATH="], ProgramSearch.Complete(["HOME=/x", "PATH="], "/root"));
    }

    [Fact]
    public void Groups_come_once_each_and_the_primary_one_first()
    {
        AccountFile passwd = AccountFile.Parse("# comment\napp:x:1000:7:App:/home/app:/bin/sh\nbroken\nbad:x:-1:0::/:\n\n"u8);
        AccountFile groups = AccountFile.Parse("seven:x:7:app\nextra:x:8:other,app\nshort:x\nwheel:x:10:\n"u8);
        ContainerUser user = ContainerUser.Resolve("app", ["wheel", "8", "99"], passwd, groups);
        Assert.Equal((1000u, 7u, "/home/app"), (user.Uid, user.Gid, user.Home));
        Assert.Equal([7u, 8u, 10u, 99u], user.Groups);
    }

    [Theory]
    [InlineData("-1", "uids and gids must be in range 0-2147483647")]
    [InlineData("2147483648", "uids and gids must be in range 0-2147483647")]
    [InlineData("ghost", "unable to find user ghost: no matching entries in passwd file")]
    [InlineData("0:ghosts", "unable to find group ghosts: no matching entries in group file")]
    public void A_user_that_cannot_be_is_refused_in_Dockers_words(string user, string words)
        => Assert.Equal(words, Assert.Throws<LaunchFailedException>(() => ContainerUser.Resolve(user, [], AccountFile.Parse([]), AccountFile.Parse([]))).Message);

    [Fact]
    public void An_account_with_the_id_that_changes_nothing_is_none()
    {
        // setresuid(-1, -1, -1) succeeds and leaves the process what it is: root.
        AccountFile passwd = AccountFile.Parse("app:x:4294967295:7::/:\nother:x:7:4294967295::/:\n"u8), groups = AccountFile.Parse("all:x:4294967295:app\n"u8);
        Assert.Throws<LaunchFailedException>(() => ContainerUser.Resolve("app", [], passwd, groups));
        Assert.Throws<LaunchFailedException>(() => ContainerUser.Resolve("other", [], passwd, groups));
        Assert.Throws<LaunchFailedException>(() => ContainerUser.Resolve("0:all", [], passwd, groups));
    }

    [Fact]
    public void An_image_without_accounts_has_root_and_numbers()
    {
        ContainerUser user = ContainerUser.Resolve("", [], AccountFile.Parse([]), AccountFile.Parse([]));
        Assert.Equal((0u, 0u, "/"), (user.Uid, user.Gid, user.Home));
    }

    [Theory]
    [InlineData("net.ipv4.ip_forward", "/proc/sys/net/ipv4/ip_forward")]
    public void A_sysctl_is_a_path(string name, string path) => Assert.Equal(path, Sysctls.PathOf(name));

    [Theory]
    [InlineData("net/../../sysrq-trigger")]
    [InlineData("net..x")]
    [InlineData(".net")]
    public void A_sysctl_that_walks_is_refused(string name) => Assert.Throws<LaunchFailedException>(() => Sysctls.PathOf(name));
}
