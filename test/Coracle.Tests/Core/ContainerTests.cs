using Coracle.Core;
using Coracle.Runtime;

namespace Coracle.Tests.Core;

public sealed class ContainerTests : IAsyncLifetime
{
    private static readonly TimeSpan _atOnce = TimeSpan.FromSeconds(1);

    private readonly ContainerBench _bench = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync() => _bench.DisposeAsync();

    [Fact]
    public async Task A_container_that_is_started_runs_until_its_process_ends()
    {
        Container container = await _bench.StartedAsync();
        Assert.Equal("running", container.State.Status);
        Assert.Equal(4711, container.State.Pid);

        _bench.TaskOf(container).End(3);
        ContainerState ended = await ContainerBench.PhaseAsync(container, ContainerPhase.Exited);
        Assert.Equal([ended.StartedAt, ended.FinishedAt], _bench.Events.Subscribe().Past.Select(told => (DateTimeOffset?)told.At));

        Assert.Equal((3, 0, "exited"), (ended.ExitCode, ended.Pid, ended.Status));
        Assert.Equal(["start", "die"], _bench.Actions());
    }

    [Fact]
    public async Task A_second_start_finds_it_running()
    {
        Container container = await _bench.StartedAsync();
        Assert.Equal(StartOutcome.AlreadyRunning, await container.StartAsync(Cancel));
    }

    [Fact]
    public async Task Of_many_racing_starts_one_starts_it()
    {
        Container container = _bench.Create();
        StartOutcome[] outcomes = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => container.StartAsync(Cancel))).WaitAsync(ContainerBench.Patience);
        Assert.Equal(1, outcomes.Count(outcome => outcome == StartOutcome.Started));
        Assert.Equal(1, _bench.Runtime.Creates);
    }

    [Fact]
    public async Task A_long_stop_keeps_nobody_waiting()
    {
        _bench.Runtime.Obeyed.Clear(); // a process that ignores SIGTERM
        Container container = await _bench.StartedAsync();
        Task<StopOutcome> stop = container.StopAsync(null, TimeSpan.FromSeconds(60), Cancel);

        Assert.Equal(KillOutcome.Sent, await container.KillAsync(new Signal(10), Cancel).WaitAsync(_atOnce));
        Assert.Equal("running", container.State.Status);
        await container.RemoveAsync(force: true, Cancel).WaitAsync(_atOnce);

        Assert.Equal(StopOutcome.Stopped, await stop.WaitAsync(_atOnce));
        Assert.Contains(9, _bench.TaskOf(container).Signals);
        Assert.Throws<EngineException>(() => _bench.Store.Get(container.Id));
    }

    [Fact]
    public async Task A_stop_kills_when_the_grace_is_over()
    {
        _bench.Runtime.Obeyed.Clear();
        Container container = await _bench.StartedAsync();
        await container.StopAsync(null, TimeSpan.FromMilliseconds(50), Cancel).WaitAsync(ContainerBench.Patience);
        Assert.Equal([15, 9], _bench.TaskOf(container).Signals);
        Assert.Equal(137, container.State.ExitCode);
    }

    [Fact]
    public async Task A_client_that_leaves_does_not_stop_the_stopping()
    {
        _bench.Runtime.Obeyed.Clear();
        Container container = await _bench.StartedAsync();
        using CancellationTokenSource client = new();
        Task<StopOutcome> stop = container.StopAsync(null, TimeSpan.FromMilliseconds(200), client.Token);
        await client.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => stop);
        Assert.Equal(137, (await ContainerBench.PhaseAsync(container, ContainerPhase.Exited)).ExitCode);
    }

    [Fact]
    public async Task Stopping_what_does_not_run_says_so()
    {
        Container container = _bench.Create();
        Assert.Equal(StopOutcome.AlreadyStopped, await container.StopAsync(null, null, Cancel));
        Assert.Equal(KillOutcome.NotRunning, await container.KillAsync(Signal.Kill, Cancel));
    }

    [Fact]
    public async Task The_containers_own_stop_signal_is_sent()
    {
        _bench.Runtime.Obeyed.Add(2);
        Container container = _bench.Create(stopSignal: "SIGINT");
        await container.StartAsync(Cancel);
        await container.StopAsync(null, null, Cancel).WaitAsync(ContainerBench.Patience);
        Assert.Equal([2], _bench.TaskOf(container).Signals);
    }

    [Fact]
    public async Task A_signal_that_comes_while_it_starts_is_sent_when_it_runs()
    {
        _bench.Runtime.CreateGate = new TaskCompletionSource();
        Container container = _bench.Create();
        Task<StartOutcome> start = container.StartAsync(Cancel);
        await ContainerBench.PhaseAsync(container, ContainerPhase.Starting);
        Assert.Equal(KillOutcome.Sent, await container.KillAsync(Signal.Kill, Cancel).WaitAsync(_atOnce));
        _bench.Runtime.CreateGate.SetResult();
        await start.WaitAsync(ContainerBench.Patience);
        Assert.Equal(137, (await ContainerBench.PhaseAsync(container, ContainerPhase.Exited)).ExitCode);
    }

    [Theory]
    [InlineData(LaunchFailureKind.NotFound, 127, Refusal.InvalidArgument)]
    [InlineData(LaunchFailureKind.NotExecutable, 126, Refusal.InvalidArgument)]
    [InlineData(LaunchFailureKind.Other, 128, Refusal.Failed)]
    public async Task A_start_that_fails_is_told_and_remembered(LaunchFailureKind kind, int code, Refusal refusal)
    {
        _bench.Runtime.FailStart = new LaunchFailedException(kind, "exec: \"nosuch\": executable file not found in $PATH");
        Container container = _bench.Create();
        EngineException told = await Assert.ThrowsAsync<EngineException>(() => container.StartAsync(Cancel));
        Assert.Equal(refusal, told.Refusal);
        Assert.EndsWith("executable file not found in $PATH", told.Message);
        Assert.Equal((code, "created", told.Message), (container.State.ExitCode, container.State.Status, container.State.Error));
    }

    [Fact]
    public async Task A_container_that_removes_itself_is_gone_after_its_exit_and_wait_sees_it()
    {
        Container container = _bench.Create(autoRemove: true);
        Task<ContainerState> removed = container.WaitAsync(WaitCondition.Removed, Cancel);
        Task<ContainerState> exit = container.WaitAsync(WaitCondition.NextExit, Cancel);
        await container.StartAsync(Cancel);
        Assert.False(removed.IsCompleted);
        _bench.TaskOf(container).End(7);
        Assert.Equal(7, (await removed.WaitAsync(ContainerBench.Patience)).ExitCode);
        Assert.Equal(7, (await exit.WaitAsync(ContainerBench.Patience)).ExitCode);
        Assert.Throws<EngineException>(() => _bench.Store.Get("boat"));
        Assert.Equal(["start", "die", "destroy"], _bench.Actions());
        Assert.Empty(_bench.Records.Load());
    }

    [Fact]
    public async Task A_failed_start_removes_a_container_that_removes_itself()
    {
        _bench.Runtime.FailCreate = new LaunchFailedException(LaunchFailureKind.NotFound, "no such file or directory");
        Container container = _bench.Create(autoRemove: true);
        Task<ContainerState> removed = container.WaitAsync(WaitCondition.Removed, Cancel);
        await Assert.ThrowsAsync<EngineException>(() => container.StartAsync(Cancel));
        Assert.Equal(127, (await removed.WaitAsync(ContainerBench.Patience)).ExitCode);
    }

    [Fact]
    public async Task Waiting_for_not_running_answers_at_once_for_a_container_that_never_ran()
        => Assert.Equal(0, (await _bench.Create().WaitAsync(WaitCondition.NotRunning, Cancel).WaitAsync(_atOnce)).ExitCode);

    [Fact]
    public async Task A_running_container_is_removed_only_by_force()
    {
        Container container = await _bench.StartedAsync();
        EngineException refused = await Assert.ThrowsAsync<EngineException>(() => container.RemoveAsync(force: false, Cancel));
        Assert.Equal(Refusal.Conflict, refused.Refusal);
        Assert.Equal(
            "cannot remove container \"/boat\": container is running: stop the container before removing or force remove", refused.Message);
        await container.RemoveAsync(force: true, Cancel).WaitAsync(ContainerBench.Patience);
        Assert.Equal(ContainerPhase.Removed, container.State.Phase);
    }

    [Fact]
    public async Task Many_forced_removals_of_one_container_all_succeed()
    {
        Container container = await _bench.StartedAsync(autoRemove: true);
        await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => container.RemoveAsync(force: true, Cancel))).WaitAsync(ContainerBench.Patience);
        Assert.Single(_bench.Actions(), "destroy");
    }

    [Fact]
    public async Task Whoever_attached_before_the_start_is_connected_before_the_process_is_released()
    {
        Container container = _bench.Create();
        using AttachTicket first = await container.AttachAsync(new AttachWish(true, true, true), Cancel);
        using AttachTicket second = await container.AttachAsync(new AttachWish(false, true, true), Cancel);
        await container.StartAsync(Cancel);
        Assert.Equal(2, _bench.TaskOf(container).AttachedAtStart);
        using AttachTicket late = await container.AttachAsync(new AttachWish(false, true, false), Cancel);
        Assert.NotNull(await late.Connected.WaitAsync(_atOnce));
        Assert.NotNull(await first.Connected.WaitAsync(_atOnce));
    }

    [Fact]
    public async Task A_failed_start_sends_away_those_who_attached()
    {
        _bench.Runtime.FailCreate = new LaunchFailedException(LaunchFailureKind.NotFound, "no");
        Container container = _bench.Create();
        using AttachTicket ticket = await container.AttachAsync(new AttachWish(true, true, true), Cancel);
        await Assert.ThrowsAsync<EngineException>(() => container.StartAsync(Cancel));
        Assert.Null(await ticket.Connected.WaitAsync(_atOnce));
    }

    [Fact]
    public async Task A_policy_starts_it_again_until_somebody_stops_it()
    {
        Container container = await _bench.StartedAsync(policy: "always");
        _bench.TaskOf(container).End(1);
        await container.WhenAsync(state => state is { Phase: ContainerPhase.Running, RestartCount: 1 }, Cancel).WaitAsync(ContainerBench.Patience);
        await container.StopAsync(null, null, Cancel).WaitAsync(ContainerBench.Patience);
        Assert.Equal(ContainerPhase.Exited, container.State.Phase);
        Assert.True(container.Record.StoppedByHand);
    }

    [Fact]
    public async Task An_out_of_memory_kill_is_an_event_and_a_fact()
    {
        Container container = await _bench.StartedAsync();
        _bench.TaskOf(container).End(137, oom: true);
        Assert.True((await ContainerBench.PhaseAsync(container, ContainerPhase.Exited)).OomKilled);
        Assert.Equal(["start", "oom", "die"], _bench.Actions());
    }
}
