using System.Text;
using Coracle.Linux;
using Coracle.Runtime;
using Coracle.Wire;

namespace Coracle.Core;

/// <summary>Namespaces, host name, and the paths that are hidden or read-only.</summary>
internal static class IsolationPlan
{
    private const long NoSharedMemory = -1;

    private const string CpuDirectory = "/sys/devices/system/cpu";

    private static readonly KeyValuePair<string, string>[] _networkSysctls =
    [
        new("net.ipv4.ip_unprivileged_port_start", "0"),
        new("net.ipv4.ping_group_range", "0 2147483647"),
    ];

    private static readonly string[] _masked =
    [
        "/proc/acpi", "/proc/asound", "/proc/interrupts", "/proc/kcore", "/proc/keys", "/proc/latency_stats", "/proc/sched_debug",
        "/proc/scsi", "/proc/timer_list", "/proc/timer_stats", "/sys/devices/virtual/powercap", "/sys/firmware",
    ];

    public static IReadOnlyList<string> DefaultReadonlyPaths { get; } = ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"];

    /// <summary>The fixed list, and thermal_throttle of those processors that have it (it tells what the neighbours do).</summary>
    public static IReadOnlyList<string> DefaultMaskedPaths { get; } =
    [
        .. _masked,
        .. PossibleProcessors()
            .Select(cpu => $"{CpuDirectory}/cpu{cpu}/thermal_throttle")
            .Where(HostPath.Exists),
    ];

    /// <summary>Those that are there and those that may be plugged in, whichever of them the engine may use.</summary>
    private static IEnumerable<int> PossibleProcessors()
        => KernelFile.TryRead(CpuDirectory + "/possible", out byte[]? list)
            ? CpusetList.Parse(Encoding.ASCII.GetString(list).Trim()).Order()
            : Enumerable.Range(0, Machine.CountProcessors());

    /// <exception cref="EngineException">A mode that Docker refuses, or that is not built yet.</exception>
    public static IsolationSpec Build(ContainerConfig config, HostConfig host, NamespaceChoice network, string hostname, bool privateCgroup) => new()
    {
        Network = network,
        Ipc = Choose("IpcMode", host.IpcMode, "", "private", "shareable", "none"),
        Pid = Choose("PidMode", host.PidMode, ""),
        Uts = Choose("UTSMode", host.UTSMode, ""),
        Cgroup = host.CgroupnsMode switch
        {
            "" => new NamespaceChoice(privateCgroup ? NamespaceMode.Private : NamespaceMode.Host),
            _ => Choose("CgroupnsMode", host.CgroupnsMode, "private"),
        },
        Hostname = host.UTSMode == "host" ? "" : hostname,
        Domainname = host.UTSMode == "host" ? "" : config.Domainname,
        MaskedPaths = host.Privileged ? [] : host.MaskedPaths ?? DefaultMaskedPaths,
        ReadonlyPaths = host.Privileged ? [] : host.ReadonlyPaths ?? DefaultReadonlyPaths,
        Privileged = host.Privileged,
        ShmSize = host.IpcMode == "none" ? NoSharedMemory : host.ShmSize,
        Sysctls = [.. DefaultSysctls(host, network), .. (host.Sysctls ?? new Dictionary<string, string>()).Select(CheckSysctl)],
    };

    /// <summary>
    /// In a network of its own a container's port 80 is nobody else's, nor is its ping: Docker (since 20.10) lets every user of it have both,
    /// and images count on that when they run as another user than root.
    /// </summary>
    private static IEnumerable<KeyValuePair<string, string>> DefaultSysctls(HostConfig host, NamespaceChoice network)
        => network.Mode != NamespaceMode.Private ? []
            : _networkSysctls.Where(sysctl => host.Sysctls?.ContainsKey(sysctl.Key) != true && HostPath.Exists("/proc/sys/" + sysctl.Key.Replace('.', '/')));

    private static NamespaceChoice Choose(string option, string mode, params ReadOnlySpan<string> own)
    {
        if (mode == "host")
        {
            return new NamespaceChoice(NamespaceMode.Host);
        }

        if (own.Contains(mode))
        {
            return new NamespaceChoice(NamespaceMode.Private);
        }

        if (option is "PidMode" or "IpcMode" && JoinedNamespaces.TargetOf(mode) is not null)
        {
            return new NamespaceChoice(NamespaceMode.Join); // which one, is known at the start
        }

        throw mode.StartsWith("container:", StringComparison.Ordinal)
            ? NotBuilt.Option($"HostConfig.{option} {mode}")
            : new EngineException(Refusal.InvalidArgument, $"invalid {option}: {mode}");
    }

    /// <summary>Only what the kernel keeps per namespace: any other would change the host.</summary>
    private static KeyValuePair<string, string> CheckSysctl(KeyValuePair<string, string> sysctl)
    {
        bool known = sysctl.Key.StartsWith("net.", StringComparison.Ordinal)
            || sysctl.Key.StartsWith("fs.mqueue.", StringComparison.Ordinal)
            || sysctl.Key is "kernel.msgmax" or "kernel.msgmnb" or "kernel.msgmni" or "kernel.sem" or "kernel.shmall" or "kernel.shmmax"
                or "kernel.shmmni" or "kernel.shm_rmid_forced";
        return known && !sysctl.Key.Contains("..", StringComparison.Ordinal) && !sysctl.Key.Contains('/', StringComparison.Ordinal)
            ? sysctl
            : throw new EngineException(Refusal.InvalidArgument, $"sysctl '{sysctl.Key}={sysctl.Value}' is not allowed");
    }
}
