using System.Globalization;
using System.Text.Json;
using Coracle.Core;

namespace Coracle.Api;

/// <summary>A volume as Docker shows it.</summary>
internal static class VolumeShape
{
    /// <param name="usage">Only <c>system df</c> counts and measures; elsewhere it is left out.</param>
    public static void Write(Utf8JsonWriter json, Volume volume, VolumeUsage? usage = null)
    {
        json.WriteStartObject();
        json.WriteString("CreatedAt"u8, volume.Created.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture));
        json.WriteString("Driver"u8, VolumeCatalog.LocalDriver);
        WriteMap(json, "Labels", volume.Labels);
        json.WriteString("Mountpoint"u8, volume.Mountpoint);
        json.WriteString("Name"u8, volume.Name);
        WriteMap(json, "Options", volume.Options);
        json.WriteString("Scope"u8, "local"u8);
        if (usage is not null)
        {
            json.WriteStartObject("UsageData"u8);
            json.WriteNumber("RefCount"u8, usage.Users);
            json.WriteNumber("Size"u8, usage.Size);
            json.WriteEndObject();
        }

        json.WriteEndObject();
    }

    private static void WriteMap(Utf8JsonWriter json, string name, IReadOnlyDictionary<string, string>? map)
    {
        if (map is null)
        {
            json.WriteNull(name);
            return;
        }

        json.WriteStartObject(name);
        foreach ((string key, string value) in map)
        {
            json.WriteString(key, value);
        }

        json.WriteEndObject();
    }
}
