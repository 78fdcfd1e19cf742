using Coracle.Storage;

namespace Coracle.Core;

/// <summary>A volume as its users see it.</summary>
/// <param name="Mountpoint">Where its files are on the host: absolute.</param>
/// <param name="Created">UTC.</param>
/// <param name="Labels">Null where none were given, which Docker shows apart from an empty list.</param>
/// <param name="Options">Null as with labels.</param>
public sealed record Volume(
    string Name, string Mountpoint, DateTimeOffset Created, IReadOnlyDictionary<string, string>? Labels, IReadOnlyDictionary<string, string>? Options)
{
    /// <summary>Nobody named it: <c>volume prune</c> takes it without being told to take all.</summary>
    public bool IsAnonymous => Labels?.ContainsKey(VolumeCatalog.AnonymousLabel) == true;

    internal static Volume Of(VolumeRecord record, string mountpoint) => new(record.Name, mountpoint, record.Created, record.Labels, record.Options);
}

/// <param name="Users">Containers that have it, running or not.</param>
/// <param name="Size">Bytes.</param>
public sealed record VolumeUsage(Volume Volume, int Users, long Size);
