using System.Text.RegularExpressions;

namespace Coracle.E2E;

/// <summary>
/// Everything that a container's process has from its engine (mounts, nodes, masks, capabilities, descriptors, limits, signals, scheduling,
/// keyring, environment, kernel settings), beside what it has from dockerd, when both engines were started under odd circumstances: the
/// same, but for what <see cref="IsolationDifference.All"/> says.
/// </summary>
[Trait("Engine", "coracle")]
public sealed partial class IsolationComparisonTests(Stage stage, OddPair pair) : EngineTest(stage), IClassFixture<OddPair>
{
    public static TheoryData<string, string[]> Containers => new()
    {
        { "default", [] },
        { "user", ["-u", "1000:1001", "--group-add", "77", "-w", "/tmp"] },
        { "terminal", ["-t"] },
        { "read-only", ["--read-only", "--tmpfs", "/run", "--shm-size", "1m"] },
        { "narrow", ["--cap-drop", "ALL", "--security-opt", "no-new-privileges", "--ulimit", "nofile=100:200", "--ulimit", "core=0", "--oom-score-adj", "150"] },
        { "unconfined", ["--security-opt", "seccomp=unconfined", "--security-opt", "systempaths=unconfined", "--cap-add", "SYS_ADMIN"] },
        { "init", ["--init"] },
        { "host", ["--ipc", "host", "--uts", "host", "--pid", "host"] },
    };

    public static TheoryData<string, string[]> Execs => new()
    {
        { "exec", [] },
        { "exec user", ["-u", "1000:1001", "-w", "/tmp", "-e", "A=b"] },
        { "exec terminal", ["-t"] },
    };

    [Theory]
    [MemberData(nameof(Containers))]
    public async Task A_container_inherits_what_dockers_does_or_less(string name, string[] options)
    {
        (DockerCli ours, ReferenceEngine dockers) = await pair.StartAsync(App);
        string[] host = name == "host" ? [] : ["--hostname", "box"];
        string[] line = ["run", "--rm", "--network", "none", .. host, "-v", await Probe.MountAsync("inheritance", pair.Ours), .. options, App, Probe.Inside + "/inheritance"];
        Compare(name, await ours.RunAsync(line), await dockers.RunAsync(line));
    }

    [Theory]
    [MemberData(nameof(Execs))]
    public async Task An_exec_inherits_what_dockers_does_or_less(string name, string[] options)
    {
        (DockerCli ours, ReferenceEngine dockers) = await pair.StartAsync(App);
        string container = Name();
        string[] run = ["run", "-d", "--name", container, "--network", "none", "--hostname", "box", "-v", await Probe.MountAsync("inheritance", pair.Ours), App, "sleep", "1000"];
        string[] exec = ["exec", .. options, container, Probe.Inside + "/inheritance"];
        (await ours.RunAsync(run)).Succeeds();
        (await dockers.RunAsync(run)).Succeeds();
        Compare(name, await ours.RunAsync(exec), await dockers.RunAsync(exec));
        await ours.SayAsync("rm", "-f", container);
        (await dockers.RunAsync("rm", "-f", container)).Succeeds();
    }

    /// <summary>Debian's dockerd starts none here (CAP_SYS_RESOURCE is missing), so what it would be is said outright.</summary>
    [Fact]
    public async Task A_privileged_one_inherits_nothing_either()
    {
        (DockerCli ours, _) = await pair.StartAsync(App);
        string[] line = ["run", "--rm", "--network", "none", "--privileged", "-v", await Probe.MountAsync("inheritance", pair.Ours), App, Probe.Inside + "/inheritance"];
        string[] told = [.. Lines(await ours.RunAsync(line))];
        string bounding = File.ReadLines("/proc/self/status").First(l => l.StartsWith("CapBnd:", StringComparison.Ordinal)).Split('\t')[1];
        foreach (string expected in (string[])[
            "status.Umask 0022", $"status.CapBnd {bounding}", $"status.CapPrm {bounding}", $"status.CapEff {bounding}", "status.CapInh 0000000000000000",
            "status.CapAmb 0000000000000000", "status.NoNewPrivs 0", "status.Seccomp 0", "status.SigIgn 0000000000000000", "status.SigBlk 0000000000000000",
            "sched.nice 0", "sched.policy 0 priority 0", "process.oom_score_adj 0", "process.pid 1 session 1 group 1 foreground 0"])
        {
            Assert.Contains(expected, told);
        }

        Assert.Equal(["fd.0", "fd.1", "fd.2"], told.Where(l => l.StartsWith("fd.", StringComparison.Ordinal)).Select(l => l.Split(' ')[0]));
        Assert.Contains(told, l => l.StartsWith("keyring _ses. of 69, keyring;", StringComparison.Ordinal));
        Assert.DoesNotContain(told, l => l.StartsWith("mount ", StringComparison.Ordinal) && l.Contains(" /proc/", StringComparison.Ordinal));
        Assert.Contains("mount / /sys rw,nosuid,nodev,noexec,relatime - sysfs sysfs rw", told);
    }

    private static void Compare(string name, CommandResult ours, CommandResult dockers)
    {
        List<string> our = [.. Lines(ours)];
        List<string> docker = [.. Lines(dockers)];
        Assert.True(our.Count > 100, $"the probe told only {our.Count} lines: {ours}");
        List<string> onlyDocker = Without(docker, our);
        List<string> onlyOurs = Without(our, docker);
        string[] unexplained =
        [
            .. onlyDocker.Where(l => !IsolationDifference.All.Any(d => d.HasDockers(name, l))).Select(l => "dockerd  " + l),
            .. onlyOurs.Where(l => !IsolationDifference.All.Any(d => d.HasOurs(name, l))).Select(l => "coracle  " + l),
        ];
        Assert.True(unexplained.Length == 0, $"{name}:\n{string.Join('\n', unexplained)}");
    }

    private static List<string> Without(List<string> lines, List<string> others)
    {
        List<string> rest = [.. lines];
        others.ForEach(l => rest.Remove(l));
        return rest;
    }

    /// <summary>Without what is another in every container or engine.</summary>
    private static IEnumerable<string> Lines(CommandResult run)
        => run.Succeeds().Output.Replace("\r", "", StringComparison.Ordinal).Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => Short().Replace(Place().Replace(Id().Replace(Layers().Replace(MountIds().Replace(Autogroup().Replace(line, "N"), "mount "), "overlay overlay"), "ID"), "ROOT"), "SHORT"));

    [GeneratedRegex("[0-9a-f]{64}")]
    private static partial Regex Id();

    [GeneratedRegex(@"\b[0-9a-f]{12}\b")]
    private static partial Regex Short();

    [GeneratedRegex("/tmp/ce2e-[A-Za-z0-9]+(/data)?")]
    private static partial Regex Place();

    [GeneratedRegex(@"^mount \d+ \d+ \d+:\d+ ")]
    private static partial Regex MountIds();

    [GeneratedRegex("overlay overlay .*")]
    private static partial Regex Layers();

    [GeneratedRegex(@"(?<=/autogroup-)\d+")]
    private static partial Regex Autogroup();
}
