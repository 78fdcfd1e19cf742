using Coracle.Core;
using Coracle.Runtime;

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
    public async Task What_was_released_when_the_engine_ended_runs_on_and_is_found()
    {
        _before.Runtime.StartGate = new TaskCompletionSource();
        Container container = _before.Create();
        Task<StartOutcome> start = container.StartAsync(Cancel);
        await _before.Runtime.StartAsked.Task.WaitAsync(ContainerBench.Patience);
        Task ending = _before.Store.DisposeAsync().AsTask();
        _before.Runtime.StartGate.SetResult();
        await ending.WaitAsync(ContainerBench.Patience);
        Assert.Equal(StartOutcome.Started, await start.WaitAsync(ContainerBench.Patience));
        Assert.False(_before.TaskOf(container).TakenDown);
        await using ContainerBench after = await RestartAsync();
        Assert.Equal("running", after.Store.Get("boat").State.Status);
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
    public async Task What_was_only_remembered_is_saved_at_the_end_and_an_engine_that_did_nothing_saves_nothing()
    {
        Container container = await _before.StartedAsync(policy: "always");
        _before.TaskOf(container).End(1);
        await container.WhenAsync(state => state is { Phase: ContainerPhase.Running, RestartCount: 1 }, Cancel).WaitAsync(ContainerBench.Patience);
        await _before.Store.DisposeAsync();
        ContainerRecord saved = Assert.Single(_before.Records.Load()).Saved;
        Assert.Equal((1, _before.TaskOf(container).StartedAt, null), (saved.RestartCount, saved.StartedAt, saved.FinishedAt));
        int flushes = 0;
        Coracle.Linux.CrashPoint.Observer = name => Interlocked.Add(ref flushes, name == "durable:flushed" ? 1 : 0);
        ContainerBench after = await RestartAsync();
        await after.DisposeAsync();
        Coracle.Linux.CrashPoint.Observer = null;
        Assert.Equal(0, flushes);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_clock_that_was_set_back_loses_no_exit(bool beforeItsStart)
    {
        Container container = await _before.StartedAsync();
        await _before.Store.DisposeAsync();
        _before.Runtime.Tasks.Clear();
        if (beforeItsStart)
        {
            _before.Records.Save(container.Record with { StartedAt = container.State.StartedAt!.Value.AddHours(2) }); // when it was asked for
        }

        DateTimeOffset end = container.State.StartedAt!.Value.AddHours(-1);
        _before.Runtime.Exits[container.Id] = new ExitRecord(9, end, OomKilled: false, "", MonitorLost: false);
        await using ContainerBench after = await RestartAsync();
        ContainerState found = after.Store.Get("boat").State;
        Assert.Equal((9, end, "exited"), (found.ExitCode, found.FinishedAt, found.Status));
        Assert.Equal(["die"], after.Actions());
    }

    [Fact]
    public async Task A_clock_that_was_set_back_makes_no_restart_older_than_what_is_saved()
    {
        Container container = await _before.StartedAsync(policy: "on-failure", retries: 5);
        ContainerRecord saved = container.Record;
        _before.TaskOf(container).End(1);
        await container.WhenAsync(state => state is { Phase: ContainerPhase.Running, RestartCount: 1 }, Cancel).WaitAsync(ContainerBench.Patience);
        ContainerRecord restarted = container.Record;
        await _before.Store.DisposeAsync();
        _before.Runtime.Tasks.Clear();
        _before.Records.Save(saved);
        DateTimeOffset back = saved.StartedAt!.Value.AddHours(-1);
        _before.Records.Note(restarted with { StartedAt = back, FinishedAt = back.AddSeconds(1), ExitCode = 0 });
        await using ContainerBench after = await RestartAsync();
        ContainerState found = after.Store.Get("boat").State;
        Assert.Equal((0, 1, "exited"), (found.ExitCode, found.RestartCount, found.Status));
        Assert.Empty(after.Actions());
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
    public async Task An_end_that_nobody_saw_is_told_as_of_its_time_and_only_by_the_engine_that_finds_it()
    {
        Container container = await _before.StartedAsync();
        await _before.Store.DisposeAsync();
        _before.TaskOf(container).End(9, oom: true);
        DateTimeOffset end = (await _before.TaskOf(container).Exited).FinishedAt;
        ContainerBench after = await RestartAsync();
        EngineEvent[] told = [.. after.Events.Subscribe().Past];
        Assert.Equal(["oom", "die"], told.Select(e => e.Action));
        Assert.All(told, e => Assert.Equal(end, e.At));
        Assert.Equal("9", told[1].Attributes["exitCode"]);
        await after.Store.DisposeAsync();
        await using ContainerBench third = new(_before);
        await new ContainerRecovery(third.Store, third.Environment).RunAsync(Cancel);
        Assert.Empty(third.Actions());
        Assert.Equal((9, true), (third.Store.Get("boat").State.ExitCode, third.Store.Get("boat").State.OomKilled));
    }

    [Fact]
    public async Task An_end_that_was_told_is_not_told_again_by_the_engine_after_a_kill()
    {
        Container container = await _before.StartedAsync(policy: "unless-stopped");
        ContainerRecord running = container.Record;
        await _before.Store.DisposeAsync();
        _before.TaskOf(container).End(3);
        DateTimeOffset end = (await _before.TaskOf(container).Exited).FinishedAt;
        _before.Records.Note(running with { FinishedAt = end, ExitCode = 3, RestartCount = 2 }); // what the killed engine had done
        await using ContainerBench after = await RestartAsync();
        await ContainerBench.PhaseAsync(after.Store.Get("boat"), ContainerPhase.Running);
        Assert.Equal(["start"], after.Actions());
    }

    [Fact]
    public async Task What_runs_keeps_the_count_of_its_restarts()
    {
        Container container = await _before.StartedAsync(policy: "on-failure");
        await _before.Store.DisposeAsync();
        _before.Records.Note(container.Record with { StartedAt = container.State.StartedAt!.Value.AddSeconds(1), RestartCount = 3 });
        await using ContainerBench after = await RestartAsync();
        Assert.Equal((3, "running"), (after.Store.Get("boat").State.RestartCount, after.Store.Get("boat").State.Status));
    }

    [Fact]
    public async Task A_start_that_came_to_nothing_leaves_things_as_they_were()
    {
        Container fresh = _before.Create("fresh");
        Container used = await _before.StartedAsync("used");
        _before.TaskOf(used).End(4);
        await ContainerBench.PhaseAsync(used, ContainerPhase.Exited);
        await _before.Store.DisposeAsync();
        _before.Runtime.Tasks.Clear();
        _before.Runtime.Exits.Clear();
        foreach (ContainerRecord record in new[] { fresh.Record, used.Record })
        {
            _before.Records.Note(record);
            _before.Records.Save(record with { Run = record.Run + 1, StartedAt = _before.Time.GetUtcNow(), FinishedAt = null, ExitCode = 0 });
        }

        await using ContainerBench after = await RestartAsync();
        Assert.Equal(("created", 0), (after.Store.Get("fresh").State.Status, after.Store.Get("fresh").State.ExitCode));
        Assert.Equal(("exited", 4), (after.Store.Get("used").State.Status, after.Store.Get("used").State.ExitCode));
        Assert.Empty(after.Actions());
    }

    [Fact]
    public async Task A_policy_completes_a_start_that_came_to_nothing()
    {
        Container container = _before.Create(policy: "unless-stopped");
        await _before.Store.DisposeAsync();
        _before.Records.Note(container.Record);
        _before.Records.Save(container.Record with { StartedAt = _before.Time.GetUtcNow() });
        await using ContainerBench after = await RestartAsync();
        await ContainerBench.PhaseAsync(after.Store.Get("boat"), ContainerPhase.Running);
    }

    [Fact]
    public async Task A_count_that_is_used_up_stays_so()
    {
        Container container = await _before.StartedAsync(policy: "on-failure", retries: 2);
        await _before.Store.DisposeAsync();
        _before.Runtime.Tasks.Clear();
        _before.Records.Note(container.Record with { FinishedAt = _before.Time.GetUtcNow(), ExitCode = 1, RestartCount = 2 });
        await using ContainerBench after = await RestartAsync();
        Assert.Equal((1, 2, "exited"), (after.Store.Get("boat").State.ExitCode, after.Store.Get("boat").State.RestartCount, after.Store.Get("boat").State.Status));
        Assert.Equal(1, _before.Runtime.Creates);
    }

    [Fact]
    public async Task A_monitor_that_does_not_answer_keeps_nobody_waiting_and_is_believed_when_it_does()
    {
        Container container = await _before.StartedAsync();
        Container other = await _before.StartedAsync("other");
        await _before.Store.DisposeAsync();
        _before.Runtime.Silent[container.Id] = new TaskCompletionSource();
        await using ContainerBench after = await RestartAsync();
        Container found = after.Store.Get("boat");
        Assert.Equal(("running", 0), (found.State.Status, found.State.Pid));
        EngineException refused = await Assert.ThrowsAsync<EngineException>(() => found.RemoveAsync(force: true, Cancel).WaitAsync(ContainerBench.Patience));
        Assert.Contains("monitor has not answered", refused.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<EngineException>(() => found.StopAsync(null, TimeSpan.Zero, Cancel).WaitAsync(ContainerBench.Patience));
        refused = await Assert.ThrowsAsync<EngineException>(() => found.AttachAsync(new AttachWish(false, true, true), Cancel).WaitAsync(ContainerBench.Patience));
        Assert.Contains("monitor has not answered", refused.Message, StringComparison.Ordinal);
        await after.Store.Get("other").RemoveAsync(force: true, Cancel).WaitAsync(ContainerBench.Patience);
        _before.Runtime.Silent[container.Id].SetResult();
        await found.WhenAsync(state => state.Pid != 0, Cancel).WaitAsync(ContainerBench.Patience);
        using AttachTicket ticket = await found.AttachAsync(new AttachWish(false, true, true), Cancel);
        Assert.NotNull(await ticket.Connected.WaitAsync(ContainerBench.Patience));
        after.TaskOf(found).End(6);
        Assert.Equal(6, (await ContainerBench.PhaseAsync(found, ContainerPhase.Exited)).ExitCode);
        Assert.NotNull(other);
    }

    [Fact]
    public async Task What_was_frozen_when_its_monitor_answered_at_last_is_paused_and_nobody_is_told_of_a_pause()
    {
        Container container = await _before.StartedAsync();
        await container.PauseAsync(Cancel);
        await _before.Store.DisposeAsync();
        _before.Runtime.Silent[container.Id] = new TaskCompletionSource();
        await using ContainerBench after = await RestartAsync();
        Container found = after.Store.Get("boat");
        _before.Runtime.Silent[container.Id].SetResult();
        ContainerState paused = await ContainerBench.PhaseAsync(found, ContainerPhase.Paused);
        Assert.Equal(4711, paused.Pid);
        await found.ResumeAsync(Cancel).WaitAsync(ContainerBench.Patience); // after everything that follows from the answer
        Assert.Equal(["unpause"], after.Actions());
    }

    [Fact]
    public async Task What_is_recorded_as_ended_has_ended_even_if_nobody_could_be_asked()
    {
        Container container = await _before.StartedAsync();
        _before.TaskOf(container).End(4);
        await ContainerBench.PhaseAsync(container, ContainerPhase.Exited);
        await _before.Store.DisposeAsync();
        _before.Runtime.Silent[container.Id] = new TaskCompletionSource();
        _before.Runtime.Silent[container.Id].SetException(new IOException("too many open files"));
        await using ContainerBench after = await RestartAsync();
        Assert.Equal((4, "exited"), (after.Store.Get("boat").State.ExitCode, after.Store.Get("boat").State.Status));
        Assert.Empty(after.Actions());
    }

    [Fact]
    public async Task A_monitor_whose_answer_is_nonsense_is_asked_again()
    {
        Container container = await _before.StartedAsync();
        await _before.Store.DisposeAsync();
        _before.Runtime.Silent[container.Id] = new TaskCompletionSource();
        _before.Runtime.Silent[container.Id].SetException(new InvalidDataException("nonsense"));
        await using ContainerBench after = await RestartAsync();
        Container found = after.Store.Get("boat");
        Assert.Equal(("running", 0), (found.State.Status, found.State.Pid));
        _before.Runtime.Silent.Clear();
        await found.WhenAsync(state => state.Pid != 0, Cancel).WaitAsync(ContainerBench.Patience);
    }

    [Fact]
    public async Task A_restart_that_cannot_stop_it_leaves_what_removes_itself_to_do_so()
    {
        Container container = await _before.StartedAsync(autoRemove: true);
        await _before.Store.DisposeAsync();
        _before.Runtime.Silent[container.Id] = new TaskCompletionSource();
        await using ContainerBench after = await RestartAsync();
        Container found = after.Store.Get("boat");
        await Assert.ThrowsAsync<EngineException>(() => found.RestartAsync(null, TimeSpan.Zero, Cancel).WaitAsync(ContainerBench.Patience));
        _before.Runtime.Silent[container.Id].SetResult();
        await found.WhenAsync(state => state.Pid != 0, Cancel).WaitAsync(ContainerBench.Patience);
        after.TaskOf(found).End(0);
        await ContainerBench.PhaseAsync(found, ContainerPhase.Removed);
    }

    [Fact]
    public async Task A_monitor_that_does_not_answer_does_not_keep_the_engine_from_ending()
    {
        Container container = await _before.StartedAsync();
        await _before.Store.DisposeAsync();
        _before.Runtime.Silent[container.Id] = new TaskCompletionSource();
        await using ContainerBench after = await RestartAsync();
        await after.Store.DisposeAsync().AsTask().WaitAsync(ContainerBench.Patience);
        _before.Runtime.Silent[container.Id].SetResult();
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
