using Coracle.Runtime;

namespace Coracle.Core;

// Further processes. They change nothing about the container, so they are no messages: its present process is asked directly.
public sealed partial class Container
{
    /// <summary>Whether it can have one now.</summary>
    /// <param name="nameAsked">As the client named it: Docker repeats that when it is paused.</param>
    /// <exception cref="EngineException">It does not run, or is paused.</exception>
    public void CheckForExec(string nameAsked)
    {
        switch (State.Phase)
        {
            case ContainerPhase.Running:
                return;
            case ContainerPhase.Paused:
                throw new EngineException(Refusal.Conflict, $"Container {nameAsked} is paused, unpause the container before exec");
            case ContainerPhase.Restarting:
                throw new EngineException(Refusal.Conflict, $"Container {nameAsked} is restarting, wait until the container is running");
            default:
                throw new EngineException(Refusal.Conflict, $"Container {Id} is not running");
        }
    }

    /// <summary>Its process, if it runs (or is paused).</summary>
    internal IContainerTask? RunningTask => ContainerLifecycle.HasProcess(State.Phase) ? _task : null;

    /// <summary>A process that waits before its execve.</summary>
    /// <exception cref="LaunchFailedException">It could not be made.</exception>
    internal async Task<IExecTask> CreateExecTaskAsync(ExecInstance exec, (int Height, int Width) size)
    {
        CheckForExec(Id);
        IContainerTask task = _task ?? throw new EngineException(Refusal.Conflict, $"Container {Id} is not running");
        ExecSpec spec = await Task.Run(() => _services.PrepareExec(_record, exec.Config), CancellationToken.None);
        return await task.CreateExecAsync(exec.Id, spec with { Rows = size.Height, Columns = size.Width }, CancellationToken.None);
    }

    /// <summary>Work of an exec: waited for when the engine ends.</summary>
    internal void Keep(Task work) => _pending.Keep(Id, work);

    /// <summary>Cancelled when this engine lets go of the container.</summary>
    internal CancellationToken Lifetime => _lifetime.Token;

    /// <summary>An event of one of its execs.</summary>
    public void PublishExec(string action, string execId, int? exitCode = null)
    {
        if (exitCode is int code)
        {
            Publish(action, ("execID", execId), ("exitCode", Number(code)));
        }
        else
        {
            Publish(action, ("execID", execId));
        }
    }
}
