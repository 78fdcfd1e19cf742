using System.Text.Json;
using Coracle.Core;

namespace Coracle.Api;

/// <summary>The answer of an inspection: docs/deltas.md has its fields.</summary>
internal static class DeltaReportJson
{
    public static void Write(Utf8JsonWriter json, InspectedDelta delta)
    {
        json.WriteStartObject();
        json.WriteString("Name"u8, delta.Name ?? "");
        json.WriteString("Id"u8, delta.Id?.ToString() ?? "");
        json.WriteString("Manifest"u8, delta.Manifest?.ToString() ?? "");
        json.WriteNumber("LayerCount"u8, delta.LayerCount);
        json.WriteStartArray("Layers"u8);
        foreach (InspectedLayer layer in delta.Layers)
        {
            Write(json, layer);
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, InspectedLayer layer)
    {
        json.WriteStartObject();
        json.WriteString("Target"u8, layer.Target.ToString());
        json.WriteBoolean("IsDelta"u8, layer.IsDelta);
        json.WriteString("Blob"u8, layer.Blob.Digest.ToString());
        json.WriteNumber("Size"u8, layer.Blob.Size);
        json.WriteNumber("TarSize"u8, layer.TarLength);
        json.WriteNumber("FullSize"u8, layer.FullSize ?? 0);
        json.WriteNumber("Segments"u8, layer.Segments);
        json.WriteString("Problem"u8, layer.Problem ?? "");
        json.WriteStartArray("Bases"u8);
        foreach (InspectedBase needed in layer.Bases)
        {
            json.WriteStartObject();
            json.WriteString("Layer"u8, needed.Layer.ToString());
            json.WriteNumber("Entries"u8, needed.Entries);
            json.WriteBoolean("IsHere"u8, needed.IsHere);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        WriteDirectories(json, layer.Directories);
        json.WriteEndObject();
    }

    /// <summary>Null where nobody could look.</summary>
    private static void WriteDirectories(Utf8JsonWriter json, IReadOnlyList<DirectoryTally>? directories)
    {
        if (directories is null)
        {
            json.WriteNull("Directories"u8);
            return;
        }

        json.WriteStartArray("Directories"u8);
        foreach (DirectoryTally directory in directories)
        {
            json.WriteStartObject();
            json.WriteString("Path"u8, directory.Path);
            Write(json, "Copied"u8, directory, PathFate.Copied);
            Write(json, "Patched"u8, directory, PathFate.Patched);
            Write(json, "New"u8, directory, PathFate.New);
            Write(json, "Removed"u8, directory, PathFate.Removed);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void Write(Utf8JsonWriter json, ReadOnlySpan<byte> name, DirectoryTally directory, PathFate fate)
    {
        json.WriteStartObject(name);
        json.WriteNumber("Files"u8, directory.Files(fate));
        json.WriteNumber("Bytes"u8, directory.Bytes(fate));
        json.WriteEndObject();
    }
}
