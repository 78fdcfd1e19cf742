namespace Coracle.E2E;

/// <summary>
/// docker run --privileged. Debian's dockerd asks for all the capabilities there are and fails where the host itself lacks one, as test
/// machines do; ours takes those that there are.
/// </summary>
[Trait("Engine", "coracle")]
public sealed class PrivilegedTests(Stage stage) : EngineTest(stage)
{
    [Fact]
    public async Task Every_capability_that_the_engine_has_and_no_filter()
    {
        string own = File.ReadLines("/proc/self/status").First(l => l.StartsWith("CapBnd:", StringComparison.Ordinal)).Split('\t')[1];
        string[] lines = (await RunAsync("--privileged", App, "grep", "-E", "Cap(Prm|Eff|Bnd)|Seccomp:", "/proc/self/status")).Succeeds().Lines;
        Assert.Equal([$"CapPrm:\t{own}", $"CapEff:\t{own}", $"CapBnd:\t{own}", "Seccomp:\t0"], lines);
        Assert.Equal($"CapEff:\t{own}", (await RunAsync("--privileged", "--cap-drop", "ALL", App, "grep", "CapEff", "/proc/self/status")).Succeeds().Text);
    }

    [Fact]
    public async Task Nothing_is_masked_or_read_only()
    {
        string mounts = (await RunAsync("--privileged", App, "cat", "/proc/mounts")).Succeeds().Output;
        Assert.DoesNotContain(" /proc/", mounts, StringComparison.Ordinal);
        string[] sys = [.. mounts.Split('\n').Where(l => l.Contains(" /sys", StringComparison.Ordinal))];
        Assert.NotEmpty(sys);
        Assert.All(sys, l => Assert.Matches(@" \S+ rw,", l));
        Assert.Equal("0\n0", (await RunAsync("--privileged", App, "sh", "-c", "cat /proc/keys > /dev/null; echo $?; cat /proc/kcore 2>/dev/null | head -c 0; echo $?")).Succeeds().Text);
    }

    [Fact]
    public async Task The_hosts_devices_are_there()
    {
        string[] host = (await Command.RunAsync("/usr/bin/find", ["/dev", "-xdev", "(", "-type", "b", "-o", "-type", "c", ")", "-not", "-path", "/dev/pts/*", "-not", "-name", "console"], Machine.Environment("/"))).Succeeds().Lines;
        string[] inside = (await RunAsync("--privileged", App, "find", "/dev", "-xdev", "(", "-type", "b", "-o", "-type", "c", ")")).Succeeds().Lines;
        Assert.Empty(host.Except([.. inside, "/dev/ptmx"])); // that one is a link to the container's own
    }

    [Fact]
    public async Task Mounting_works()
        => Assert.Equal("in", (await RunAsync("--privileged", App, "sh", "-c", "mount -t tmpfs none /tmp && echo in > /tmp/f && cat /tmp/f && umount /tmp")).Succeeds().Text);

    [Fact]
    public async Task Inspect_shows_it_as_docker_does()
    {
        string name = Name();
        await Docker.SayAsync("create", "--privileged", "--name", name, "--network", "none", App, "true");
        Assert.Equal("true null null [\"label=disable\"]", await InspectAsync(name, "{{.HostConfig.Privileged}} {{json .HostConfig.MaskedPaths}} {{json .HostConfig.ReadonlyPaths}} {{json .HostConfig.SecurityOpt}}"));
    }

    [Fact]
    public async Task A_privileged_exec_has_the_capabilities_and_keeps_the_filter()
    {
        string own = File.ReadLines("/proc/self/status").First(l => l.StartsWith("CapBnd:", StringComparison.Ordinal)).Split('\t')[1];
        string name = await SleeperAsync();
        string[] lines = (await Docker.RunAsync("exec", "--privileged", name, "grep", "-E", "CapEff|CapInh|Seccomp:", "/proc/self/status")).Succeeds().Lines;
        Assert.Equal(["CapInh:\t0000000000000000", $"CapEff:\t{own}", "Seccomp:\t2"], lines);
    }
}
