using Coracle.Core;
using Coracle.Linux;

namespace Coracle.Tests.Core;

public sealed class RenameTests : IAsyncLifetime
{
    private readonly ContainerBench _bench = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync() => _bench.DisposeAsync();

    [Fact]
    public async Task The_new_name_is_on_disk_when_it_returns()
    {
        Container container = _bench.Create();
        await _bench.Store.RenameAsync(container, "/ship", Cancel);
        Assert.Equal("ship", Assert.Single(_bench.Records.Load()).Saved.Name);
        Assert.Same(container, _bench.Store.Get("ship"));
        Assert.Throws<EngineException>(() => _bench.Store.Get("boat"));
        _bench.Create("boat"); // free again
    }

    [Fact]
    public async Task Containers_that_pass_names_on_never_share_one_on_disk()
    {
        Container[] fleet = [.. Enumerable.Range(0, 4).Select(i => _bench.Create("boat" + i))];
        for (int round = 0; round < 50; round++)
        {
            // Read between the rounds: whoever reads one record after the other while names are passed on can meet a name twice.
            await Task.WhenAll(fleet.Select((container, i) => Record.ExceptionAsync(() => _bench.Store.RenameAsync(container, $"name{(i + round) % 5}", Cancel)).AsTask()))
                .WaitAsync(TimeSpan.FromSeconds(60));
            Assert.Equal(4, _bench.Records.Load().Select(loaded => loaded.Saved.Name).Distinct().Count());
        }

        Assert.All(fleet, container => Assert.Same(container, _bench.Store.Get(container.Name)));
    }

    [Theory]
    [InlineData("durable:written", "boat")]
    [InlineData("durable:flushed", "boat")]
    [InlineData("durable:renamed", "ship")]
    public async Task Power_may_go_anywhere_and_there_is_one_container_with_one_name(string crashAt, string survivor)
    {
        bool armed = false;
        // Set before there is a container: its loop keeps the context that it was made in.
        CrashPoint.Observer = name =>
        {
            if (armed && name == crashAt)
            {
                throw new PowerCut();
            }
        };
        Container container = _bench.Create();
        armed = true;
        await Assert.ThrowsAsync<PowerCut>(() => _bench.Store.RenameAsync(container, "ship", Cancel));
        armed = false;
        await using ContainerBench after = new(_bench);
        await new ContainerRecovery(after.Store, after.Environment).RunAsync(Cancel);
        Assert.Equal(survivor, Assert.Single(after.Store.List()).Name);
        Assert.Equal(container.Id, after.Store.Get(survivor).Id);
        Assert.Throws<EngineException>(() => after.Store.Get(survivor == "boat" ? "ship" : "boat"));
    }

    [Fact]
    public async Task A_container_that_is_gone_has_no_name_to_change_and_takes_none()
    {
        Container container = _bench.Create();
        await container.RemoveAsync(force: false, Cancel);
        EngineException refused = await Assert.ThrowsAsync<EngineException>(() => _bench.Store.RenameAsync(container, "ship", Cancel));
        Assert.Contains(refused.Refusal, (Refusal[])[Refusal.NotFound, Refusal.Conflict]);
        _bench.Create("ship");
    }

    private sealed class PowerCut : Exception;
}
