using System.Net.Sockets;
using Coracle.Runtime;

namespace Coracle.Tests.Runtime.Systemd;

public sealed class SystemdUnitsTests : IDisposable
{
    private const string NoSocket = "/nonexistent-directory/socket";
    private const string Unit = "coracle-0123.scope";

    private readonly FakeSystemd _fake = new();

    private static ResourceSpec Limits { get; } = new() { CgroupPath = "system.slice/" + Unit, Scope = new ScopeName(Unit, "system.slice") };

    public void Dispose() => _fake.Dispose();

    [Fact]
    public void A_scope_is_asked_for_with_the_process_and_waited_for()
    {
        Start(Limits);
        Assert.Equal(["\0AUTH EXTERNAL " + Hex(Environment.UserName == "root" ? "0" : CurrentUid()) + "\r", "BEGIN\r"], _fake.Lines);
        FakeCall call = _fake.Only("StartTransientUnit");
        Assert.Equal(
            ("/org/freedesktop/systemd1", "org.freedesktop.systemd1.Manager", "", "ssa(sv)a(sa(sv))"),
            (call.Path, call.Interface, call.Destination, call.Signature));
        Assert.Equal((Unit, "replace", "[]"), (call.Arguments[0], call.Arguments[1], call.Arguments[3]));
        Assert.Equal(
            "[(Description coracle container 0123) (Slice system.slice) (Delegate true) (DefaultDependencies false) "
            + "(CollectMode inactive-or-failed) (PIDs [4711]) (MemoryAccounting true) (CPUAccounting true) (TasksAccounting true) (IOAccounting true)]",
            call.Arguments[2]);
    }

    [Fact]
    public void The_monitor_joins_its_scope_or_begins_it()
    {
        Start(Limits);
        Assert.Equal(["coracle-monitors.scope", "", "[4710]"], _fake.Only("AttachProcessesToUnit").Arguments);
        _fake.Calls.Clear();
        _fake.Answers = call => call.Member == "AttachProcessesToUnit"
            ? [FakeSystemd.Error(call, "org.freedesktop.systemd1.NoSuchUnit", "Unit coracle-monitors.scope not loaded.")]
            : Usual(call);
        Start(Limits);
        FakeCall[] started = [.. _fake.Calls.Where(call => call.Member == "StartTransientUnit")];
        Assert.Equal(["coracle-monitors.scope", Unit], started.Select(call => call.Arguments[0]));
        Assert.Contains("(PIDs [4710])", started[0].Arguments[2], StringComparison.Ordinal);
        Assert.Contains("(TasksMax 18446744073709551615)", started[0].Arguments[2], StringComparison.Ordinal);
    }

    [Fact]
    public void A_monitor_that_has_no_place_does_not_cost_the_container()
    {
        _fake.Answers = call => call.Member == "AttachProcessesToUnit" || (call.Member == "StartTransientUnit" && call.Arguments[0] != Unit)
            ? [FakeSystemd.Error(call, "org.freedesktop.DBus.Error.AccessDenied", "no")]
            : Usual(call);
        Start(Limits);
        Assert.Contains(_fake.Calls, call => call.Member == "StartTransientUnit" && call.Arguments[0] == Unit);
    }

    [Fact]
    public void On_a_bus_it_says_hello_and_asks_for_the_signal()
    {
        Units(NoSocket, _fake.SocketPath).StartScope(Limits.Scope!, Limits, pid: 4711, monitor: 4710);
        Assert.Equal(
            [("Hello", "org.freedesktop.DBus"), ("AddMatch", "org.freedesktop.DBus"), ("Subscribe", "org.freedesktop.systemd1"),
                ("AttachProcessesToUnit", "org.freedesktop.systemd1"), ("StartTransientUnit", "org.freedesktop.systemd1")],
            _fake.Calls.Select(call => (call.Member, call.Destination)));
        Assert.Contains("member='JobRemoved'", _fake.Only("AddMatch").Arguments[0], StringComparison.Ordinal);
    }

    [Fact]
    public void Limits_of_v2_are_properties_so_that_a_reload_keeps_them()
    {
        Start(Limits with
        {
            MemoryBytes = 64 << 20,
            MemoryReservationBytes = 32 << 20,
            MemorySwapBytes = 96 << 20,
            CpuShares = 1024,
            CpuPeriodMicroseconds = 50_000,
            CpuQuotaMicroseconds = 25_100,
            CpusetCpus = "0-1,9",
            CpusetMems = "0",
            PidsLimit = 77,
            BlockIo = new BlockIoSpec(500, [new(8, 0, 1000, "/dev/sda")], [new(8, 0, 4096, "/dev/sda"), new(8, 16, 1, "/dev/sdb")], [], [], [new(8, 0, 5, "/dev/sda")]),
        });
        Assert.EndsWith(
            "(MemoryMax 67108864) (MemoryLow 33554432) (MemorySwapMax 33554432) (CPUWeight 39) (CPUQuotaPeriodUSec 50000) "
            + "(CPUQuotaPerSecUSec 510000) (TasksMax 77) (AllowedCPUs [3 2]) (AllowedMemoryNodes [1]) (IOWeight 4950) "
            + "(IODeviceWeight [(/dev/sda 10000)]) (IOReadBandwidthMax [(/dev/sda 4096) (/dev/sdb 1)]) (IOWriteIOPSMax [(/dev/sda 5)])]",
            _fake.Only("StartTransientUnit").Arguments[2],
            StringComparison.Ordinal);
    }

    [Fact]
    public void Without_a_limit_is_infinity()
    {
        Start(Limits with { MemoryBytes = 64 << 20, MemorySwapBytes = -1, CpuQuotaMicroseconds = -1, PidsLimit = -1 });
        string properties = _fake.Only("StartTransientUnit").Arguments[2];
        Assert.All(
            (string[])["MemorySwapMax", "CPUQuotaPerSecUSec", "TasksMax"],
            name => Assert.Contains($"({name} {ulong.MaxValue})", properties, StringComparison.Ordinal));
        Assert.DoesNotContain("CPUQuotaPeriodUSec", properties, StringComparison.Ordinal); // systemd before 242 has none
    }

    /// <summary>To stop it would kill the new process, which stands in its cgroup already.</summary>
    [Fact]
    public void A_unit_that_is_there_still_is_an_error_and_is_not_stopped()
    {
        _fake.Answers = call => call.Member == "StartTransientUnit"
            ? [FakeSystemd.Error(call, "org.freedesktop.systemd1.UnitExists", "Unit was already loaded.")]
            : Usual(call);
        Assert.Equal("Unit was already loaded.", Assert.ThrowsAny<IOException>(() => Start(Limits)).Message);
        Assert.Equal(["AttachProcessesToUnit", "StartTransientUnit"], _fake.Calls.Select(call => call.Member));
    }

    [Fact]
    public void On_a_bus_only_systemd_says_that_its_job_is_done()
    {
        _fake.Answers = call => call.Member == "StartTransientUnit"
            ? [
                FakeSystemd.Return(call, "o", m => m.Text("/job/1"), sender: ":1.1"),
                FakeSystemd.JobRemoved("/job/1", "done", sender: ":1.66"),
                FakeSystemd.JobRemoved("/job/1", "failed", sender: ":1.1"),
            ]
            : Usual(call);
        IOException failure = Assert.Throws<IOException>(
            () => Units(NoSocket, _fake.SocketPath).StartScope(Limits.Scope!, Limits, pid: 4711, monitor: 4710));
        Assert.Equal($"error creating systemd unit `{Unit}`: got `failed`", failure.Message);
    }

    [Fact]
    public void A_systemd_that_is_silent_is_not_asked_again_over_the_bus()
    {
        DirectoryInfo directory = Directory.CreateTempSubdirectory("coracle-silent-");
        try
        {
            using var silent = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            silent.Bind(new UnixDomainSocketEndPoint(directory.FullName + "/private"));
            silent.Listen();
            var units = new SystemdUnits(directory.FullName + "/private", _fake.SocketPath, TimeSpan.FromMilliseconds(50));
            Assert.ThrowsAny<IOException>(() => units.StopScope(Unit));
            Assert.Empty(_fake.Lines);
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    [Fact]
    public void A_machine_without_the_directory_has_no_systemd()
    {
        Assert.False(SystemdUnits.IsBooted("/nonexistent-directory/systemd"));
        Assert.False(SystemdUnits.IsBooted("/proc/self/comm/systemd"));
        Assert.False(SystemdUnits.IsBooted("/sys"));
        Assert.True(SystemdUnits.IsBooted("/sys/devices")); // has a "system"
    }

    [Fact]
    public void What_a_run_left_is_stopped_and_what_is_not_there_is_no_error()
    {
        var driver = new CgroupDriver(Units(_fake.SocketPath, NoSocket));
        driver.Forget("0123");
        Assert.Equal([Unit, "replace"], _fake.Only("StopUnit").Arguments);
        _fake.Answers = call => [FakeSystemd.Error(call, "org.freedesktop.systemd1.NoSuchUnit", "Unit not loaded.")];
        driver.Forget("0123");
        _fake.Answers = call => [FakeSystemd.Return(call, "o", m => m.Number(99))]; // a path of 99 bytes that is not there
        driver.Forget("0123");
        new CgroupDriver(Units(NoSocket, NoSocket)).Forget("0123");
        new CgroupDriver().Forget("0123");
    }

    [Fact]
    public void What_systemd_refuses_is_said_as_runc_does()
    {
        _fake.Answers = call => call.Member == "StartTransientUnit"
            ? [FakeSystemd.Error(call, "org.freedesktop.DBus.Error.AccessDenied", "Permission denied")]
            : Usual(call);
        var driver = new CgroupDriver(Units(_fake.SocketPath, NoSocket));
        LaunchFailedException failure = Assert.Throws<LaunchFailedException>(() => driver.Complete(Limits, pid: 4711, monitor: 4710));
        Assert.EndsWith(
            $"unable to start container process: unable to apply cgroup configuration: unable to start unit \"{Unit}\": Permission denied: unknown",
            failure.Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_job_that_fails_is_no_scope()
    {
        _fake.Answers = call => call.Member == "StartTransientUnit"
            ? [FakeSystemd.Return(call, "o", m => m.Text("/job/1")), FakeSystemd.JobRemoved("/job/1", "failed")]
            : Usual(call);
        Assert.Equal($"error creating systemd unit `{Unit}`: got `failed`", Assert.Throws<IOException>(() => Start(Limits)).Message);
    }

    [Fact]
    public void Nobody_there_and_somebody_who_does_not_want_us_are_errors()
    {
        Assert.ThrowsAny<IOException>(() => Units(NoSocket, NoSocket).StartScope(Limits.Scope!, Limits, 1, 1));
        _fake.Authentication = "REJECTED EXTERNAL\r\n";
        Assert.Contains("REJECTED", Assert.ThrowsAny<IOException>(() => Units(NoSocket, _fake.SocketPath).StartScope(Limits.Scope!, Limits, 1, 1)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_peer_that_goes_away_or_talks_nonsense_is_an_error_and_no_hang()
    {
        _fake.Answers = _ => [[.. "HTTP/1.1 400 Bad"u8]];
        Assert.ThrowsAny<IOException>(() => Start(Limits));
        byte[] endless = FakeSystemd.JobRemoved("/job/1", "done");
        endless[7] = 0x7F; // two GiB of body
        _fake.Answers = _ => [endless];
        Assert.Contains("too long", Assert.ThrowsAny<IOException>(() => Start(Limits)).Message, StringComparison.Ordinal);
    }

    private static IEnumerable<byte[]> Usual(FakeCall call) => call.Member is "StartTransientUnit" or "StopUnit"
        ? [FakeSystemd.Return(call, "o", m => m.Text("/job/1")), FakeSystemd.JobRemoved("/job/1", "done")]
        : [FakeSystemd.Return(call)];

    private static SystemdUnits Units(string privateSocket, string busSocket) => new(privateSocket, busSocket, TimeSpan.FromSeconds(30));

    private static string CurrentUid() => File.ReadLines("/proc/self/status").First(line => line.StartsWith("Uid:", StringComparison.Ordinal)).Split('\t')[1];

    private static string Hex(string text) => Convert.ToHexStringLower(System.Text.Encoding.ASCII.GetBytes(text));

    private void Start(ResourceSpec limits)
        => Units(_fake.SocketPath, NoSocket).StartScope(limits.Scope!, limits, pid: 4711, monitor: 4710);
}
