using System.Text;
using Coracle.Linux;

namespace Coracle.Tests.Linux;

public sealed class DurableFileTests : IDisposable
{
    private readonly ScratchDirectory _scratch = new();

    public void Dispose() => _scratch.Dispose();

    private sealed class PowerCut : Exception;

    [Theory]
    [InlineData("durable:written", "old")]
    [InlineData("durable:flushed", "old")]
    [InlineData("durable:renamed", "new")]
    [InlineData("durable:synced", "new")]
    public void Power_may_go_anywhere_and_the_file_is_whole(string crashAt, string survivor)
    {
        DurableFile.Replace(_scratch.Root, "state.json", "old"u8);

        CrashPoint.Observer = name =>
        {
            if (name == crashAt)
            {
                throw new PowerCut();
            }
        };
        Assert.Throws<PowerCut>(() => DurableFile.Replace(_scratch.Root, "state.json", "new"u8));
        CrashPoint.Observer = null;

        Assert.Equal(survivor, Read("state.json"));
        DurableFile.Replace(_scratch.Root, "state.json", "next boot"u8); // the leftover does not get in the way
        Assert.Equal("next boot", Read("state.json"));
        Assert.Equal(["state.json"], _scratch.Root.List());
    }

    [Fact]
    public void A_failed_replacement_leaves_the_old_file_and_nothing_else()
    {
        _scratch.Root.CreateDirectory("state.json").Dispose();
        Assert.Throws<LinuxException>(() => DurableFile.Replace(_scratch.Root, "state.json", "x"u8));
        Assert.Equal(["state.json"], _scratch.Root.List());
    }

    [Fact]
    public void A_file_longer_than_the_reader_is_ready_for_is_not_read()
    {
        DurableFile.Replace(_scratch.Root, "state.json", new byte[100]);
        Assert.Equal(100, DurableFile.TryRead(_scratch.Root, "state.json", 100)!.Length);
        Assert.Equal(Errno.EFBIG, Assert.Throws<LinuxException>(() => DurableFile.TryRead(_scratch.Root, "state.json", 99)).Errno);
        Assert.Null(DurableFile.TryRead(_scratch.Root, "nothing", 1));
    }

    [Fact]
    public async Task An_observer_is_its_own_flows_only()
    {
        var seen = new List<string>();
        CrashPoint.Observer = seen.Add;
        Task stranger;
        using (ExecutionContext.SuppressFlow())
        {
            stranger = Task.Run(() => CrashPoint.Hit("stranger"), TestContext.Current.CancellationToken);
        }

        await stranger;
        await Task.Run(() => CrashPoint.Hit("child"), TestContext.Current.CancellationToken);
        CrashPoint.Observer = null;
        CrashPoint.Hit("nobody");
        Assert.Equal(["child"], seen);
    }

    [Fact]
    public void A_lock_is_held_by_one_and_free_after_it()
    {
        Assert.False(FlockHandle.IsHeld(_scratch.Root, "lock"));
        Assert.True(FlockHandle.TryTake(_scratch.Root, "lock", out FlockHandle? first));
        Assert.True(FlockHandle.IsHeld(_scratch.Root, "lock"));
        Assert.False(FlockHandle.TryTake(_scratch.Root, "lock", out _));
        first.Dispose();
        Assert.False(FlockHandle.IsHeld(_scratch.Root, "lock"));
        Assert.True(FlockHandle.TryTake(_scratch.Root, "lock", out FlockHandle? second));
        second.Dispose();
    }

    private string Read(string name) => Encoding.UTF8.GetString(DurableFile.TryRead(_scratch.Root, name, 1000)!);
}
