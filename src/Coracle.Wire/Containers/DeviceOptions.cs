using static Coracle.Wire.JsonFields;

namespace Coracle.Wire;

/// <summary>A block device's share, from 10 to 1000 (<c>--blkio-weight-device /dev/sda:200</c>).</summary>
public sealed class WeightDevice
{
    public string Path { get; set; } = "";

    public long Weight { get; set; }

    public static JsonTable<WeightDevice> Table { get; } = new("BlkioWeightDevice", () => new WeightDevice(),
    [
        Text<WeightDevice>("Path", d => d.Path, (d, v) => d.Path = v),
        Number<WeightDevice>("Weight", d => d.Weight, (d, v) => d.Weight = v),
    ]);
}

/// <summary>A block device's limit, in bytes or operations a second (<c>--device-read-bps /dev/sda:1mb</c>).</summary>
public sealed class ThrottleDevice
{
    public string Path { get; set; } = "";

    public long Rate { get; set; }

    public static JsonTable<ThrottleDevice> Table { get; } = new("BlkioDevice", () => new ThrottleDevice(),
    [
        Text<ThrottleDevice>("Path", d => d.Path, (d, v) => d.Path = v),
        Number<ThrottleDevice>("Rate", d => d.Rate, (d, v) => d.Rate = v),
    ]);
}

/// <summary>A device of the host, or a directory of them, in the container (<c>--device /dev/ttyUSB0:/dev/gps:rw</c>).</summary>
public sealed class DeviceMapping
{
    public string PathOnHost { get; set; } = "";

    public string PathInContainer { get; set; } = "";

    /// <summary>Of r, w and m.</summary>
    public string CgroupPermissions { get; set; } = "";

    public static JsonTable<DeviceMapping> Table { get; } = new("Devices", () => new DeviceMapping(),
    [
        Text<DeviceMapping>("PathOnHost", d => d.PathOnHost, (d, v) => d.PathOnHost = v),
        Text<DeviceMapping>("PathInContainer", d => d.PathInContainer, (d, v) => d.PathInContainer = v),
        Text<DeviceMapping>("CgroupPermissions", d => d.CgroupPermissions, (d, v) => d.CgroupPermissions = v),
    ]);
}
