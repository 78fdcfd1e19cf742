using System.Runtime.CompilerServices;

namespace Coracle.Runtime;

/// <summary>A container's cgroup and its limits; null is "not set".</summary>
/// <remarks>
/// The monitor makes and removes the cgroup, so its path is all that stands in the launch record. Everything else is the engine's to
/// apply, while the process waits before its execve: <see cref="CgroupDriver"/>.
/// </remarks>
public sealed record ResourceSpec
{
    public bool Equals(ResourceSpec? other) => ReferenceEquals(this, other);

    public override int GetHashCode() => RuntimeHelpers.GetHashCode(this);

    public override string ToString() => CgroupPath;

    /// <summary>Below every hierarchy's mount point, e.g. <c>docker/&lt;id&gt;</c>; made by the monitor, removed by it.</summary>
    public required string CgroupPath { get; init; }

    /// <summary>The unit of systemd's that the cgroup is; null when it is nobody's but ours.</summary>
    public ScopeName? Scope { get; init; }

    public long? MemoryBytes { get; init; }

    public long? MemoryReservationBytes { get; init; }

    /// <summary>Memory plus swap, as Docker's --memory-swap; -1 is unlimited.</summary>
    public long? MemorySwapBytes { get; init; }

    /// <summary>0 to 100; cgroup v1 alone has it.</summary>
    public long? MemorySwappiness { get; init; }

    /// <summary>Who wants more memory than there is waits instead of being killed; cgroup v1 alone has it.</summary>
    public bool OomKillDisable { get; init; }

    public ulong? CpuShares { get; init; }

    public ulong? CpuPeriodMicroseconds { get; init; }

    public long? CpuQuotaMicroseconds { get; init; }

    /// <summary>cgroup v1 alone has it, and this one and the next only with CONFIG_RT_GROUP_SCHED.</summary>
    public ulong? RealtimePeriodMicroseconds { get; init; }

    public long? RealtimeRuntimeMicroseconds { get; init; }

    public string CpusetCpus { get; init; } = "";

    public string CpusetMems { get; init; } = "";

    /// <summary>-1 is unlimited.</summary>
    public long? PidsLimit { get; init; }

    public BlockIoSpec? BlockIo { get; init; }

    /// <summary>Device rules as the v1 devices controller spells them (<c>c 1:3 rwm</c>), allowed after "deny all"; null allows everything (privileged).</summary>
    public IReadOnlyList<string>? DeviceRules { get; init; }
}

/// <summary>Shares and limits of block devices.</summary>
/// <param name="Weight">10 to 1000; 0 is "not set".</param>
public sealed record BlockIoSpec(
    int Weight,
    IReadOnlyList<DeviceAmount> DeviceWeights,
    IReadOnlyList<DeviceAmount> ReadBytesPerSecond,
    IReadOnlyList<DeviceAmount> WriteBytesPerSecond,
    IReadOnlyList<DeviceAmount> ReadsPerSecond,
    IReadOnlyList<DeviceAmount> WritesPerSecond);

/// <param name="Path">The node that named it, for systemd, which knows devices by their nodes.</param>
public sealed record DeviceAmount(uint Major, uint Minor, ulong Amount, string Path = "");

/// <param name="Unit"><c>coracle-ID.scope</c></param>
/// <param name="Slice"><c>system.slice</c></param>
public sealed record ScopeName(string Unit, string Slice)
{
    public static string UnitOf(string containerId) => $"coracle-{containerId}.scope";
}
