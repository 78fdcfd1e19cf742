using System.Diagnostics;
using Coracle.Linux;

namespace Coracle.RootTests.Runtime;

/// <summary>The program of device rules in a real kernel: in the v2 tree, which a hybrid machine has too, if without controllers.</summary>
[Trait("Needs", "root")]
public sealed class ContainerCgroupDevicesTests : IDisposable
{
    private readonly string _path = "coracle-test-" + Guid.NewGuid().ToString("N");
    private readonly CgroupHierarchies _hierarchies = CgroupHierarchies.Discover();

    public void Dispose() => Cgroup.At(_hierarchies, _path).Delete();

    [Theory]
    [InlineData("c 1:3 rw", "cat /dev/null", true)]
    [InlineData("c 1:3 rw", "echo > /dev/null", true)]
    [InlineData("c 1:3 r", "cat /dev/null", true)]
    [InlineData("c 1:3 r", "echo > /dev/null", false)]
    [InlineData("c 1:5 rwm", "cat /dev/null", false)]
    [InlineData("b 1:3 rwm", "cat /dev/null", false)]
    [InlineData("c 1:* rw", "head -c 1 /dev/zero", true)]
    [InlineData("a *:* rwm", "head -c 1 /dev/zero", true)]
    [InlineData("c *:* m", "rm -f $0 && mknod $0 c 1 3 && rm $0", true)]
    [InlineData("c *:* m", "rm -f $0 && mknod $0 b 7 0 && rm $0", false)]
    [InlineData("c *:* m", "cat /dev/null", false)]
    public async Task A_process_gets_what_the_rules_allow(string rule, string use, bool allowed)
    {
        Assert.NotNull(_hierarchies.Unified);
        Cgroup cgroup = Cgroup.Create(_hierarchies, _path);
        cgroup.AttachDeviceProgram(DeviceProgram.Assemble([rule]));
        Assert.Equal(allowed, await RunAsync(cgroup, use));
    }

    [Fact]
    public async Task Two_programs_are_both_asked_and_go_with_their_cgroups()
    {
        Cgroup outer = Cgroup.Create(_hierarchies, _path);
        Cgroup inner = Cgroup.Create(_hierarchies, _path + "/inner");
        inner.AttachDeviceProgram(DeviceProgram.Assemble(["c *:* rwm"]));
        Assert.True(await RunAsync(inner, "cat /dev/null"));
        outer.AttachDeviceProgram(DeviceProgram.Assemble(["c 1:5 rwm"]));
        Assert.False(await RunAsync(inner, "cat /dev/null"));
        Assert.True(await RunAsync(inner, "head -c 1 /dev/zero"));
        outer.Delete();
        Assert.True(await RunAsync(Cgroup.Create(_hierarchies, _path + "/inner"), "cat /dev/null"));
    }

    [Fact]
    public void Some_hundred_rules_are_one_program()
    {
        Cgroup cgroup = Cgroup.Create(_hierarchies, _path);
        cgroup.AttachDeviceProgram(DeviceProgram.Assemble([.. Enumerable.Range(0, 500).Select(minor => $"c 10:{minor} rw")]));
    }

    /// <summary>Before Linux 5.11 programs count as locked memory, whose limit is the whole process's.</summary>
    [Fact]
    public async Task Programs_that_are_loaded_at_once_leave_the_limit_of_locked_memory_as_it_was()
    {
        const int AtOnce = 16;
        string before = LimitOfLockedMemory();
        byte[] program = DeviceProgram.Assemble([.. Enumerable.Range(0, 500).Select(minor => $"c 10:{minor} rw")]);
        Cgroup[] cgroups = [.. Enumerable.Range(0, AtOnce).Select(number => Cgroup.Create(_hierarchies, $"{_path}/{number}"))];
        await Task.WhenAll(cgroups.Select(cgroup => Task.Run(() => cgroup.AttachDeviceProgram(program), TestContext.Current.CancellationToken)));
        Assert.Equal(before, LimitOfLockedMemory());
    }

    private static string LimitOfLockedMemory()
        => File.ReadLines("/proc/self/limits").First(line => line.StartsWith("Max locked memory", StringComparison.Ordinal));

    /// <summary>The shell waits until it is in the cgroup; what it uses then is opened there.</summary>
    private static async Task<bool> RunAsync(Cgroup cgroup, string use)
    {
        string node = Path.Combine(Path.GetTempPath(), "coracle-node-" + Guid.NewGuid().ToString("N"));
        var start = new ProcessStartInfo("sh", ["-c", $"read go; {use}", node])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using Process process = Process.Start(start)!;
        cgroup.AddProcess(process.Id);
        await process.StandardInput.WriteLineAsync();
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return process.ExitCode == 0;
    }
}
