using static Coracle.Wire.JsonFields;

namespace Coracle.Wire;

/// <summary>The body of POST /volumes/create.</summary>
public sealed class VolumeCreateRequest
{
    /// <summary>Empty lets the engine choose: an anonymous volume.</summary>
    public string Name { get; set; } = "";

    /// <summary>Empty is the local one.</summary>
    public string Driver { get; set; } = "";

    public IReadOnlyDictionary<string, string>? DriverOpts { get; set; }

    public IReadOnlyDictionary<string, string>? Labels { get; set; }

    public static JsonTable<VolumeCreateRequest> Table { get; } = new("VolumeCreateOptions", () => new VolumeCreateRequest(),
    [
        Text<VolumeCreateRequest>("Name", v => v.Name, (v, text) => v.Name = text),
        Text<VolumeCreateRequest>("Driver", v => v.Driver, (v, text) => v.Driver = text),
        TextMap<VolumeCreateRequest>("DriverOpts", v => v.DriverOpts, (v, map) => v.DriverOpts = map),
        TextMap<VolumeCreateRequest>("Labels", v => v.Labels, (v, map) => v.Labels = map),
        NotBuilt<VolumeCreateRequest>("ClusterVolumeSpec", ""),
    ]);
}
