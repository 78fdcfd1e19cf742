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
    public async Task A_network_is_that_of_a_running_container()
    {
        Container donor = _bench.Create("donor");
        Assert.Equal(
            "cannot join network namespace of a non running container: container donor is created",
            (await Assert.ThrowsAsync<EngineException>(() => JoinAsync(new HostConfig { NetworkMode = "container:" + donor.Id }))).Message);
    }

    [Fact]
    public async Task A_container_whose_network_is_wanted_may_come_later()
    {
        Assert.Equal(
            "joining network namespace of container: No such container: nosuch",
            (await Assert.ThrowsAsync<EngineException>(() => JoinAsync(new HostConfig { NetworkMode = "container:nosuch" }))).Message);
        Assert.Equal("container:nosuch", JoinedNamespaces.ResolveIfThere("container:nosuch", _bench.Store));
    }

    [Fact]
    public void A_network_has_one_owner_at_the_end_of_the_row()
    {
        ContainerRecord owner = _bench.Create("owner").Record;
        ContainerRecord middle = Joining("middle", "owner"), last = Joining("last", "middle"), self = Joining("self", "self"), one = Joining("one", "two"), two = Joining("two", "one");
        ContainerRecord Find(string name) => new[] { owner, middle, last, self, one, two }.First(record => record.Name == name);
        Assert.Equal(owner.Id, JoinedNamespaces.NetworkOwnerOf(last, Find).Id);
        Assert.Equal(owner.Id, JoinedNamespaces.NetworkOwnerOf(owner, Find).Id);
        Assert.Equal("cannot join own network namespace", Assert.Throws<EngineException>(() => JoinedNamespaces.NetworkOwnerOf(self, Find)).Message);
        Assert.Throws<EngineException>(() => JoinedNamespaces.NetworkOwnerOf(Joining("third", "one"), Find));
    }

    private ContainerRecord Joining(string name, string target)
        => _bench.Create(name).Record with { HostConfig = new HostConfig { NetworkMode = "container:" + target } };

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
