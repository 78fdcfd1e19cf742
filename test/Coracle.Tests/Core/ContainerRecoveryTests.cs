using Coracle.Core;

namespace Coracle.Tests.Core;

public sealed class ContainerRecoveryTests : IAsyncLifetime
{
    private readonly ContainerBench _before = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync() => _before.DisposeAsync();

    private async Task<ContainerBench> RestartAsync()
    {
        await _before.Store.DisposeAsync();
        ContainerBench after = new(_before);
        await new ContainerRecovery(after.Store, after.Environment).RunAsync(Cancel);
        return after;
    }

    [Fact]
    public async Task What_runs_goes_on_running_and_its_exit_is_seen()
    {
        Container container = await _before.StartedAsync();
        await using ContainerBench after = await RestartAsync();
        Container found = after.Store.Get("boat");
        Assert.Equal(("running", container.Id), (found.State.Status, found.Id));
        after.TaskOf(found).End(5);
        Assert.Equal(5, (await ContainerBench.PhaseAsync(found, ContainerPhase.Exited)).ExitCode);
    }

    [Fact]
    public async Task What_ended_while_we_were_away_has_its_exit()
    {
        Container container = await _before.StartedAsync();
        await _before.Store.DisposeAsync();
        _before.TaskOf(container).End(9);
        await using ContainerBench after = await RestartAsync();
        Assert.Equal((9, "exited"), (after.Store.Get("boat").State.ExitCode, after.Store.Get("boat").State.Status));
    }

    [Fact]
    public async Task What_was_cut_off_shows_255()
    {
        Container container = await _before.StartedAsync();
        await _before.Store.DisposeAsync();
        _before.Runtime.Tasks.Clear();
        await using ContainerBench after = await RestartAsync();
        Assert.Equal((255, "exited"), (after.Store.Get(container.Id[..8]).State.ExitCode, after.Store.Get("boat").State.Status));
    }

    [Fact]
    public async Task A_container_that_removes_itself_goes_when_it_was_cut_off()
    {
        await _before.StartedAsync(autoRemove: true);
        await _before.Store.DisposeAsync();
        _before.Runtime.Tasks.Clear();
        await using ContainerBench after = await RestartAsync();
        if (after.Store.List() is [Container left])
        {
            await ContainerBench.PhaseAsync(left, ContainerPhase.Removed);
        }

        Assert.Empty(after.Store.List());
        Assert.Empty(after.Records.Load());
    }

    [Fact]
    public async Task A_policy_brings_back_what_was_cut_off_and_leaves_what_was_stopped()
    {
        await _before.StartedAsync("up", policy: "unless-stopped");
        Container down = await _before.StartedAsync("down", policy: "unless-stopped");
        await down.StopAsync(null, null, Cancel).WaitAsync(ContainerBench.Patience);
        await _before.Store.DisposeAsync();
        _before.Runtime.Tasks.Clear();
        await using ContainerBench after = await RestartAsync();
        await ContainerBench.PhaseAsync(after.Store.Get("up"), ContainerPhase.Running);
        Assert.Equal("exited", after.Store.Get("down").State.Status);
    }

    [Fact]
    public async Task A_record_that_cannot_be_read_is_set_aside_and_the_rest_is_found()
    {
        Container broken = _before.Create("broken");
        _before.Create("whole");
        using (Coracle.Linux.DirectoryHandle directory = _before.Records.OpenDirectory(broken.Id))
        {
            Coracle.Linux.DurableFile.Replace(directory, "container.json", "{\"version\":1,\"container\":{}}"u8);
        }

        await using ContainerBench after = await RestartAsync();
        Assert.Equal("whole", Assert.Single(after.Store.List()).Name);
    }

    [Fact]
    public async Task A_self_removing_containers_record_costs_no_fsync_at_all()
    {
        int flushes = 0;
        Coracle.Linux.CrashPoint.Observer = name => flushes += name == "durable:flushed" ? 1 : 0;
        Container container = await _before.StartedAsync(autoRemove: true);
        Task<ContainerState> removed = container.WaitAsync(WaitCondition.Removed, Cancel);
        _before.TaskOf(container).End(0);
        await removed.WaitAsync(ContainerBench.Patience);
        Coracle.Linux.CrashPoint.Observer = null;
        Assert.Equal(0, flushes);
    }
}
