using Coracle.Core;

namespace Coracle.Tests.Core;

public sealed class PauseTests : IAsyncLifetime
{
    private readonly ContainerBench _bench = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync() => _bench.DisposeAsync();

    [Fact]
    public async Task Pause_and_unpause_are_phases_and_events()
    {
        Container container = await _bench.StartedAsync();
        await container.PauseAsync(Cancel);
        Assert.Equal(("paused", true), (container.State.Status, _bench.TaskOf(container).IsPaused));
        await container.ResumeAsync(Cancel);
        Assert.Equal(("running", false), (container.State.Status, _bench.TaskOf(container).IsPaused));
        Assert.Equal(["start", "pause", "unpause"], _bench.Actions());
    }

    [Fact]
    public async Task Of_many_racing_pauses_one_pauses_it()
    {
        Container container = await _bench.StartedAsync();
        bool[] done = await Task.WhenAll(Enumerable.Range(0, 20).Select(async _ =>
        {
            EngineException? refused = await Record.ExceptionAsync(() => container.PauseAsync(Cancel)) as EngineException;
            Assert.True(refused is null || refused.Message == $"Container {container.Id} is already paused");
            return refused is null;
        })).WaitAsync(ContainerBench.Patience);
        Assert.Single(done, paused => paused);
        Assert.Single(_bench.Actions(), "pause");
    }

    [Fact]
    public async Task A_stop_that_comes_while_it_is_being_paused_ends_it_without_a_kill()
    {
        Container container = await _bench.StartedAsync();
        FakeTask task = _bench.TaskOf(container);
        task.PauseGate = new TaskCompletionSource();
        _bench.Runtime.Obeyed.Clear();
        Task pause = container.PauseAsync(Cancel);
        Task<StopOutcome> stop = container.StopAsync(null, TimeSpan.FromSeconds(60), Cancel);
        await container.KillAsync(new Signal(10), Cancel); // the stop's signal has been sent when this one was
        _bench.Runtime.Obeyed.Add(15);
        task.PauseGate.SetResult();
        Assert.Equal(StopOutcome.Stopped, await stop.WaitAsync(ContainerBench.Patience));
        await Record.ExceptionAsync(() => pause);
        Assert.DoesNotContain(9, task.Signals);
    }

    [Fact]
    public async Task A_pause_that_meets_the_end_of_the_process_says_so_and_changes_nothing()
    {
        Container container = await _bench.StartedAsync();
        FakeTask task = _bench.TaskOf(container);
        task.PauseGate = new TaskCompletionSource();
        Task pause = container.PauseAsync(Cancel);
        task.End(1);
        await ContainerBench.PhaseAsync(container, ContainerPhase.Exited);
        await container.StartAsync(Cancel); // another process: the pause was not meant for it
        task.PauseGate.SetResult();
        EngineException refused = await Assert.ThrowsAsync<EngineException>(() => pause);
        Assert.Equal((Refusal.Conflict, $"container {container.Id} is not running"), (refused.Refusal, refused.Message));
        Assert.Equal(ContainerPhase.Running, container.State.Phase);
    }

    [Fact]
    public async Task What_does_not_run_cannot_be_paused()
    {
        Container container = _bench.Create();
        Assert.Equal($"container {container.Id} is not running", (await Assert.ThrowsAsync<EngineException>(() => container.PauseAsync(Cancel))).Message);
        Assert.Equal($"Container {container.Id} is not paused", (await Assert.ThrowsAsync<EngineException>(() => container.ResumeAsync(Cancel))).Message);
    }
}
