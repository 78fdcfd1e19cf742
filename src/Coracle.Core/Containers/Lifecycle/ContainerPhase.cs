namespace Coracle.Core;

/// <summary>
/// Where a container is in its life. One value, never flags; everything Docker shows as flags is derived from it.
/// <code>
///              StartAsked            Started             PauseDone
///   Created ──────────────► Starting ────────► Running ◄──────────► Paused
///      │                    │  ▲  ▲              │ │    ResumeDone    │ │
///      │        StartFailed │  │  │ RestartDue   │ │ ExitedForRestart │ │
///      │                    │  │  └───────── Restarting ◄──────────────┘ │
///      │                    │  │ StartAsked     │ │                      │
///      │                    ▼  │      SignalAsked│ │ ProcessExited       │
///      │ RemoveAsked       Exited ◄──────────────┴─┴─────────────────────┘
///      │                    │  ▲
///      │        RemoveAsked │  │ RemoveFailed
///      └──────────────────► Removing ──────► Removed
///                                    Removed
/// </code>
/// </summary>
public enum ContainerPhase
{
    /// <summary>Exists, has never run (or its only starts failed and it shows so).</summary>
    Created,

    /// <summary>Its process is being made; signals wait until it runs.</summary>
    Starting,

    Running,

    /// <summary>Runs, frozen.</summary>
    Paused,

    /// <summary>Down, waiting for the restart policy's delay.</summary>
    Restarting,

    Exited,

    /// <summary>Its files are going.</summary>
    Removing,

    /// <summary>Gone; only those who still hold the object see this.</summary>
    Removed,
}

/// <summary>What can happen to a container.</summary>
public enum ContainerEvent
{
    StartAsked,
    Started,
    StartFailed,

    /// <summary>The monitor of a process that an earlier engine started has answered at last.</summary>
    Found,

    /// <summary>The same of frozen processes. Nobody paused them now: no event is told.</summary>
    FoundPaused,

    /// <summary>Stop and kill: a signal for the process; while restarting, an end to that.</summary>
    SignalAsked,

    /// <summary>Its processes are to be frozen; <see cref="PauseDone"/> follows when they are.</summary>
    PauseAsked,
    PauseDone,
    ResumeAsked,
    ResumeDone,

    /// <summary>The process ended and stays down.</summary>
    ProcessExited,

    /// <summary>The process ended and its policy starts it again after a delay.</summary>
    ExitedForRestart,

    RestartDue,

    /// <summary>Another name; where it is in its life does not change.</summary>
    RenameAsked,

    /// <summary>Its links are made, and its process waits: what it was given is known.</summary>
    NetworksJoined,

    /// <summary>It was connected to a network, or disconnected.</summary>
    NetworksChanged,
    RemoveAsked,
    RemoveFailed,
    Removed,

    /// <summary>The stop of a restart failed: no start follows it.</summary>
    RestartFailed,
}
