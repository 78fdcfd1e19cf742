using Coracle.Core;
using Coracle.Runtime;

namespace Coracle.Tests.Core;

public sealed class ExecTests : IAsyncLifetime
{
    private static readonly ExecConfig _shell = new() { Command = ["sh", "-c", "true"], AttachStdout = true };

    private readonly ContainerBench _bench = new();

    private readonly ExecStore _execs = new(TimeProvider.System);

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync() => _bench.DisposeAsync();

    [Fact]
    public async Task Its_life_is_told_and_remembered()
    {
        Container container = await _bench.StartedAsync();
        ExecInstance exec = _execs.Create(container, "boat", _shell);
        Assert.Equal((false, null, 0), (exec.IsRunning, exec.ExitCode, exec.Pid));
        Assert.Equal([exec.Id], _execs.LiveOf(container));

        using IAttachedStream? stream = await exec.StartAsync(new AttachWish(false, true, false), default);
        Assert.NotNull(stream);
        Assert.Equal((true, null, 4712), (exec.IsRunning, exec.ExitCode, exec.Pid));
        _bench.TaskOf(container).Execs[0].End(3);
        await exec.Ended.WaitAsync(ContainerBench.Patience, TestContext.Current.CancellationToken);

        Assert.Equal((false, 3, 4712), (exec.IsRunning, exec.ExitCode, exec.Pid));
        Assert.Same(exec, _execs.Get(exec.Id));
        Assert.Empty(_execs.LiveOf(container));
        Assert.Equal(["start", "exec_create: sh -c true", "exec_start: sh -c true"], _bench.Actions().Take(3));
    }

    [Fact]
    public async Task It_is_remembered_from_its_end_on_however_long_it_ran()
    {
        Clock clock = new();
        ExecStore execs = new(clock);
        Container container = await _bench.StartedAsync();
        ExecInstance exec = execs.Create(container, "boat", _shell);
        await exec.StartAsync(null, default);
        clock.Now += TimeSpan.FromHours(1);
        _bench.TaskOf(container).Execs[0].End(3);
        await exec.Ended.WaitAsync(ContainerBench.Patience, TestContext.Current.CancellationToken);

        execs.Create(container, "boat", _shell); // forgets what is old
        Assert.Equal(3, execs.Get(exec.Id).ExitCode);
        clock.Now += TimeSpan.FromMinutes(6);
        execs.Create(container, "boat", _shell);
        Assert.Throws<EngineException>(() => execs.Get(exec.Id));
    }

    [Fact]
    public async Task Of_those_that_have_ended_the_newest_are_remembered_and_all_that_run()
    {
        const int Many = 700;
        Clock clock = new();
        ExecStore execs = new(clock);
        Container container = await _bench.StartedAsync();
        ExecInstance running = execs.Create(container, "boat", _shell);
        await running.StartAsync(null, default);
        List<ExecInstance> ended = [];
        for (int i = 0; i < Many; i++)
        {
            clock.Now += TimeSpan.FromMilliseconds(10);
            ExecInstance exec = execs.Create(container, "boat", _shell);
            await exec.StartAsync(null, default);
            _bench.TaskOf(container).Execs[^1].End(3);
            await exec.Ended.WaitAsync(ContainerBench.Patience, TestContext.Current.CancellationToken);
            ended.Add(exec);
        }

        Assert.Same(running, execs.Get(running.Id));
        Assert.All(ended.TakeLast(256), exec => Assert.Equal(3, execs.Get(exec.Id).ExitCode));
        Assert.All(ended.Take(Many - 400), exec => Assert.Throws<EngineException>(() => execs.Get(exec.Id)));
    }

    private sealed class Clock : TimeProvider
    {
        public DateTimeOffset Now { get; set; } = DateTimeOffset.UnixEpoch;

        public override DateTimeOffset GetUtcNow() => Now;
    }

    [Fact]
    public async Task Of_many_racing_starts_one_starts_it()
    {
        Container container = await _bench.StartedAsync();
        ExecInstance exec = _execs.Create(container, "boat", _shell);
        Task[] starts = [.. Enumerable.Range(0, 20).Select(_ => Task.Run(() => exec.StartAsync(null, default)))];
        await Task.WhenAll(starts).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        _ = Assert.Single(starts, start => start.IsCompletedSuccessfully);
        Assert.Single(_bench.TaskOf(container).Execs);
        Assert.All(
            starts.Where(start => start.IsFaulted),
            start => Assert.Equal($"Error: Exec command {exec.Id} is already running", start.Exception!.InnerException!.Message));
    }

    [Theory]
    [InlineData(LaunchFailureKind.NotFound, 127)]
    [InlineData(LaunchFailureKind.NotExecutable, 126)]
    [InlineData(LaunchFailureKind.Other, 126)]
    public async Task What_cannot_be_made_has_an_exit_code_and_the_runtimes_words(LaunchFailureKind kind, int code)
    {
        Container container = await _bench.StartedAsync();
        _bench.TaskOf(container).FailExec = new LaunchFailedException(kind, "words");
        ExecInstance exec = _execs.Create(container, "boat", _shell);
        Assert.Equal("words", (await Assert.ThrowsAsync<EngineException>(() => exec.StartAsync(null, default))).Message);
        Assert.Equal((false, code, 0), (exec.IsRunning, exec.ExitCode, exec.Pid));
        Assert.DoesNotContain("exec_die", _bench.Actions());
    }

    [Fact]
    public async Task One_whose_monitor_is_gone_was_killed()
    {
        Container container = await _bench.StartedAsync();
        ExecInstance exec = _execs.Create(container, "boat", _shell);
        await exec.StartAsync(null, default);
        _bench.TaskOf(container).Execs[0].Lose();
        await exec.Ended.WaitAsync(ContainerBench.Patience, TestContext.Current.CancellationToken);
        Assert.Equal(137, exec.ExitCode);
    }

    [Fact]
    public async Task A_container_that_does_not_run_takes_none()
    {
        Container container = _bench.Create();
        EngineException refused = Assert.Throws<EngineException>(() => _execs.Create(container, "boat", _shell));
        Assert.Equal((Refusal.Conflict, $"Container {container.Id} is not running"), (refused.Refusal, refused.Message));

        await container.StartAsync(TestContext.Current.CancellationToken);
        ExecInstance exec = _execs.Create(container, "boat", _shell);
        _bench.TaskOf(container).End(0);
        await ContainerBench.PhaseAsync(container, ContainerPhase.Exited);
        await Assert.ThrowsAsync<EngineException>(() => exec.StartAsync(null, default));
    }

    [Fact]
    public async Task A_container_that_is_gone_takes_its_execs_along()
    {
        Container container = await _bench.StartedAsync();
        ExecInstance exec = _execs.Create(container, "boat", _shell);
        await container.RemoveAsync(force: true, TestContext.Current.CancellationToken);
        Assert.Equal("No such exec instance: " + exec.Id, Assert.Throws<EngineException>(() => _execs.Get(exec.Id)).Message);
    }

    [Fact]
    public async Task They_are_bounded()
    {
        Container container = await _bench.StartedAsync();
        EngineException? refused = null;
        for (int i = 0; i < 5000 && refused is null; i++)
        {
            refused = Record.Exception(() => _execs.Create(container, "boat", _shell)) as EngineException;
        }

        Assert.Equal(Refusal.Unavailable, refused?.Refusal);
    }
}
