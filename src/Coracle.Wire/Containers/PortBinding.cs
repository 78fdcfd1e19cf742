using System.Text.Json;
using static Coracle.Wire.JsonFields;

namespace Coracle.Wire;

/// <summary>One place on the host where a container's port is published, as the client wrote it.</summary>
public sealed class PortBinding
{
    /// <summary>Empty: every address of the host.</summary>
    public string HostIp { get; set; } = "";

    /// <summary>A number, a range to choose from (<c>8000-8010</c>), or empty: any that is free.</summary>
    public string HostPort { get; set; } = "";

    public static JsonTable<PortBinding> Table { get; } = new("PortBinding", () => new PortBinding(),
    [
        Text<PortBinding>("HostIp", b => b.HostIp, (b, v) => b.HostIp = v),
        Text<PortBinding>("HostPort", b => b.HostPort, (b, v) => b.HostPort = v),
    ]);
}

/// <summary>A Go map from a port to its bindings; a port with none is there all the same.</summary>
internal static class PortMapField
{
    public static JsonField<HostConfig> PortBindings { get; } = new(
        nameof(HostConfig.PortBindings),
        (host, element, reading, path) => host.PortBindings = Read(element, reading, path),
        (host, writer) => Write(writer, host.PortBindings));

    private static Dictionary<string, IReadOnlyList<PortBinding>>? Read(JsonElement element, JsonReading reading, string path)
    {
        if (element.ValueKind != JsonValueKind.Object)
        {
            reading.WrongType(element, path, "nat.PortMap");
            return null;
        }

        Dictionary<string, IReadOnlyList<PortBinding>> map = [];
        foreach (JsonProperty port in element.EnumerateObject())
        {
            map[port.Name] = port.Value.ValueKind == JsonValueKind.Null ? [] : JsonValues.Objects(port.Value, PortBinding.Table, reading, path) ?? [];
        }

        return map;
    }

    private static void Write(Utf8JsonWriter writer, IReadOnlyDictionary<string, IReadOnlyList<PortBinding>>? map)
    {
        writer.WriteStartObject(nameof(HostConfig.PortBindings));
        foreach (string port in (map?.Keys ?? []).Order(StringComparer.Ordinal))
        {
            JsonValues.WriteObjects(writer, port, PortBinding.Table, map![port], omitNull: false);
        }

        writer.WriteEndObject();
    }
}
