using Coracle.Linux;
using Coracle.Runtime;
using Coracle.Wire;

namespace Coracle.Core;

/// <summary>
/// Looks at the limits that are asked for: a value that cannot be is refused, one that this machine cannot give is dropped with a
/// warning. Texts and order are those of Docker 28.
/// </summary>
internal static class ResourceChecks
{
    /// <summary>Docker's: below it, a process cannot even be set up reliably.</summary>
    private const long LeastMemory = 6 << 20;

    private const long NanosPerCpu = 1_000_000_000;

    /// <param name="host">What is dropped is gone from it afterwards, so that inspect shows what is in force.</param>
    /// <returns>Warnings for the client.</returns>
    /// <exception cref="EngineException">A value that Docker refuses.</exception>
    public static List<string> Verify(HostConfig host, CgroupFacts facts)
    {
        List<string> warnings = [];
        Refuse(host.CgroupnsMode is not ("" or "host" or "private"), $"invalid cgroup namespace mode: {host.CgroupnsMode}");
        VerifyRealtime(host, facts);
        VerifyMemory(host, facts, warnings);
        VerifyOomAndPids(host, facts, warnings);
        VerifyCpu(host, facts, warnings);
        VerifyCpuset(host, facts, warnings);
        BlockIoChecks.Verify(host, facts.BlockIo, warnings);
        return warnings;
    }

    private static void VerifyRealtime(HostConfig host, CgroupFacts facts)
    {
        Refuse((host.CpuRealtimePeriod != 0 || host.CpuRealtimeRuntime != 0) && !facts.HasRealtime, "Your kernel does not support CPU real-time scheduler");
        Refuse(
            host.CpuRealtimePeriod != 0 && host.CpuRealtimeRuntime > host.CpuRealtimePeriod,
            "cpu real-time runtime cannot be higher than cpu real-time period");
        Refuse(host.CpuShares < 0 && facts.HasCpuShares, $"invalid CPU shares ({host.CpuShares}): value must be a positive integer");
    }

    private static void VerifyMemory(HostConfig host, CgroupFacts facts, List<string> warnings)
    {
        Refuse(host.Memory != 0 && host.Memory < LeastMemory, "Minimum memory limit allowed is 6MB");
        if (host.Memory > 0 && !facts.LimitsMemory)
        {
            warnings.Add("Your kernel does not support memory limit capabilities or the cgroup is not mounted. Limitation discarded.");
            (host.Memory, host.MemorySwap) = (0, -1);
        }

        if (host.Memory > 0 && host.MemorySwap != -1 && !facts.LimitsSwap)
        {
            warnings.Add("Your kernel does not support swap limit capabilities or the cgroup is not mounted. Memory limited without swap.");
            host.MemorySwap = -1;
        }

        Refuse(
            host.Memory > 0 && host.MemorySwap > 0 && host.MemorySwap < host.Memory,
            "Minimum memoryswap limit should be larger than memory limit, see usage");
        Refuse(host.Memory == 0 && host.MemorySwap > 0, "You should always set the Memory limit when using Memoryswap limit, see usage");
        VerifySwappiness(host, facts, warnings);
        if (host.MemoryReservation > 0 && !facts.ReservesMemory)
        {
            warnings.Add("Your kernel does not support memory soft limit capabilities or the cgroup is not mounted. Limitation discarded.");
            host.MemoryReservation = 0;
        }

        Refuse(host.MemoryReservation is > 0 and < LeastMemory, "Minimum memory reservation allowed is 6MB");
        Refuse(
            host.Memory > 0 && host.MemoryReservation > host.Memory,
            "Minimum memory limit can not be less than memory reservation limit, see usage");
    }

    private static void VerifySwappiness(HostConfig host, CgroupFacts facts, List<string> warnings)
    {
        if (host.MemorySwappiness == -1)
        {
            host.MemorySwappiness = null; // how the command line says "not given"
        }

        if (host.MemorySwappiness is not null && !facts.HasSwappiness)
        {
            warnings.Add("Your kernel does not support memory swappiness capabilities or the cgroup is not mounted. Memory swappiness discarded.");
            host.MemorySwappiness = null;
        }

        Refuse(host.MemorySwappiness is < 0 or > 100, $"Invalid value: {host.MemorySwappiness}, valid memory swappiness range is 0-100");
    }

    private static void VerifyOomAndPids(HostConfig host, CgroupFacts facts, List<string> warnings)
    {
        if (!facts.CanDisableOomKill)
        {
            // Whoever wanted it off gets what he wanted.
            WarnIf(host.OomKillDisable == true, warnings, "Your kernel does not support OomKillDisable. OomKillDisable discarded.");
            host.OomKillDisable = null;
        }
        else
        {
            host.OomKillDisable ??= false;
        }

        WarnIf(
            host is { OomKillDisable: true, Memory: 0 }, warnings,
            "OOM killer is disabled for the container, but no memory limit is set, this can result in the system running out of resources.");
        if (host.PidsLimit is not null && !facts.LimitsPids)
        {
            WarnIf(
                host.PidsLimit > 0, warnings,
                "Your kernel does not support PIDs limit capabilities or the cgroup is not mounted. PIDs limit discarded.");
            host.PidsLimit = null;
        }
    }

    private static void VerifyCpu(HostConfig host, CgroupFacts facts, List<string> warnings)
    {
        Refuse(host.NanoCpus > 0 && host.CpuPeriod > 0, "Conflicting options: Nano CPUs and CPU Period cannot both be set");
        Refuse(host.NanoCpus > 0 && host.CpuQuota > 0, "Conflicting options: Nano CPUs and CPU Quota cannot both be set");
        Refuse(
            host.NanoCpus > 0 && !facts.HasCpuQuota,
            "NanoCPUs can not be set, as your kernel does not support CPU CFS scheduler or the cgroup is not mounted");
        int count = Machine.CountProcessors();
        Refuse(
            host.NanoCpus < 0 || host.NanoCpus > count * NanosPerCpu,
            $"range of CPUs is from 0.01 to {count}.00, as there are only {count} CPUs available");
        if (host.CpuShares > 0 && !facts.HasCpuShares)
        {
            warnings.Add("Your kernel does not support CPU shares or the cgroup is not mounted. Shares discarded.");
            host.CpuShares = 0;
        }

        if ((host.CpuPeriod != 0 || host.CpuQuota != 0) && !facts.HasCpuQuota)
        {
            warnings.Add("Your kernel does not support CPU CFS scheduler. CPU period/quota discarded.");
            (host.CpuPeriod, host.CpuQuota) = (0, 0);
        }

        Refuse(
            host.CpuPeriod != 0 && host.CpuPeriod is < 1000 or > 1_000_000,
            "CPU cfs period can not be less than 1ms (i.e. 1000) or larger than 1s (i.e. 1000000)");
        Refuse(host.CpuQuota is > 0 and < 1000, "CPU cfs quota can not be less than 1ms (i.e. 1000)");
    }

    private static void VerifyCpuset(HostConfig host, CgroupFacts facts, List<string> warnings)
    {
        if ((host.CpusetCpus.Length > 0 || host.CpusetMems.Length > 0) && !facts.HasCpuset)
        {
            warnings.Add("Your kernel does not support cpuset or the cgroup is not mounted. Cpuset discarded.");
            (host.CpusetCpus, host.CpusetMems) = ("", "");
        }

        Refuse(
            !IsWithin(host.CpusetCpus, facts.Processors, "cpus"),
            $"Requested CPUs are not available - requested {host.CpusetCpus}, available: {facts.Processors}");
        Refuse(
            !IsWithin(host.CpusetMems, facts.MemoryNodes, "mems"),
            $"Requested memory nodes are not available - requested {host.CpusetMems}, available: {facts.MemoryNodes}");
    }

    /// <param name="what"><c>cpus</c> or <c>mems</c>.</param>
    /// <returns>Whether all that is asked for is there; where the kernel does not say what there is, nothing is refused here.</returns>
    private static bool IsWithin(string requested, string available, string what)
    {
        try
        {
            return CpusetList.Parse(requested).IsSubsetOf(CpusetList.Parse(available)) || available.Length == 0;
        }
        catch (FormatException e)
        {
            throw new EngineException(Refusal.InvalidArgument, $"Invalid value {requested} for cpuset {what}: {e.Message}", e);
        }
    }

    internal static void WarnIf(bool holds, List<string> warnings, string text)
    {
        if (holds)
        {
            warnings.Add(text);
        }
    }

    internal static void Refuse(bool holds, string text)
    {
        if (holds)
        {
            throw new EngineException(Refusal.InvalidArgument, text);
        }
    }
}
