using Coracle.Linux;
using Coracle.Runtime;
using Coracle.Wire;

namespace Coracle.Core;

/// <summary>Limits of a container's cgroup and of its process.</summary>
internal static class ResourcePlan
{
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

    /// <param name="host">Verified: <see cref="ResourceChecks"/>.</param>
    /// <exception cref="EngineException">A parent or a rule that is none, a device that is not there.</exception>
    public static ResourceSpec Build(HostConfig host, string containerId, CgroupFacts facts, string defaultParent)
    {
        (string path, ScopeName? scope) = CgroupPlacement.Of(host, containerId, facts, defaultParent);
        return new ResourceSpec
        {
            CgroupPath = path,
            Scope = scope,
            MemoryBytes = Positive(host.Memory),
            MemoryReservationBytes = Positive(host.MemoryReservation),
            MemorySwapBytes = host.MemorySwap == 0 ? null : host.MemorySwap,
            MemorySwappiness = host.MemorySwappiness,
            OomKillDisable = host.OomKillDisable == true,
            CpuShares = host.CpuShares > 0 ? (ulong)host.CpuShares : null,
            CpuPeriodMicroseconds = host.NanoCpus > 0 ? DefaultPeriodMicroseconds : host.CpuPeriod > 0 ? (ulong)host.CpuPeriod : null,
            CpuQuotaMicroseconds = host.NanoCpus > 0
                ? host.NanoCpus * (long)DefaultPeriodMicroseconds / NanosPerCpu
                : host.CpuQuota == 0 ? null : host.CpuQuota,
            RealtimePeriodMicroseconds = host.CpuRealtimePeriod > 0 ? (ulong)host.CpuRealtimePeriod : null,
            RealtimeRuntimeMicroseconds = host.CpuRealtimeRuntime == 0 ? null : host.CpuRealtimeRuntime,
            CpusetCpus = host.CpusetCpus,
            CpusetMems = host.CpusetMems,
            PidsLimit = host.PidsLimit is > 0 ? host.PidsLimit : null,
            BlockIo = BlockIoPlan.Build(host),
            DeviceRules = host.Privileged ? null : DeviceRules(host),
        };
    }

    /// <summary>What the container has of its own, what it was given, and what was only ruled.</summary>
    private static List<string> DeviceRules(HostConfig host)
    {
        CheckDeviceRules(host);
        List<string> rules = [.. _deviceRules];
        foreach (DeviceMapping mapping in host.Devices ?? [])
        {
            foreach (DeviceNode node in MappedDevices.Find(mapping))
            {
                rules.Add($"{node.Kind} {node.Major}:{node.Minor} {mapping.CgroupPermissions}");
            }
        }

        rules.AddRange(host.DeviceCgroupRules ?? []);
        return rules;
    }

    /// <exception cref="EngineException">A rule that is none, or permissions that are.</exception>
    public static void CheckDeviceRules(HostConfig host)
    {
        foreach (string rule in host.DeviceCgroupRules ?? [])
        {
            if (!DeviceRule.TryParse(rule, out _))
            {
                throw Invalid($"invalid device cgroup rule format: '{rule}'");
            }
        }

        foreach (DeviceMapping mapping in host.Devices ?? [])
        {
            if (!DeviceRule.TryParse("c 0:0 " + mapping.CgroupPermissions, out _))
            {
                throw Invalid($"invalid device mode: {mapping.CgroupPermissions}");
            }
        }
    }

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

    private static long? Positive(long value) => value > 0 ? value : null;

    private static EngineException Invalid(string message) => new(Refusal.InvalidArgument, message);
}
