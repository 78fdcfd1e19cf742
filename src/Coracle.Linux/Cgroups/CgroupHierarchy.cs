namespace Coracle.Linux;

/// <summary>Cgroup controllers, and the two hierarchies that have none but must be joined all the same.</summary>
[Flags]
public enum CgroupControllers
{
    None = 0,
    Cpu = 1 << 0,
    CpuAccounting = 1 << 1,
    Cpuset = 1 << 2,
    Memory = 1 << 3,
    Devices = 1 << 4,
    Freezer = 1 << 5,
    BlockIo = 1 << 6,
    Pids = 1 << 7,
    PerfEvent = 1 << 8,
    NetClass = 1 << 9,
    NetPriority = 1 << 10,
    HugeTlb = 1 << 11,
    Rdma = 1 << 12,
    Misc = 1 << 13,

    /// <summary><c>name=systemd</c>: by this one systemd tells whose process it is.</summary>
    Systemd = 1 << 14,
}

/// <summary>One mounted tree of cgroups.</summary>
/// <param name="MountPoint">Without a slash at its end.</param>
/// <param name="IsUnified">cgroup v2.</param>
/// <param name="Controllers">Of v2: those that can be enabled below the mount point, none in hybrid set-ups.</param>
public sealed record CgroupHierarchy(string MountPoint, bool IsUnified, CgroupControllers Controllers)
{
    /// <param name="path">Below the mount point.</param>
    public bool HasFile(string path) => Cgroup.Exists($"{MountPoint}/{path}");

    // By hand, as the next two: what the compiler writes for an enum brings reflection into the monitor's file (decision 0003).
    public override string ToString() => MountPoint;

    public bool Equals(CgroupHierarchy? other)
        => other is not null && MountPoint == other.MountPoint && IsUnified == other.IsUnified && Controllers == other.Controllers;

    public override int GetHashCode() => MountPoint.GetHashCode(StringComparison.Ordinal);
}
