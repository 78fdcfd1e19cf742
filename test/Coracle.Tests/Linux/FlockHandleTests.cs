using Coracle.Linux;

namespace Coracle.Tests.Linux;

public sealed class FlockHandleTests : IDisposable
{
    private readonly ScratchDirectory _scratch = new();

    [Fact]
    public async Task An_owner_that_is_going_is_waited_for()
    {
        using DirectoryHandle directory = DirectoryHandle.Open(_scratch.Path);
        Assert.True(FlockHandle.TryTake(directory, "lock", out FlockHandle? first));
        Task<bool> second = Task.Run(() =>
        {
            bool taken = FlockHandle.TryTake(directory, "lock", TimeSpan.FromSeconds(20), out FlockHandle? held);
            held?.Dispose();
            return taken;
        });
        Assert.False(second.IsCompleted);
        first.Dispose();
        Assert.True(await second);
    }

    [Fact]
    public void An_owner_that_stays_is_not_waited_for_for_ever()
    {
        using DirectoryHandle directory = DirectoryHandle.Open(_scratch.Path);
        Assert.True(FlockHandle.TryTake(directory, "lock", out FlockHandle? first));
        using (first)
        {
            Assert.False(FlockHandle.TryTake(directory, "lock", TimeSpan.FromMilliseconds(30), out FlockHandle? second));
            Assert.Null(second);
        }
    }

    public void Dispose() => _scratch.Dispose();
}
