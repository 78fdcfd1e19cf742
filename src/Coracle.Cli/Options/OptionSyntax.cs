namespace Coracle.Cli;

/// <summary>Whether an option's value can be one, by the word for its type and, for lists, by its name.</summary>
internal static class OptionSyntax
{
    private static readonly System.Buffers.SearchValues<char> _domainLetters
        = System.Buffers.SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._");

    /// <returns>Docker's words against it, or null.</returns>
    public static string? Complaint(Option option, string value)
    {
        try
        {
            return option.Kind == OptionKind.Flag
                ? Truth.Of(value) is null ? Number.Syntax("ParseBool", value) : null
                : OfType(option, value) ?? (option.Type is "list" or "map" ? OfName(option.Name, value) : null);
        }
        catch (CliException mistake)
        {
            return mistake.Message;
        }
    }

    private static string? OfType(Option option, string value)
    {
        switch (option.Type)
        {
            case "int": return Number.Complaint(value, long.MinValue, long.MaxValue);
            case "uint": return Number.Complaint(value, 0, long.MaxValue);
            case "uint16": return Number.Complaint(value, 0, ushort.MaxValue);
            case "bytes": return ByteCount.TryParse(value, out _) || value == "-1" && option.Name == "memory-swap" ? null : ByteCount.Complaint(value);
            case "decimal": return CpuShare.Complaint(value);
            case "duration": GoDuration.Nanoseconds(value); return null;
            case "mount": MountOption.Parse(value); return null;
            case "network": NetworkOption.Parse(value); return null;
            case "ulimit": UlimitOption.Parse(value); return null;
            case "gpu-request": GpuOption.Parse(value); return null;
            case "filter": return value.Contains('=', StringComparison.Ordinal) || value.Length == 0 ? null : "bad format of filter (expected name=value)";
            default: return null;
        }
    }

    private static string? OfName(string name, string value) => name switch
    {
        "attach" => value.ToUpperInvariant() is "STDIN" or "STDOUT" or "STDERR" ? null : "valid streams are STDIN, STDOUT and STDERR",
        "env" => value.Length == 0 || value[0] == '=' ? $"invalid environment variable: {value}" : null,
        "label" => value.Length > 0 && value[0] == '=' ? $"invalid label '{value}': empty name" : null,
        "add-host" => HostOption.Complaint(value),
        "dns" => AddressSyntax.IsAddress(value) ? null : $"IP address is not correctly formatted: {value}",
        "dns-search" => value.Trim() == "." || IsDomain(value.Trim()) ? null : $"{value} is not a valid domain",
        "link" when value.Length == 0 => "empty string specified for links",
        "link" => value.Split(':').Length > 2 ? $"bad format for links: {value}" : null,
        "sysctl" => IsAllowedSetting(value) ? null : $"sysctl '{value}' is not allowed",
        "device-cgroup-rule" => DeviceOption.IsRule(value) ? null : $"invalid device cgroup format '{value}'",
        "blkio-weight-device" => DeviceLimit.Complaint(value, LimitKind.Weight),
        "device-read-bps" or "device-write-bps" => DeviceLimit.Complaint(value, LimitKind.Bytes),
        "device-read-iops" or "device-write-iops" => DeviceLimit.Complaint(value, LimitKind.Operations),
        _ => null,
    };

    private static bool IsDomain(string name) => name.Length is > 0 and <= 255 && name.AsSpan().IndexOfAnyExcept(_domainLetters) < 0 && name[0] is not ('-' or '.');

    /// <summary>Settings that belong to a namespace of the container.</summary>
    private static bool IsAllowedSetting(string setting)
    {
        int equals = setting.IndexOf('=', StringComparison.Ordinal);
        if (equals < 0)
        {
            return false;
        }

        string name = setting[..equals];
        return name is "kernel.msgmax" or "kernel.msgmnb" or "kernel.msgmni" or "kernel.sem" or "kernel.shmall" or "kernel.shmmax" or "kernel.shmmni"
                or "kernel.shm_rmid_forced"
            || name.StartsWith("net.", StringComparison.Ordinal) || name.StartsWith("fs.mqueue.", StringComparison.Ordinal);
    }
}
