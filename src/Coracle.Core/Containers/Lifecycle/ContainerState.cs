namespace Coracle.Core;

/// <summary>What a container is at one moment: an immutable snapshot that its loop publishes and anybody may read.</summary>
public sealed record ContainerState
{
    public ContainerPhase Phase { get; init; }

    /// <summary>0 when there is no process.</summary>
    public int Pid { get; init; }

    /// <summary>Of the last run; 126, 127 or 128 when the last start failed.</summary>
    public int ExitCode { get; init; }

    /// <summary>Empty, or why the last start failed.</summary>
    public string Error { get; init; } = "";

    public bool OomKilled { get; init; }

    /// <summary>UTC; null when it never ran.</summary>
    public DateTimeOffset? StartedAt { get; init; }

    public DateTimeOffset? FinishedAt { get; init; }

    /// <summary>Restarts by the policy since somebody last started it.</summary>
    public int RestartCount { get; init; }

    /// <summary>Ends of a process so far: what <c>next-exit</c> counts.</summary>
    public int Exits { get; init; }

    /// <summary>The last removal did not get through: Docker shows <c>dead</c>.</summary>
    public bool RemovalFailed { get; init; }

    /// <summary>Docker's word for it.</summary>
    public string Status => Phase switch
    {
        ContainerPhase.Running => "running",
        ContainerPhase.Paused => "paused",
        ContainerPhase.Restarting => "restarting",
        ContainerPhase.Removing or ContainerPhase.Removed => "removing",
        _ when RemovalFailed => "dead",
        _ => StartedAt is null ? "created" : "exited",
    };
}
