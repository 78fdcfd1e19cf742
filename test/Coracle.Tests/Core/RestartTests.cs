using Coracle.Core;
using Coracle.Runtime;

namespace Coracle.Tests.Core;

public sealed class RestartTests : IAsyncLifetime
{
    private readonly ContainerBench _bench = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync() => _bench.DisposeAsync();

    [Fact]
    public async Task What_removes_itself_survives_a_restart_and_goes_at_its_own_end()
    {
        Container container = await _bench.StartedAsync(autoRemove: true);
        FakeTask first = _bench.TaskOf(container);
        await container.RestartAsync(null, null, Cancel).WaitAsync(ContainerBench.Patience);
        Assert.NotSame(first, _bench.TaskOf(container));
        Assert.Equal(ContainerPhase.Running, container.State.Phase);
        _bench.TaskOf(container).End(0);
        await ContainerBench.PhaseAsync(container, ContainerPhase.Removed);
        Assert.Equal(["start", "kill", "die", "stop", "start", "restart", "die", "destroy"], _bench.Actions());
    }

    [Fact]
    public async Task A_restart_that_cannot_start_it_again_removes_what_removes_itself()
    {
        Container container = await _bench.StartedAsync(autoRemove: true);
        _bench.Runtime.FailCreate = new LaunchFailedException(LaunchFailureKind.NotFound, "no such file or directory");
        await Assert.ThrowsAsync<EngineException>(() => container.RestartAsync(null, null, Cancel)).WaitAsync(ContainerBench.Patience);
        await ContainerBench.PhaseAsync(container, ContainerPhase.Removed);
    }

    [Fact]
    public async Task A_forced_removal_in_the_middle_of_a_restart_wins()
    {
        _bench.Runtime.Obeyed.Clear();
        Container container = await _bench.StartedAsync(autoRemove: true);
        Task restart = container.RestartAsync(null, TimeSpan.FromSeconds(60), Cancel);
        await container.KillAsync(new Signal(10), Cancel); // the restart's signal has been sent when this one was
        await container.RemoveAsync(force: true, Cancel).WaitAsync(ContainerBench.Patience);
        Exception? ended = await Record.ExceptionAsync(() => restart.WaitAsync(ContainerBench.Patience));
        Assert.True(ended is EngineException { Refusal: Refusal.Conflict }, $"{ended}");
        Assert.Equal(ContainerPhase.Removed, container.State.Phase);
    }

    [Fact]
    public async Task A_kill_returns_when_the_process_has_ended()
    {
        Container container = await _bench.StartedAsync();
        Assert.Equal(KillOutcome.Sent, await container.KillAsync(Signal.Kill, Cancel));
        Assert.Equal((ContainerPhase.Exited, 137), (container.State.Phase, container.State.ExitCode));
    }

    [Fact]
    public async Task Whoever_waits_for_the_next_exit_is_told_when_it_is_removed_without_one()
    {
        Container container = _bench.Create();
        Task<ContainerState> exit = container.WaitAsync(WaitCondition.NextExit, Cancel);
        Task<ContainerState> removed = container.WaitAsync(WaitCondition.Removed, Cancel);
        await container.RemoveAsync(force: false, Cancel);
        Assert.Equal(ContainerPhase.Removed, (await exit.WaitAsync(ContainerBench.Patience)).Phase);
        Assert.Equal(0, (await removed.WaitAsync(ContainerBench.Patience)).ExitCode);
    }
}
