using Coracle.Oci;
using Coracle.Wire;

namespace Coracle.Core;

/// <summary>
/// What of a container survives the engine: how it was asked for, whether it is meant to run, and how its last run ended.
/// Pid, phase and restarts in progress are found again from its monitor.
/// </summary>
public sealed record ContainerRecord
{
    /// <summary>64 hex digits.</summary>
    public required string Id { get; init; }

    /// <summary>Without the slash that Docker shows before it.</summary>
    public required string Name { get; init; }

    /// <summary>UTC.</summary>
    public required DateTimeOffset Created { get; init; }

    public required Digest ImageId { get; init; }

    /// <summary>What its root file system stands on, the lowest first, whether or not the image keeps a name.</summary>
    public required IReadOnlyList<DiffId> Layers { get; init; }

    /// <summary>The client's wishes merged with the image's. Never changed after creation.</summary>
    public required ContainerConfig Config { get; init; }

    /// <summary>Never changed after creation.</summary>
    public required HostConfig HostConfig { get; init; }

    /// <summary>What is mounted into it, by destination: every wish, and the image's volumes, as they were decided at its creation.</summary>
    public IReadOnlyList<MountPoint> Mounts { get; init; } = [];

    /// <summary>The networks that it belongs to, the one of its mode first. Connect and disconnect change them, running or not.</summary>
    public IReadOnlyList<NetworkMembership> Networks { get; init; } = [];

    /// <summary>Never changed after creation; of a container that is gone meanwhile too.</summary>
    public IReadOnlyList<ContainerLink> Links { get; init; } = [];

    /// <summary>What it has of its networks in this run; null while it does not run, and where it shares another's network.</summary>
    public SandboxState? Sandbox { get; init; }

    public DateTimeOffset? StartedAt { get; init; }

    /// <summary>Null while it is meant to be running: found so without a process, it was cut off.</summary>
    public DateTimeOffset? FinishedAt { get; init; }

    public int ExitCode { get; init; }

    public string Error { get; init; } = "";

    public bool OomKilled { get; init; }

    /// <summary>
    /// Its starts so far, asked for or by its policy: which of two records is the newer, whatever the clock did. 0 in those of the first
    /// engines, which had only the times.
    /// </summary>
    public long Run { get; init; }

    public int RestartCount { get; init; }

    /// <summary>Somebody stopped it since it was last started: <c>unless-stopped</c> obeys that across boots.</summary>
    public bool StoppedByHand { get; init; }

    /// <summary>Entrypoint and Cmd in one: what is executed.</summary>
    public IReadOnlyList<string> CommandLine => [.. Config.Entrypoint ?? [], .. Config.Cmd ?? []];

    public string ShortId => ContainerId.Short(Id);

    public string LogFileName => Id + "-json.log";
}
