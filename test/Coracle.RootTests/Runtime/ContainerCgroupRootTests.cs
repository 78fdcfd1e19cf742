using System.Diagnostics;
using System.Text;
using Coracle.Linux;
using Coracle.Runtime;

namespace Coracle.RootTests.Runtime;

/// <summary>An engine in a container sees its own cgroup as the top of v2. Here a cgroup of the real tree is taken for such a top.</summary>
[Trait("Needs", "root")]
public sealed class ContainerCgroupRootTests : IDisposable
{
    private readonly CgroupHierarchies _machine = CgroupHierarchies.Discover();
    private readonly string _path = "coracle-test-" + Guid.NewGuid().ToString("N");
    private readonly Process _process;

    public ContainerCgroupRootTests()
    {
        Cgroup.CreateEmpty(_machine, _path);
        _process = Process.Start(new ProcessStartInfo("cat") { RedirectStandardInput = true })!;
        Cgroup.At(_machine, _path).AddProcess(_process.Id);
    }

    private string Top => $"{_machine.Unified!.MountPoint}/{_path}";

    public void Dispose()
    {
        _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
        Cgroup.At(_machine, _path).Delete();
    }

    [Fact]
    public void Who_is_in_the_way_is_moved_one_level_down()
    {
        CgroupHierarchies seen = SeenFromInside();
        Assert.Equal([_process.Id], Cgroup.ProcessesOfTop(seen.Unified!));
        Assert.True(CgroupRoot.Vacate(seen));
        Assert.Empty(Cgroup.ProcessesOfTop(seen.Unified!));
        Assert.EndsWith($"{_path}/init", CgroupMembership.Find(_process.Id, "0::"u8), StringComparison.Ordinal);
        Assert.False(CgroupRoot.Vacate(seen)); // the next engine's start finds nobody
    }

    /// <summary>What it is for: limits below.</summary>
    [Fact]
    public void Then_controllers_can_be_handed_down()
    {
        CgroupHierarchies seen = SeenFromInside();
        Assert.True(CgroupRoot.Vacate(seen));
        if (seen.Find(CgroupControllers.Pids) is null)
        {
            return; // a hybrid machine's controllers are elsewhere; its kernel has shown the move above
        }

        Cgroup container = Cgroup.Create(seen, "docker/1");
        container.Write(CgroupControllers.Pids, "pids.max", "5");
        Assert.True(container.TryRead(CgroupControllers.Pids, "pids.max", out byte[]? limit));
        Assert.Equal("5\n", Encoding.ASCII.GetString(limit));
    }

    [Fact]
    public void The_real_top_keeps_its_processes()
    {
        CgroupHierarchies real = CgroupHierarchies.Parse(MountTable(_machine.Unified!.MountPoint), ReadControllers);
        Assert.False(File.Exists(_machine.Unified!.MountPoint + "/cgroup.events"));
        Assert.False(CgroupRoot.Vacate(real));
    }

    private CgroupHierarchies SeenFromInside() => CgroupHierarchies.Parse(MountTable(Top), ReadControllers);

    private static byte[] MountTable(string top) => Encoding.UTF8.GetBytes($"30 20 0:9 / {top} rw - cgroup2 cgroup2 rw\n");

    private static byte[] ReadControllers(string top) => File.ReadAllBytes(top + "/cgroup.controllers");
}
