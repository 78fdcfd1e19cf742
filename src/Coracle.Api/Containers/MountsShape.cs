using System.Text.Json;
using Coracle.Core;
using Coracle.Wire;

namespace Coracle.Api;

/// <summary>The Mounts list of inspect and of the container list.</summary>
internal static class MountsShape
{
    public static void Write(Utf8JsonWriter json, HostConfig host)
    {
        json.WriteStartArray("Mounts"u8);
        foreach (MountView mount in MountView.Of(host))
        {
            json.WriteStartObject();
            json.WriteString("Type"u8, mount.Type);
            json.WriteString("Source"u8, mount.Source);
            json.WriteString("Destination"u8, mount.Destination);
            json.WriteString("Mode"u8, mount.Mode);
            json.WriteBoolean("RW"u8, mount.Writable);
            json.WriteString("Propagation"u8, mount.Type == "bind" ? "rprivate"u8 : ""u8);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }
}
