namespace Coracle.Core;

/// <summary>What was found out about the device and the engine's set-up when it started; <c>/info</c> and <c>/version</c> show it.</summary>
public sealed record HostFacts
{
    /// <summary>Stable for this device and data root.</summary>
    public required string Id { get; init; }

    public required string HostName { get; init; }

    public required string KernelVersion { get; init; }

    /// <summary>os-release's PRETTY_NAME.</summary>
    public required string OperatingSystem { get; init; }

    /// <summary>os-release's VERSION_ID; may be empty.</summary>
    public required string OperatingSystemVersion { get; init; }

    /// <summary>As uname says: x86_64, aarch64, armv7l.</summary>
    public required string Machine { get; init; }

    /// <summary>As Go says: amd64, arm64, arm.</summary>
    public required string Architecture { get; init; }

    public required int Processors { get; init; }

    public required long MemoryBytes { get; init; }

    public required CgroupFacts Cgroups { get; init; }

    public required string DataRoot { get; init; }

    /// <summary>Of the data root, as <c>docker info</c> calls it: extfs, xfs, btrfs, tmpfs …</summary>
    public required string BackingFilesystem { get; init; }

    public bool HasSeccomp { get; init; }

    public bool HasAppArmor { get; init; }

    public bool ForwardsIpv4 { get; init; }

    /// <summary>What the operator should know, in Docker's words (<c>WARNING: No swap limit support</c>).</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];
}
