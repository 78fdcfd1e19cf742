namespace Coracle.Core;

public enum StartOutcome
{
    Started,
    AlreadyRunning,
}

public enum StopOutcome
{
    Stopped,
    AlreadyStopped,
}

public enum KillOutcome
{
    Sent,
    NotRunning,
}

/// <summary>What <c>wait</c> waits for.</summary>
public enum WaitCondition
{
    /// <summary>It does not run: at once for a container that was never started.</summary>
    NotRunning,

    /// <summary>Its next end, whatever happened before.</summary>
    NextExit,

    /// <summary>It is gone.</summary>
    Removed,
}
