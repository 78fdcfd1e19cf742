using System.Globalization;
using System.Text.Json;

namespace Coracle.Cli;

/// <summary>From the options of <c>run</c> to the body of <c>POST /containers/create</c>. Only what was asked for is written.</summary>
internal static class CreateBody
{
    /// <summary>The API's unit of <c>--cpus</c>.</summary>
    private const decimal NanoCpus = 1_000_000_000m;

    /// <exception cref="CliException">An option's value is none.</exception>
    public static byte[] Of(Invocation invocation, bool isAttached)
    {
        ParsedArguments arguments = invocation.Arguments;
        return Json.Bytes(writer =>
        {
            writer.WriteStartObject();
            writer.WriteString("Image", invocation.Words[0]);
            if (invocation.Words.Count > 1)
            {
                writer.WriteStrings("Cmd", invocation.Words.Skip(1));
            }

            WriteStreams(writer, arguments, isAttached);
            WriteConfig(writer, invocation);
            writer.WriteStartObject("HostConfig");
            WriteHost(writer, arguments);
            WriteLimits(writer, arguments);
            writer.WriteEndObject();
            writer.WriteEndObject();
        });
    }

    private static void WriteStreams(Utf8JsonWriter writer, ParsedArguments arguments, bool isAttached)
    {
        bool input = arguments.Has("interactive");
        writer.WriteBoolean("AttachStdin", isAttached && input);
        writer.WriteBoolean("AttachStdout", isAttached);
        writer.WriteBoolean("AttachStderr", isAttached);
        writer.WriteBoolean("OpenStdin", input);
        writer.WriteBoolean("StdinOnce", isAttached && input);
        writer.WriteBoolean("Tty", arguments.Has("tty"));
    }

    private static void WriteConfig(Utf8JsonWriter writer, Invocation invocation)
    {
        ParsedArguments arguments = invocation.Arguments;
        writer.WriteStrings("Env", EnvironmentOptions.Read(arguments, invocation.Process));
        writer.WriteStartObject("Labels");
        foreach (string label in arguments.Values("label"))
        {
            (string name, string value) = Pair(label);
            writer.WriteString(name, value);
        }

        writer.WriteEndObject();
        if (arguments.IsGiven("entrypoint"))
        {
            writer.WriteStrings("Entrypoint", [arguments.Value("entrypoint")!]);
        }

        Text(writer, "User", arguments.Value("user"));
        Text(writer, "WorkingDir", arguments.Value("workdir"));
        Text(writer, "Hostname", arguments.Value("hostname"));
        Text(writer, "StopSignal", arguments.Value("stop-signal"));
        Number(writer, "StopTimeout", arguments.Number("stop-timeout"));
    }

    private static void WriteHost(Utf8JsonWriter writer, ParsedArguments arguments)
    {
        writer.WriteBoolean("AutoRemove", arguments.Has("rm"));
        Text(writer, "NetworkMode", arguments.Value("network") ?? arguments.Value("net"));
        Text(writer, "PidMode", arguments.Value("pid"));
        Text(writer, "IpcMode", arguments.Value("ipc"));
        Text(writer, "CgroupParent", arguments.Value("cgroup-parent"));
        Flag(writer, "ReadonlyRootfs", arguments.Has("read-only"));
        Flag(writer, "Privileged", arguments.Has("privileged"));
        Flag(writer, "Init", arguments.Has("init"));
        Strings(writer, "Binds", arguments.Values("volume"));
        Strings(writer, "CapAdd", arguments.Values("cap-add"));
        Strings(writer, "CapDrop", arguments.Values("cap-drop"));
        Strings(writer, "SecurityOpt", arguments.Values("security-opt"));
        Strings(writer, "GroupAdd", arguments.Values("group-add"));
        Pairs(writer, "Sysctls", arguments.Values("sysctl"), '=');
        Pairs(writer, "Tmpfs", arguments.Values("tmpfs"), ':');
        WritePorts(writer, arguments.Values("publish"));
        WriteRestart(writer, arguments.Value("restart"));
        WriteLog(writer, arguments);
    }

    private static void WriteLimits(Utf8JsonWriter writer, ParsedArguments arguments)
    {
        foreach ((string option, string field) in (ReadOnlySpan<(string, string)>)
            [("memory", "Memory"), ("memory-reservation", "MemoryReservation"), ("memory-swap", "MemorySwap"), ("shm-size", "ShmSize")])
        {
            string? value = arguments.Value(option);
            Number(writer, field, value is null ? null : value == "-1" ? -1 : ByteCount.Parse(value, option));
        }

        Number(writer, "CpuPeriod", arguments.Number("cpu-period"));
        Number(writer, "CpuQuota", arguments.Number("cpu-quota"));
        Number(writer, "CpuShares", arguments.Number("cpu-shares"));
        Number(writer, "PidsLimit", arguments.Number("pids-limit"));
        Text(writer, "CpusetCpus", arguments.Value("cpuset-cpus"));
        if (arguments.Value("cpus") is string cpus)
        {
            Number(writer, "NanoCpus", decimal.TryParse(cpus, CultureInfo.InvariantCulture, out decimal count) && count > 0
                ? (long)(count * NanoCpus)
                : throw new CliException($"invalid argument \"{cpus}\" for \"--cpus\" flag: failed to parse {cpus} as a rational number"));
        }
    }

    /// <summary><c>[[address:]port:]port[/protocol]</c>.</summary>
    private static void WritePorts(Utf8JsonWriter writer, IReadOnlyList<string> published)
    {
        if (published.Count == 0)
        {
            return;
        }

        writer.WriteStartObject("PortBindings");
        foreach (string port in published)
        {
            string[] protocol = port.Split('/');
            string[] parts = protocol[0].Split(':');
            writer.WriteStartArray($"{parts[^1]}/{(protocol.Length > 1 ? protocol[1] : "tcp")}");
            writer.WriteStartObject();
            writer.WriteString("HostIp", parts.Length > 2 ? parts[0] : "");
            writer.WriteString("HostPort", parts.Length > 1 ? parts[^2] : "");
            writer.WriteEndObject();
            writer.WriteEndArray();
        }

        writer.WriteEndObject();
    }

    private static void WriteRestart(Utf8JsonWriter writer, string? policy)
    {
        if (policy is null)
        {
            return;
        }

        string[] parts = policy.Split(':');
        writer.WriteStartObject("RestartPolicy");
        writer.WriteString("Name", parts[0]);
        if (parts.Length > 1)
        {
            writer.WriteNumber("MaximumRetryCount", int.TryParse(parts[1], out int count) ? count : throw new CliException("invalid restart policy format: maximum retry count must be an integer"));
        }

        writer.WriteEndObject();
    }

    private static void WriteLog(Utf8JsonWriter writer, ParsedArguments arguments)
    {
        if (!arguments.IsGiven("log-driver") && !arguments.IsGiven("log-opt"))
        {
            return;
        }

        writer.WriteStartObject("LogConfig");
        writer.WriteString("Type", arguments.Value("log-driver") ?? "");
        Pairs(writer, "Config", arguments.Values("log-opt"), '=');
        writer.WriteEndObject();
    }

    private static (string Name, string Value) Pair(string text, char separator = '=')
    {
        int at = text.IndexOf(separator, StringComparison.Ordinal);
        return at < 0 ? (text, "") : (text[..at], text[(at + 1)..]);
    }

    private static void Pairs(Utf8JsonWriter writer, string name, IReadOnlyList<string> values, char separator)
    {
        if (values.Count == 0)
        {
            return;
        }

        writer.WriteStartObject(name);
        foreach (string value in values)
        {
            (string key, string text) = Pair(value, separator);
            writer.WriteString(key, text);
        }

        writer.WriteEndObject();
    }

    private static void Strings(Utf8JsonWriter writer, string name, IReadOnlyList<string> values)
    {
        if (values.Count > 0)
        {
            writer.WriteStrings(name, values);
        }
    }

    private static void Text(Utf8JsonWriter writer, string name, string? value)
    {
        if (value is not null)
        {
            writer.WriteString(name, value);
        }
    }

    private static void Number(Utf8JsonWriter writer, string name, long? value)
    {
        if (value is long number)
        {
            writer.WriteNumber(name, number);
        }
    }

    private static void Flag(Utf8JsonWriter writer, string name, bool value)
    {
        if (value)
        {
            writer.WriteBoolean(name, true);
        }
    }
}
