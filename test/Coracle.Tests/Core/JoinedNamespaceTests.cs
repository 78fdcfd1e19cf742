using Coracle.Core;
using Coracle.Runtime;
using Coracle.Wire;

namespace Coracle.Tests.Core;

public sealed class JoinedNamespaceTests : IAsyncLifetime
{
    private readonly ContainerBench _bench = new();

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync() => _bench.DisposeAsync();

    [Fact]
    public void A_name_becomes_an_id_and_other_modes_stay()
    {
        Container donor = _bench.Create("donor");
        Assert.Equal("container:" + donor.Id, JoinedNamespaces.Resolve("container:donor", _bench.Store));
        Assert.Equal("host", JoinedNamespaces.Resolve("host", _bench.Store));
        Assert.Equal("No such container: nosuch", Assert.Throws<EngineException>(() => JoinedNamespaces.Resolve("container:nosuch", _bench.Store)).Message);
    }

    [Fact]
    public async Task A_donor_that_does_not_run_is_no_donor()
    {
        Container donor = _bench.Create("donor");
        Assert.Equal(
            $"container {donor.Id} is not running",
            (await Assert.ThrowsAsync<EngineException>(() => JoinAsync(new HostConfig { PidMode = "container:" + donor.Id }))).Message);
    }

    [Fact]
    public async Task Ipc_is_shared_only_by_who_says_so()
    {
        Container donor = await _bench.StartedAsync("donor");
        Assert.EndsWith(
            "non-shareable IPC (hint: use IpcMode:shareable for the donor container)",
            (await Assert.ThrowsAsync<EngineException>(() => JoinAsync(new HostConfig { IpcMode = "container:" + donor.Id }))).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_joins_nobody_is_left_alone()
    {
        LaunchSpec spec = await JoinAsync(new HostConfig { PidMode = "host", IpcMode = "private" });
        Assert.Equal(("", default(NamespaceChoice)), (spec.SharedMemoryOf, spec.Isolation.Pid));
    }

    private async Task<LaunchSpec> JoinAsync(HostConfig host)
    {
        using JoinedNamespaces joined = new(_bench.Store.Get);
        return await joined.JoinAsync(_bench.Environment.Prepare(_bench.Create("guest").Record), host, TestContext.Current.CancellationToken);
    }
}
