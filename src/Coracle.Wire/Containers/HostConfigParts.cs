using System.Text.Json;
using static Coracle.Wire.JsonFields;

namespace Coracle.Wire;

/// <summary>Which log driver, with its options.</summary>
public sealed class LogConfig
{
    /// <summary>Empty takes the engine's default.</summary>
    public string Type { get; set; } = "";

    public IReadOnlyDictionary<string, string>? Config { get; set; }

    public static JsonTable<LogConfig> Table { get; } = new("LogConfig", () => new LogConfig(),
    [
        Text<LogConfig>("Type", l => l.Type, (l, v) => l.Type = v),
        TextMap<LogConfig>("Config", l => l.Config, (l, v) => l.Config = v),
    ]);
}

/// <summary>The restart policy as the client named it.</summary>
public sealed class RestartPolicyConfig
{
    /// <summary>Empty and <c>no</c> are the same.</summary>
    public string Name { get; set; } = "";

    public long MaximumRetryCount { get; set; }

    public static JsonTable<RestartPolicyConfig> Table { get; } = new("RestartPolicy", () => new RestartPolicyConfig(),
    [
        Text<RestartPolicyConfig>("Name", r => r.Name, (r, v) => r.Name = v),
        Number<RestartPolicyConfig>("MaximumRetryCount", r => r.MaximumRetryCount, (r, v) => r.MaximumRetryCount = v),
    ]);
}

/// <summary>One resource limit (<c>--ulimit nofile=1024:2048</c>); -1 is unlimited.</summary>
public sealed class Ulimit
{
    public string Name { get; set; } = "";

    public long Hard { get; set; }

    public long Soft { get; set; }

    public static JsonTable<Ulimit> Table { get; } = new("Ulimits", () => new Ulimit(),
    [
        Text<Ulimit>("Name", u => u.Name, (u, v) => u.Name = v),
        Number<Ulimit>("Hard", u => u.Hard, (u, v) => u.Hard = v),
        Number<Ulimit>("Soft", u => u.Soft, (u, v) => u.Soft = v),
    ]);
}

/// <summary>One <c>--mount</c>. Types bind, volume and tmpfs are built; the options of the others are not.</summary>
public sealed class Mount
{
    public string Type { get; set; } = "";

    public string Source { get; set; } = "";

    public string Target { get; set; } = "";

    public bool ReadOnly { get; set; }

    public string Consistency { get; set; } = "";

    public BindOptions? BindOptions { get; set; }

    public VolumeOptions? VolumeOptions { get; set; }

    public TmpfsOptions? TmpfsOptions { get; set; }

    public static JsonTable<Mount> Table { get; } = new("Mounts", () => new Mount(),
    [
        Text<Mount>("Type", m => m.Type, (m, v) => m.Type = v, omitEmpty: true),
        Text<Mount>("Source", m => m.Source, (m, v) => m.Source = v, omitEmpty: true),
        Text<Mount>("Target", m => m.Target, (m, v) => m.Target = v, omitEmpty: true),
        Flag<Mount>("ReadOnly", m => m.ReadOnly, (m, v) => m.ReadOnly = v, omitFalse: true),
        Text<Mount>("Consistency", m => m.Consistency, (m, v) => m.Consistency = v, omitEmpty: true),
        OptionalObject("BindOptions", BindOptions.Table, (Mount m) => m.BindOptions, (m, v) => m.BindOptions = v),
        OptionalObject("VolumeOptions", VolumeOptions.Table, (Mount m) => m.VolumeOptions, (m, v) => m.VolumeOptions = v),
        NotBuilt<Mount>("ImageOptions", ""),
        NotBuilt<Mount>("ClusterOptions", ""),
        OptionalObject("TmpfsOptions", TmpfsOptions.Table, (Mount m) => m.TmpfsOptions, (m, v) => m.TmpfsOptions = v),
    ]);
}

/// <summary>How a host path is mounted.</summary>
public sealed class BindOptions
{
    /// <summary><c>[r]private</c>, <c>[r]shared</c> or <c>[r]slave</c>; empty is <c>rprivate</c>.</summary>
    public string Propagation { get; set; } = "";

    public bool NonRecursive { get; set; }

    public bool CreateMountpoint { get; set; }

    /// <summary>Read-only at its root; what is mounted below it stays as it is.</summary>
    public bool ReadOnlyNonRecursive { get; set; }

    /// <summary>Read-only with all that is mounted below it, or no start.</summary>
    public bool ReadOnlyForceRecursive { get; set; }

    public static JsonTable<BindOptions> Table { get; } = new("Mounts.BindOptions", () => new BindOptions(),
    [
        Text<BindOptions>("Propagation", b => b.Propagation, (b, v) => b.Propagation = v, omitEmpty: true),
        Flag<BindOptions>("NonRecursive", b => b.NonRecursive, (b, v) => b.NonRecursive = v, omitFalse: true),
        Flag<BindOptions>("CreateMountpoint", b => b.CreateMountpoint, (b, v) => b.CreateMountpoint = v, omitFalse: true),
        Flag<BindOptions>("ReadOnlyNonRecursive", b => b.ReadOnlyNonRecursive, (b, v) => b.ReadOnlyNonRecursive = v, omitFalse: true),
        Flag<BindOptions>("ReadOnlyForceRecursive", b => b.ReadOnlyForceRecursive, (b, v) => b.ReadOnlyForceRecursive = v, omitFalse: true),
    ]);
}

/// <summary>How a volume is made, if it has to be, and mounted.</summary>
public sealed class VolumeOptions
{
    /// <summary>An empty volume stays empty, whatever the image has there.</summary>
    public bool NoCopy { get; set; }

    public IReadOnlyDictionary<string, string>? Labels { get; set; }

    /// <summary>What of the volume is mounted: a path inside it.</summary>
    public string Subpath { get; set; } = "";

    public VolumeDriverConfig? DriverConfig { get; set; }

    public static JsonTable<VolumeOptions> Table { get; } = new("Mounts.VolumeOptions", () => new VolumeOptions(),
    [
        Flag<VolumeOptions>("NoCopy", o => o.NoCopy, (o, v) => o.NoCopy = v, omitFalse: true),
        TextMap<VolumeOptions>("Labels", o => o.Labels, (o, v) => o.Labels = v, omitNull: true),
        Text<VolumeOptions>("Subpath", o => o.Subpath, (o, v) => o.Subpath = v, omitEmpty: true),
        OptionalObject("DriverConfig", VolumeDriverConfig.Table, (VolumeOptions o) => o.DriverConfig, (o, v) => o.DriverConfig = v),
    ]);
}

/// <summary>A volume driver with its options.</summary>
public sealed class VolumeDriverConfig
{
    public string Name { get; set; } = "";

    public IReadOnlyDictionary<string, string>? Options { get; set; }

    public static JsonTable<VolumeDriverConfig> Table { get; } = new("Mounts.VolumeOptions.DriverConfig", () => new VolumeDriverConfig(),
    [
        Text<VolumeDriverConfig>("Name", d => d.Name, (d, v) => d.Name = v, omitEmpty: true),
        TextMap<VolumeDriverConfig>("Options", d => d.Options, (d, v) => d.Options = v, omitNull: true),
    ]);
}

/// <summary>Size and mode of a tmpfs mount.</summary>
public sealed class TmpfsOptions
{
    /// <summary>0 is the kernel's default: half of the memory.</summary>
    public long SizeBytes { get; set; }

    /// <summary>Permission bits; 0 is 1777.</summary>
    public long Mode { get; set; }

    public static JsonTable<TmpfsOptions> Table { get; } = new("Mounts.TmpfsOptions", () => new TmpfsOptions(),
    [
        Number<TmpfsOptions>("SizeBytes", t => t.SizeBytes, (t, v) => t.SizeBytes = v),
        Number<TmpfsOptions>("Mode", t => t.Mode, (t, v) => t.Mode = v),
        NotBuilt<TmpfsOptions>("Options", ""),
    ]);
}

internal static class HostConfigFields
{
    /// <summary>Two numbers in an array; 20.10 clients send it as one of the last fields, newer ones always.</summary>
    public static JsonField<HostConfig> ConsoleSize { get; } = new(
        nameof(HostConfig.ConsoleSize),
        (host, element, reading, path) =>
        {
            if (TryReadSize(element, reading, path, out (long, long) size))
            {
                host.ConsoleSize = size;
            }
        },
        (host, writer) =>
        {
            writer.WriteStartArray(nameof(HostConfig.ConsoleSize));
            writer.WriteNumberValue(host.ConsoleSize.Height);
            writer.WriteNumberValue(host.ConsoleSize.Width);
            writer.WriteEndArray();
        });

    /// <summary>Null is written where the machine cannot do it.</summary>
    public static JsonField<HostConfig> OomKillDisable { get; } = new(
        nameof(HostConfig.OomKillDisable),
        OptionalFlag<HostConfig>(nameof(HostConfig.OomKillDisable), h => h.OomKillDisable, (h, v) => h.OomKillDisable = v).Read,
        (host, writer) =>
        {
            if (host.OomKillDisable is bool disabled)
            {
                writer.WriteBoolean(nameof(HostConfig.OomKillDisable), disabled);
            }
            else
            {
                writer.WriteNull(nameof(HostConfig.OomKillDisable));
            }
        });

    /// <summary>Rows and columns of a terminal.</summary>
    internal static bool TryReadSize(JsonElement element, JsonReading reading, string path, out (long Height, long Width) size)
    {
        size = default;
        if (element.ValueKind == JsonValueKind.Array && element.GetArrayLength() == 2
            && JsonValues.TryNumber(element[0], reading, path, out size.Height)
            && JsonValues.TryNumber(element[1], reading, path, out size.Width))
        {
            return true;
        }

        reading.WrongType(element, path, "[2]uint");
        return false;
    }
}
