using System.Text.Json;
using Coracle.Core;

namespace Coracle.Api;

/// <summary>The Mounts list of inspect and of the container list.</summary>
internal static class MountsShape
{
    public static void Write(Utf8JsonWriter json, IReadOnlyList<MountView> mounts)
    {
        json.WriteStartArray("Mounts"u8);
        foreach (MountView mount in mounts)
        {
            json.WriteStartObject();
            json.WriteString("Type"u8, mount.Type);
            WriteUnlessEmpty(json, "Name"u8, mount.Name);
            json.WriteString("Source"u8, mount.Source);
            json.WriteString("Destination"u8, mount.Destination);
            WriteUnlessEmpty(json, "Driver"u8, mount.Driver);
            json.WriteString("Mode"u8, mount.Mode);
            json.WriteBoolean("RW"u8, mount.Writable);
            json.WriteString("Propagation"u8, mount.Propagation);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteUnlessEmpty(Utf8JsonWriter json, ReadOnlySpan<byte> name, string text)
    {
        if (text.Length > 0)
        {
            json.WriteString(name, text);
        }
    }
}
