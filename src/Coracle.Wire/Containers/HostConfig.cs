using static Coracle.Wire.JsonFields;

namespace Coracle.Wire;

/// <summary>
/// How a container is tied to the host: Docker's HostConfig. Options that are built are properties; the others are rows
/// <see cref="NotBuilt{T}"/> of the same table, so that what is refused and what is shown cannot differ.
/// </summary>
public sealed class HostConfig
{
    public IReadOnlyList<string>? Binds { get; set; }

    public LogConfig LogConfig { get; set; } = new();

    public string NetworkMode { get; set; } = "";

    /// <summary>By port of the container: <c>80/tcp</c>.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<PortBinding>>? PortBindings { get; set; }

    public RestartPolicyConfig RestartPolicy { get; set; } = new();

    public bool AutoRemove { get; set; }

    /// <summary>Empty is the local one.</summary>
    public string VolumeDriver { get; set; } = "";

    /// <summary><c>container[:ro|rw]</c>: containers whose mounts this one has, too.</summary>
    public IReadOnlyList<string>? VolumesFrom { get; set; }

    /// <summary>Rows and columns of the client's terminal when the container was created; zeros when it had none.</summary>
    public (long Height, long Width) ConsoleSize { get; set; }

    public IReadOnlyList<string>? CapAdd { get; set; }

    public IReadOnlyList<string>? CapDrop { get; set; }

    public string CgroupnsMode { get; set; } = "";

    public IReadOnlyList<string>? Dns { get; set; }

    public IReadOnlyList<string>? DnsOptions { get; set; }

    public IReadOnlyList<string>? DnsSearch { get; set; }

    public IReadOnlyList<string>? ExtraHosts { get; set; }

    public IReadOnlyList<string>? GroupAdd { get; set; }

    public string IpcMode { get; set; } = "";

    /// <summary>The legacy links, <c>container[:alias]</c>.</summary>
    public IReadOnlyList<string>? Links { get; set; }

    public long OomScoreAdj { get; set; }

    public string PidMode { get; set; } = "";

    public bool Privileged { get; set; }

    /// <summary>Every exposed port that has no binding gets one, on any free port.</summary>
    public bool PublishAllPorts { get; set; }

    /// <summary>A process 1 of the engine's before the program; null takes the engine's default, which is none.</summary>
    public bool? Init { get; set; }

    public bool ReadonlyRootfs { get; set; }

    public IReadOnlyList<string>? SecurityOpt { get; set; }

    public IReadOnlyDictionary<string, string>? Tmpfs { get; set; }

    public string UTSMode { get; set; } = "";

    public string UsernsMode { get; set; } = "";

    /// <summary>Bytes; 0 takes the engine's default.</summary>
    public long ShmSize { get; set; }

    public IReadOnlyDictionary<string, string>? Sysctls { get; set; }

    public string Runtime { get; set; } = "";

    public long CpuShares { get; set; }

    /// <summary>Bytes; 0 is no limit.</summary>
    public long Memory { get; set; }

    /// <summary>Billionths of a processor; 0 is no limit.</summary>
    public long NanoCpus { get; set; }

    public string CgroupParent { get; set; } = "";

    /// <summary>Microseconds.</summary>
    public long CpuPeriod { get; set; }

    /// <summary>Microseconds per period; 0 is no limit.</summary>
    public long CpuQuota { get; set; }

    /// <summary>Microseconds; cgroup v1 with CONFIG_RT_GROUP_SCHED alone has it.</summary>
    public long CpuRealtimePeriod { get; set; }

    /// <inheritdoc cref="CpuRealtimePeriod"/>
    public long CpuRealtimeRuntime { get; set; }

    public string CpusetCpus { get; set; } = "";

    public string CpusetMems { get; set; } = "";

    public long MemoryReservation { get; set; }

    /// <summary>Memory plus swap; 0 is twice the memory, -1 no limit.</summary>
    public long MemorySwap { get; set; }

    /// <summary>0 to 100, v1 alone; null leaves it to the kernel.</summary>
    public long? MemorySwappiness { get; set; }

    /// <summary>Null where the machine cannot (v2).</summary>
    public bool? OomKillDisable { get; set; }

    public long? PidsLimit { get; set; }

    /// <summary>10 to 1000; 0 is "not set".</summary>
    public long BlkioWeight { get; set; }

    public IReadOnlyList<WeightDevice>? BlkioWeightDevice { get; set; }

    public IReadOnlyList<ThrottleDevice>? BlkioDeviceReadBps { get; set; }

    public IReadOnlyList<ThrottleDevice>? BlkioDeviceWriteBps { get; set; }

    public IReadOnlyList<ThrottleDevice>? BlkioDeviceReadIOps { get; set; }

    public IReadOnlyList<ThrottleDevice>? BlkioDeviceWriteIOps { get; set; }

    public IReadOnlyList<DeviceMapping>? Devices { get; set; }

    /// <summary>Rules without nodes: <c>c 189:* rmw</c>.</summary>
    public IReadOnlyList<string>? DeviceCgroupRules { get; set; }

    public IReadOnlyList<Ulimit>? Ulimits { get; set; }

    public IReadOnlyList<Mount>? Mounts { get; set; }

    /// <summary>Null takes the default list; an empty list masks nothing (<c>systempaths=unconfined</c>).</summary>
    public IReadOnlyList<string>? MaskedPaths { get; set; }

    /// <inheritdoc cref="MaskedPaths"/>
    public IReadOnlyList<string>? ReadonlyPaths { get; set; }

    public IReadOnlyDictionary<string, string>? Annotations { get; set; }

    /// <summary>The same with other links: inspect shows them by the names that the containers have now.</summary>
    public HostConfig WithLinks(IReadOnlyList<string>? links)
    {
        var other = (HostConfig)MemberwiseClone();
        other.Links = links;
        return other;
    }

    public static JsonTable<HostConfig> Table { get; } = new("HostConfig", () => new HostConfig(),
    [
        Texts<HostConfig>("Binds", h => h.Binds, (h, v) => h.Binds = v),
        Text<HostConfig>("ContainerIDFile", _ => "", (_, _) => { }), // the client writes that file
        Object("LogConfig", LogConfig.Table, (HostConfig h) => h.LogConfig, (h, v) => h.LogConfig = v),
        Text<HostConfig>("NetworkMode", h => h.NetworkMode, (h, v) => h.NetworkMode = v),
        PortMapField.PortBindings,
        Object("RestartPolicy", RestartPolicyConfig.Table, (HostConfig h) => h.RestartPolicy, (h, v) => h.RestartPolicy = v),
        Flag<HostConfig>("AutoRemove", h => h.AutoRemove, (h, v) => h.AutoRemove = v),
        Text<HostConfig>("VolumeDriver", h => h.VolumeDriver, (h, v) => h.VolumeDriver = v),
        Texts<HostConfig>("VolumesFrom", h => h.VolumesFrom, (h, v) => h.VolumesFrom = v),
        HostConfigFields.ConsoleSize,
        TextMap<HostConfig>("Annotations", h => h.Annotations, (h, v) => h.Annotations = v, omitNull: true),
        TextOrTexts<HostConfig>("CapAdd", h => h.CapAdd, (h, v) => h.CapAdd = v),
        TextOrTexts<HostConfig>("CapDrop", h => h.CapDrop, (h, v) => h.CapDrop = v),
        Text<HostConfig>("CgroupnsMode", h => h.CgroupnsMode, (h, v) => h.CgroupnsMode = v),
        Texts<HostConfig>("Dns", h => h.Dns, (h, v) => h.Dns = v),
        Texts<HostConfig>("DnsOptions", h => h.DnsOptions, (h, v) => h.DnsOptions = v),
        Texts<HostConfig>("DnsSearch", h => h.DnsSearch, (h, v) => h.DnsSearch = v),
        Texts<HostConfig>("ExtraHosts", h => h.ExtraHosts, (h, v) => h.ExtraHosts = v),
        Texts<HostConfig>("GroupAdd", h => h.GroupAdd, (h, v) => h.GroupAdd = v),
        Text<HostConfig>("IpcMode", h => h.IpcMode, (h, v) => h.IpcMode = v),
        NotBuilt<HostConfig>("Cgroup", "\"\""),
        Texts<HostConfig>("Links", h => h.Links, (h, v) => h.Links = v),
        Number<HostConfig>("OomScoreAdj", h => h.OomScoreAdj, (h, v) => h.OomScoreAdj = v),
        Text<HostConfig>("PidMode", h => h.PidMode, (h, v) => h.PidMode = v),
        Flag<HostConfig>("Privileged", h => h.Privileged, (h, v) => h.Privileged = v),
        Flag<HostConfig>("PublishAllPorts", h => h.PublishAllPorts, (h, v) => h.PublishAllPorts = v),
        Flag<HostConfig>("ReadonlyRootfs", h => h.ReadonlyRootfs, (h, v) => h.ReadonlyRootfs = v),
        Texts<HostConfig>("SecurityOpt", h => h.SecurityOpt, (h, v) => h.SecurityOpt = v),
        NotBuilt<HostConfig>("StorageOpt", ""),
        TextMap<HostConfig>("Tmpfs", h => h.Tmpfs, (h, v) => h.Tmpfs = v, omitNull: true),
        Text<HostConfig>("UTSMode", h => h.UTSMode, (h, v) => h.UTSMode = v),
        Text<HostConfig>("UsernsMode", h => h.UsernsMode, (h, v) => h.UsernsMode = v),
        Number<HostConfig>("ShmSize", h => h.ShmSize, (h, v) => h.ShmSize = v),
        TextMap<HostConfig>("Sysctls", h => h.Sysctls, (h, v) => h.Sysctls = v, omitNull: true),
        Text<HostConfig>("Runtime", h => h.Runtime, (h, v) => h.Runtime = v),
        NotBuilt<HostConfig>("Isolation", "\"\"", "\"default\""),
        Number<HostConfig>("CpuShares", h => h.CpuShares, (h, v) => h.CpuShares = v),
        Number<HostConfig>("Memory", h => h.Memory, (h, v) => h.Memory = v),
        Number<HostConfig>("NanoCpus", h => h.NanoCpus, (h, v) => h.NanoCpus = v),
        Text<HostConfig>("CgroupParent", h => h.CgroupParent, (h, v) => h.CgroupParent = v),
        Number<HostConfig>("BlkioWeight", h => h.BlkioWeight, (h, v) => h.BlkioWeight = v),
        Objects("BlkioWeightDevice", WeightDevice.Table, (HostConfig h) => h.BlkioWeightDevice, (h, v) => h.BlkioWeightDevice = v),
        Objects("BlkioDeviceReadBps", ThrottleDevice.Table, (HostConfig h) => h.BlkioDeviceReadBps, (h, v) => h.BlkioDeviceReadBps = v),
        Objects("BlkioDeviceWriteBps", ThrottleDevice.Table, (HostConfig h) => h.BlkioDeviceWriteBps, (h, v) => h.BlkioDeviceWriteBps = v),
        Objects("BlkioDeviceReadIOps", ThrottleDevice.Table, (HostConfig h) => h.BlkioDeviceReadIOps, (h, v) => h.BlkioDeviceReadIOps = v),
        Objects("BlkioDeviceWriteIOps", ThrottleDevice.Table, (HostConfig h) => h.BlkioDeviceWriteIOps, (h, v) => h.BlkioDeviceWriteIOps = v),
        Number<HostConfig>("CpuPeriod", h => h.CpuPeriod, (h, v) => h.CpuPeriod = v),
        Number<HostConfig>("CpuQuota", h => h.CpuQuota, (h, v) => h.CpuQuota = v),
        Number<HostConfig>("CpuRealtimePeriod", h => h.CpuRealtimePeriod, (h, v) => h.CpuRealtimePeriod = v),
        Number<HostConfig>("CpuRealtimeRuntime", h => h.CpuRealtimeRuntime, (h, v) => h.CpuRealtimeRuntime = v),
        Text<HostConfig>("CpusetCpus", h => h.CpusetCpus, (h, v) => h.CpusetCpus = v),
        Text<HostConfig>("CpusetMems", h => h.CpusetMems, (h, v) => h.CpusetMems = v),
        Objects("Devices", DeviceMapping.Table, (HostConfig h) => h.Devices, (h, v) => h.Devices = v),
        Texts<HostConfig>("DeviceCgroupRules", h => h.DeviceCgroupRules, (h, v) => h.DeviceCgroupRules = v),
        NotBuilt<HostConfig>("DeviceRequests", "null"),
        Meaningless<HostConfig>("KernelMemory"), // gone from the kernel; Docker discards it too
        Meaningless<HostConfig>("KernelMemoryTCP"),
        Number<HostConfig>("MemoryReservation", h => h.MemoryReservation, (h, v) => h.MemoryReservation = v),
        Number<HostConfig>("MemorySwap", h => h.MemorySwap, (h, v) => h.MemorySwap = v),
        OptionalNumber<HostConfig>("MemorySwappiness", h => h.MemorySwappiness, (h, v) => h.MemorySwappiness = v),
        HostConfigFields.OomKillDisable,
        OptionalFlag<HostConfig>("Init", h => h.Init, (h, v) => h.Init = v),
        OptionalNumber<HostConfig>("PidsLimit", h => h.PidsLimit, (h, v) => h.PidsLimit = v),
        Objects("Ulimits", Ulimit.Table, (HostConfig h) => h.Ulimits, (h, v) => h.Ulimits = v),
        NotBuilt<HostConfig>("CpuCount", "0"),
        NotBuilt<HostConfig>("CpuPercent", "0"),
        NotBuilt<HostConfig>("IOMaximumIOps", "0"),
        NotBuilt<HostConfig>("IOMaximumBandwidth", "0"),
        Objects("Mounts", Mount.Table, (HostConfig h) => h.Mounts, (h, v) => h.Mounts = v, omitNull: true),
        Texts<HostConfig>("MaskedPaths", h => h.MaskedPaths, (h, v) => h.MaskedPaths = v),
        Texts<HostConfig>("ReadonlyPaths", h => h.ReadonlyPaths, (h, v) => h.ReadonlyPaths = v),
    ]);
}
