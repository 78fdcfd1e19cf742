using Coracle.Runtime;
using Coracle.Wire;

namespace Coracle.Core;

/// <summary>Limits of a container's cgroup and of its process.</summary>
internal static class ResourcePlan
{
    /// <summary>Docker's: below it, a process cannot even be set up reliably.</summary>
    private const long LeastMemory = 6 << 20;

    private const long NanosPerCpu = 1_000_000_000;

    private const ulong DefaultPeriodMicroseconds = 100_000;

    // RLIMIT_*: the same numbers on x86 and arm.
    private static readonly string[] _limits =
    [
        "cpu", "fsize", "data", "stack", "core", "rss", "nproc", "nofile", "memlock", "as", "locks", "sigpending", "msgqueue", "nice",
        "rtprio", "rttime",
    ];

    // Docker's default rules, with those its runtime adds (docker-defaults).
    private static readonly string[] _deviceRules =
    [
        "c *:* m", "b *:* m", "c 1:3 rwm", "c 1:5 rwm", "c 1:7 rwm", "c 1:8 rwm", "c 1:9 rwm", "c 5:0 rwm", "c 5:1 rwm", "c 5:2 rwm", "c 136:* rwm",
    ];

    /// <exception cref="EngineException">A value that Docker refuses.</exception>
    public static ResourceSpec Build(HostConfig host, string containerId, string defaultParent)
    {
        Check(host);
        return new ResourceSpec
        {
            CgroupPath = PathOf(host, containerId, defaultParent),
            MemoryBytes = Positive(host.Memory),
            MemoryReservationBytes = Positive(host.MemoryReservation),
            MemorySwapBytes = host.MemorySwap == 0 ? null : host.MemorySwap,
            CpuShares = host.CpuShares > 0 ? (ulong)host.CpuShares : null,
            CpuPeriodMicroseconds = host.NanoCpus > 0 ? DefaultPeriodMicroseconds : host.CpuPeriod > 0 ? (ulong)host.CpuPeriod : null,
            CpuQuotaMicroseconds = host.NanoCpus > 0
                ? host.NanoCpus * (long)DefaultPeriodMicroseconds / NanosPerCpu
                : host.CpuQuota == 0 ? null : host.CpuQuota,
            CpusetCpus = host.CpusetCpus,
            CpusetMems = host.CpusetMems,
            PidsLimit = host.PidsLimit is > 0 ? host.PidsLimit : null,
            DeviceRules = host.Privileged ? null : _deviceRules,
        };
    }

    /// <summary>Where a container's processes are, below each hierarchy's mount point.</summary>
    public static string PathOf(HostConfig host, string containerId, string defaultParent) => Parent(host, defaultParent) + "/" + containerId;

    public static IReadOnlyList<ResourceLimit> Limits(HostConfig host)
    {
        List<ResourceLimit> limits = [];
        foreach (Ulimit limit in host.Ulimits ?? [])
        {
            int number = Array.IndexOf(_limits, limit.Name);
            if (number < 0)
            {
                throw Invalid("invalid ulimit type: " + limit.Name);
            }

            if (limit.Hard != -1 && (limit.Soft == -1 || limit.Soft > limit.Hard))
            {
                throw Invalid($"ulimit soft limit must be less than or equal to hard limit: {limit.Soft} > {limit.Hard}");
            }

            limits.Add(new ResourceLimit(number, (ulong)limit.Soft, (ulong)limit.Hard)); // -1 is RLIM_INFINITY
        }

        return limits;
    }

    private static void Check(HostConfig host)
    {
        if (host.Memory is > 0 and < LeastMemory)
        {
            throw Invalid("Minimum memory limit allowed is 6MB");
        }

        if (host.MemorySwap > 0 && host.Memory == 0)
        {
            throw Invalid("You should always set the Memory limit when using Memoryswap limit, see usage");
        }

        if (host.MemorySwap > 0 && host.MemorySwap < host.Memory)
        {
            throw Invalid("Minimum memoryswap limit should be larger than memory limit, see usage");
        }

        if (host.Memory > 0 && host.MemoryReservation > host.Memory)
        {
            throw Invalid("Minimum memory limit can not be less than memory reservation limit, see usage");
        }

        if (host.NanoCpus > 0 && (host.CpuPeriod > 0 || host.CpuQuota > 0))
        {
            throw Invalid(
                $"Conflicting options: Nano CPUs and CPU {(host.CpuPeriod > 0 ? "Period" : "Quota")} cannot both be set.");
        }

        if (host.NanoCpus < 0 || host.NanoCpus > Environment.ProcessorCount * NanosPerCpu)
        {
            int count = Environment.ProcessorCount;
            throw Invalid($"range of CPUs is from 0.01 to {count}.00, as there are only {count} CPUs available");
        }
    }

    /// <summary>A relative cgroup path below every hierarchy's root.</summary>
    private static string Parent(HostConfig host, string defaultParent)
    {
        string parent = host.CgroupParent.Trim('/');
        return parent.Split('/').Any(part => part is ".." or ".") || parent.Contains('\0', StringComparison.Ordinal)
            ? throw Invalid($"invalid cgroup parent: {host.CgroupParent}")
            : parent.Length > 0 ? parent : defaultParent;
    }

    private static long? Positive(long value) => value > 0 ? value : null;

    private static EngineException Invalid(string message) => new(Refusal.InvalidArgument, message);
}
