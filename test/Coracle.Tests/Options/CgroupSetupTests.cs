namespace Coracle.Tests.Options;

public sealed class CgroupSetupTests
{
    [Theory]
    [InlineData(null, 2, true, "systemd")]
    [InlineData(null, 2, false, "cgroupfs")]
    [InlineData(null, 1, true, "cgroupfs")]
    [InlineData("cgroupfs", 2, true, "cgroupfs")]
    [InlineData("cgroupfs", 1, false, "cgroupfs")]
    [InlineData("systemd", 2, true, "systemd")]
    public void The_driver_is_what_was_asked_for_or_what_owns_the_tree(string? asked, int version, bool systemdRuns, string driver)
        => Assert.Equal(driver, CgroupSetup.Choose(asked, version, systemdRuns));

    [Theory]
    [InlineData(2, false, "systemd not running on this host, cannot use systemd cgroups manager")]
    [InlineData(1, false, "systemd not running on this host, cannot use systemd cgroups manager")]
    [InlineData(1, true, "the systemd cgroup driver needs cgroup v2: on v1 a daemon-reload would take the device rules away")]
    public void Systemd_is_refused_where_it_cannot_keep_the_rules(int version, bool systemdRuns, string message)
        => Assert.Equal(message, Assert.Throws<OptionsException>(() => CgroupSetup.Choose("systemd", version, systemdRuns)).Message);
}
