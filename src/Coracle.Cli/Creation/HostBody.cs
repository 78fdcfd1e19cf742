using System.Globalization;
using System.Text.Json;

namespace Coracle.Cli;

/// <summary>The HostConfig of a create: what the container may use of the machine.</summary>
internal static class HostBody
{
    /// <summary>A value of -1 or more: a percentage, or left to the engine.</summary>
    private const int MaxSwappiness = 100;

    private const string ContainerPrefix = "container:";

    private const string PlainFields = """
        rm AutoRemove privileged Privileged read-only ReadonlyRootfs init Init publish-all PublishAllPorts oom-kill-disable OomKillDisable
        pid PidMode ipc IpcMode uts UTSMode userns UsernsMode cgroupns CgroupnsMode cgroup-parent CgroupParent runtime Runtime
        isolation Isolation volume-driver VolumeDriver volumes-from VolumesFrom cidfile ContainerIDFile
        group-add GroupAdd dns Dns dns-option DnsOptions dns-search DnsSearch link Links device-cgroup-rule DeviceCgroupRules
        sysctl Sysctls annotation Annotations oom-score-adj OomScoreAdj shm-size ShmSize
        memory Memory memory-reservation MemoryReservation memory-swap MemorySwap memory-swappiness MemorySwappiness
        cpus NanoCpus cpu-shares CpuShares cpu-period CpuPeriod cpu-quota CpuQuota cpu-rt-period CpuRealtimePeriod cpu-rt-runtime CpuRealtimeRuntime
        cpuset-cpus CpusetCpus cpuset-mems CpusetMems pids-limit PidsLimit blkio-weight BlkioWeight
        cpu-count CpuCount cpu-percent CpuPercent io-maxbandwidth IOMaximumBandwidth io-maxiops IOMaximumIOps
        """;

    public static void Write(Utf8JsonWriter writer, Invocation invocation, List<PortOption> published)
    {
        ParsedArguments arguments = invocation.Arguments;
        Check(arguments);
        writer.WriteStartObject("HostConfig");
        writer.WriteGiven(invocation, PlainFields);
        writer.WriteText("NetworkMode", NetworkBody.Mode(arguments));
        writer.WriteList("Binds", [.. arguments.Values("volume").Where(v => v.Contains(':', StringComparison.Ordinal)).Select(Bind)]);
        writer.WriteMap("Tmpfs", arguments.Values("tmpfs"), ':');
        writer.WriteList("ExtraHosts", [.. arguments.Values("add-host").Select(HostOption.Of)]);
        WriteCapabilities(writer, arguments);
        SecurityBody.Write(writer, arguments.Values("security-opt"));
        WritePorts(writer, published);
        WriteRestart(writer, arguments.Value("restart"));
        WriteLog(writer, arguments);
        MountBody.Write(writer, arguments.Values("mount"));
        DeviceBody.Write(writer, arguments);
        if (arguments.Values("storage-opt") is { Count: > 0 } storage)
        {
            writer.WriteMap("StorageOpt", storage.All(o => o.Contains('=', StringComparison.Ordinal)) ? storage : throw new CliException("invalid storage option"));
        }

        writer.WriteEndObject();
    }

    private static void Check(ParsedArguments arguments)
    {
        if (arguments.Number("memory-swappiness") is long swappiness and (< -1 or > MaxSwappiness))
        {
            throw new CliException($"invalid value: {swappiness}. Valid memory swappiness range is 0-{MaxSwappiness}");
        }

        if (arguments.Has("rm") && arguments.Value("restart") is { Length: > 0 } policy && policy != "no")
        {
            throw new CliException("conflicting options: cannot specify both --restart and --rm");
        }

        CheckMode(arguments, "pid", "PID", m => m == "host" || m.Length > ContainerPrefix.Length && m.StartsWith(ContainerPrefix, StringComparison.Ordinal));
        CheckMode(arguments, "uts", "UTS", m => m == "host");
        CheckMode(arguments, "userns", "USER", m => m == "host");
        CheckMode(arguments, "cgroupns", "CGROUP", m => m is "host" or "private");
    }

    private static void CheckMode(ParsedArguments arguments, string option, string kind, Predicate<string> isValid)
    {
        if (arguments.Value(option) is { Length: > 0 } mode && !isValid(mode))
        {
            throw new CliException($"--{option}: invalid {kind} mode");
        }
    }

    private static string Bind(string volume)
    {
        (string source, string rest) = KeyValues.Split(volume, ':');
        return $"{HostPath.Absolute(source)}:{rest}";
    }

    /// <summary>As Docker's client sends them: <c>CAP_NAME</c>, sorted; ALL stands alone, and what is added is not dropped.</summary>
    private static void WriteCapabilities(Utf8JsonWriter writer, ParsedArguments arguments)
    {
        List<string> added = Capabilities(arguments.Values("cap-add")), dropped = Capabilities(arguments.Values("cap-drop"));
        dropped.RemoveAll(added.Contains);
        writer.WriteList("CapAdd", added);
        writer.WriteList("CapDrop", dropped);
    }

    private static List<string> Capabilities(IReadOnlyList<string> names)
    {
        List<string> capabilities = [];
        foreach (string name in names)
        {
            string upper = name.Trim().ToUpperInvariant();
            string whole = upper == "ALL" || upper.StartsWith("CAP_", StringComparison.Ordinal) ? upper : "CAP_" + upper;
            if (!capabilities.Contains(whole))
            {
                capabilities.Add(whole);
            }
        }

        return capabilities.Contains("ALL") ? ["ALL"] : [.. capabilities.Order(StringComparer.Ordinal)];
    }

    private static void WritePorts(Utf8JsonWriter writer, List<PortOption> published)
    {
        if (published.Count == 0)
        {
            return;
        }

        writer.WriteStartObject("PortBindings");
        foreach (string port in published.Select(p => p.Container).Distinct())
        {
            writer.WriteObjects(port, published.Where(p => p.Container == port), p =>
            {
                writer.WriteString("HostIp", p.HostAddress);
                writer.WriteString("HostPort", p.HostPort);
            });
        }

        writer.WriteEndObject();
    }

    private static void WriteRestart(Utf8JsonWriter writer, string? policy)
    {
        if (string.IsNullOrEmpty(policy))
        {
            return;
        }

        (string name, string count) = KeyValues.Split(policy, ':');
        if (name.Length == 0)
        {
            throw new CliException("invalid restart policy format: no policy provided before colon");
        }

        writer.WriteStartObject("RestartPolicy");
        writer.WriteString("Name", name);
        if (policy.Contains(':', StringComparison.Ordinal))
        {
            writer.WriteNumber("MaximumRetryCount", int.TryParse(count, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int most)
                ? most
                : throw new CliException("invalid restart policy format: maximum retry count must be an integer"));
        }

        writer.WriteEndObject();
    }

    private static void WriteLog(Utf8JsonWriter writer, ParsedArguments arguments)
    {
        string? driver = arguments.Value("log-driver");
        IReadOnlyList<string> options = arguments.Values("log-opt");
        if (driver == "none" && options.Count > 0)
        {
            throw new CliException("invalid logging opts for driver none");
        }

        if (driver is not null || options.Count > 0)
        {
            writer.WriteStartObject("LogConfig");
            writer.WriteString("Type", driver ?? "");
            writer.WriteMap("Config", options);
            writer.WriteEndObject();
        }
    }
}
