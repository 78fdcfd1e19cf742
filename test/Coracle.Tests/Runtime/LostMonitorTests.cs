using Coracle.Runtime;
using Coracle.Tests.Linux;

namespace Coracle.Tests.Runtime;

public sealed class LostMonitorTests : IDisposable
{
    private readonly ScratchDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void Without_a_launch_record_nothing_has_run() => Assert.Null(LostMonitor.Settle(_directory.Root));

    /// <summary>Here a directory stands in the record's way; in a full exec-root there is no room for it.</summary>
    [Fact]
    public void An_end_is_told_though_its_record_cannot_be_written()
    {
        File.WriteAllText(_directory.At("launch"), "damaged");
        Directory.CreateDirectory(_directory.At("exit.tmp"));
        ExitRecord exit = LostMonitor.Settle(_directory.Root)!;
        Assert.True(exit.MonitorLost);
        Assert.Contains("the container's monitor died", exit.Error, StringComparison.Ordinal);
        Assert.False(File.Exists(_directory.At("exit")));
    }
}
