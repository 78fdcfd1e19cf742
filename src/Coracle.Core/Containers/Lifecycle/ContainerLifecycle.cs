namespace Coracle.Core;

/// <summary>The one function that moves a container from phase to phase; the drawing is at <see cref="ContainerPhase"/>.</summary>
public static class ContainerLifecycle
{
    /// <returns>The next phase, or null when the event is not allowed in this phase.</returns>
    public static ContainerPhase? Next(ContainerPhase phase, ContainerEvent happened) => (phase, happened) switch
    {
        (ContainerPhase.Created or ContainerPhase.Exited, ContainerEvent.StartAsked) => ContainerPhase.Starting,
        (ContainerPhase.Starting, ContainerEvent.Started) => ContainerPhase.Running,
        (ContainerPhase.Starting, ContainerEvent.StartFailed) => ContainerPhase.Exited,
        (ContainerPhase.Running, ContainerEvent.Found) => phase,
        (ContainerPhase.Running or ContainerPhase.Paused, ContainerEvent.FoundPaused) => ContainerPhase.Paused,
        (ContainerPhase.Starting or ContainerPhase.Running or ContainerPhase.Paused, ContainerEvent.SignalAsked) => phase,
        (ContainerPhase.Restarting, ContainerEvent.SignalAsked) => ContainerPhase.Exited,
        (ContainerPhase.Running, ContainerEvent.PauseAsked) => phase,
        (ContainerPhase.Running, ContainerEvent.PauseDone) => ContainerPhase.Paused,
        (ContainerPhase.Paused, ContainerEvent.ResumeAsked) => phase,
        (ContainerPhase.Paused, ContainerEvent.ResumeDone) => ContainerPhase.Running,
        (ContainerPhase.Starting, ContainerEvent.NetworksJoined) => phase,
        (not (ContainerPhase.Removing or ContainerPhase.Removed), ContainerEvent.NetworksChanged) => phase,
        (ContainerPhase.Running or ContainerPhase.Paused, ContainerEvent.ProcessExited) => ContainerPhase.Exited,
        (ContainerPhase.Running or ContainerPhase.Paused, ContainerEvent.ExitedForRestart) => ContainerPhase.Restarting,
        (ContainerPhase.Restarting, ContainerEvent.RestartDue) => ContainerPhase.Starting,
        (not (ContainerPhase.Removing or ContainerPhase.Removed), ContainerEvent.RenameAsked) => phase,
        (ContainerPhase.Created or ContainerPhase.Exited, ContainerEvent.RemoveAsked) => ContainerPhase.Removing,
        (ContainerPhase.Removing, ContainerEvent.RemoveFailed) => ContainerPhase.Exited,
        (ContainerPhase.Removing, ContainerEvent.Removed) => ContainerPhase.Removed,
        (not ContainerPhase.Removed, ContainerEvent.RestartFailed) => phase,
        _ => null,
    };

    /// <summary>There is a process, or there will be one without anybody asking.</summary>
    public static bool IsAlive(ContainerPhase phase)
        => phase is ContainerPhase.Starting or ContainerPhase.Running or ContainerPhase.Paused or ContainerPhase.Restarting;

    /// <summary>A process of this container exists and takes signals.</summary>
    public static bool HasProcess(ContainerPhase phase) => phase is ContainerPhase.Running or ContainerPhase.Paused;
}
