using System.Net.Sockets;
using Coracle.Linux;

namespace Coracle.Core;

// Pause, unpause and rename: what changes about a container while it goes on as it was.
public sealed partial class Container
{
    /// <summary>
    /// The newest freezing or thawing; only the loop replaces it. Each waits for the one before, its message included, so that
    /// the phase and the processes never disagree.
    /// </summary>
    private Task _freezing = Task.CompletedTask;

    /// <summary>POST /containers/{id}/pause: returns when every process is frozen.</summary>
    /// <exception cref="EngineException">It does not run, or is paused.</exception>
    public async Task PauseAsync(CancellationToken cancellationToken)
    {
        ContainerAnswer answer = await AskWhenStartedAsync(ContainerEvent.PauseAsked, cancellationToken);
        if (!answer.Accepted)
        {
            throw CannotPause(answer.Before.Phase);
        }

        await answer.Order.Work.WaitAsync(cancellationToken);
    }

    /// <summary>POST /containers/{id}/unpause</summary>
    /// <exception cref="EngineException">It is not paused.</exception>
    public async Task ResumeAsync(CancellationToken cancellationToken)
    {
        ContainerAnswer answer = await AskWhenStartedAsync(ContainerEvent.ResumeAsked, cancellationToken);
        if (!answer.Accepted)
        {
            throw NotPaused();
        }

        await answer.Order.Work.WaitAsync(cancellationToken);
    }

    /// <summary>A start in progress is waited for: what is asked for is meant for what it starts.</summary>
    private async Task<ContainerAnswer> AskWhenStartedAsync(ContainerEvent asked, CancellationToken cancellationToken)
    {
        while (true)
        {
            ContainerAnswer answer = await AskAsync(new ContainerMessage(asked) { Answer = NewAnswer() }, cancellationToken);
            if (answer.Before.Phase != ContainerPhase.Starting)
            {
                return answer;
            }

            await _watch.WhenAsync(state => state.Phase != ContainerPhase.Starting, cancellationToken);
        }
    }

    private Order Freezing(Task work)
    {
        _freezing = work;
        return _pending.Keep(Id, work);
    }

    private async Task FreezeAsync(IContainerTask task, Task before)
    {
        await before.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ForceYielding);
        if (State.Phase != ContainerPhase.Running)
        {
            throw CannotPause(State.Phase);
        }

        try
        {
            await task.PauseAsync(_lifetime.Token);
        }
        catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException)
        {
            throw e.InnerException is LinuxException { Errno: not Errno.ESRCH } refused
                ? new EngineException(Refusal.Failed, $"cannot pause container {Id}: {refused.Message}", e)
                : CannotPause(ContainerPhase.Exited);
        }

        if (!await TellFrozenAsync(ContainerEvent.PauseDone, task))
        {
            throw CannotPause(ContainerPhase.Exited);
        }
    }

    private async Task ThawAsync(IContainerTask task, Task before)
    {
        await before.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ForceYielding);
        if (State.Phase != ContainerPhase.Paused)
        {
            throw NotPaused();
        }

        try
        {
            await task.ResumeAsync(_lifetime.Token);
        }
        catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException)
        {
            throw NotPaused(); // it ended; the exit is told by task.Exited alone
        }

        if (!await TellFrozenAsync(ContainerEvent.ResumeDone, task))
        {
            throw NotPaused();
        }
    }

    /// <summary>A signal that is meant to end it reaches frozen processes only when they run again.</summary>
    private async Task ThawAfterSignalAsync(IContainerTask task, Task sent, Task before)
    {
        await sent.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await ThawAsync(task, before);
    }

    /// <returns>False when the process is not this container's any more.</returns>
    private async Task<bool> TellFrozenAsync(ContainerEvent done, IContainerTask task)
    {
        ContainerMessage message = new(done) { Task = task, Answer = NewAnswer() };
        await TellAsync(message);
        return message.Answer.Task is { IsCompletedSuccessfully: true } answer && (await answer).Accepted;
    }

    private EngineException CannotPause(ContainerPhase phase) => new(Refusal.Conflict, phase switch
    {
        ContainerPhase.Paused => $"Container {Id} is already paused",
        ContainerPhase.Restarting => $"Container {Id} is restarting, wait until the container is running",
        _ => $"container {Id} is not running",
    });

    private EngineException NotPaused() => new(Refusal.Conflict, $"Container {Id} is not paused");

    /// <param name="name">Reserved for this container.</param>
    /// <param name="release">Told the name that is nobody's when it is over: the old one, or the new one if it failed.</param>
    internal Task RenameAsync(string name, Action<string> release, CancellationToken cancellationToken)
        => _pending.Keep(Id, RenameToTheEndAsync(name, release)).Work.WaitAsync(cancellationToken);

    private async Task RenameToTheEndAsync(string name, Action<string> release)
    {
        ContainerAnswer answer = await AskAsync(new ContainerMessage(ContainerEvent.RenameAsked) { Name = name, Answer = NewAnswer() }, _lifetime.Token);
        if (!answer.Accepted)
        {
            release(name);
            throw answer.Before.Phase == ContainerPhase.Removed
                ? new EngineException(Refusal.NotFound, "No such container: " + Id)
                : new EngineException(Refusal.Conflict, $"removal of container {answer.Name} is already in progress");
        }

        try
        {
            await answer.Order.Work;
        }
        catch (IOException e)
        {
            await AskAsync(new ContainerMessage(ContainerEvent.RenameAsked) { Name = answer.Name, Answer = NewAnswer() }, _lifetime.Token);
            release(name);
            throw new EngineException(Refusal.Failed, $"cannot rename container {Id}: {e.Message}", e);
        }

        release(answer.Name);
        Publish("rename", ("oldName", "/" + answer.Name));
    }
}
