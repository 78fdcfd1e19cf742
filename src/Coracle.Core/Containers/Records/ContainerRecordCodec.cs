using System.Buffers;
using System.Globalization;
using System.Text.Json;
using Coracle.Oci;
using Coracle.Wire;

namespace Coracle.Core;

/// <summary>container.json: a versioned envelope around the record. Older versions are read for ever.</summary>
internal static class ContainerRecordCodec
{
    private const int Version = 1;

    /// <summary>The part of the record that changes as it lives.</summary>
    public static ReadOnlyMemory<byte> EncodeLife(ContainerRecord record)
    {
        ArrayBufferWriter<byte> buffer = new(512);
        using Utf8JsonWriter writer = new(buffer);
        writer.WriteStartObject();
        writer.WriteNumber("version", Version);
        WriteLife(writer, record);
        writer.WriteEndObject();
        writer.Flush();
        return buffer.WrittenMemory;
    }

    /// <param name="record">Whose life it is.</param>
    /// <exception cref="FormatException">Not the life of a record of a version this engine knows.</exception>
    public static ContainerRecord DecodeLife(ReadOnlyMemory<byte> content, ContainerRecord record)
        => Decode(content, root => ReadLife(root, record));

    public static ReadOnlyMemory<byte> Encode(ContainerRecord record)
    {
        ArrayBufferWriter<byte> buffer = new(4096);
        using Utf8JsonWriter writer = new(buffer);
        writer.WriteStartObject();
        writer.WriteNumber("version", Version);
        writer.WriteStartObject("container");
        WriteIdentity(writer, record);
        WriteLife(writer, record);
        writer.WritePropertyName("config");
        ContainerConfig.Table.Write(writer, record.Config);
        writer.WritePropertyName("hostConfig");
        HostConfig.Table.Write(writer, record.HostConfig);
        WriteList(writer, "mounts", MountPoint.Table, record.Mounts);
        WriteList(writer, "networks", NetworkMembership.Table, record.Networks);
        WriteList(writer, "links", ContainerLink.Table, record.Links);
        writer.WriteEndObject();
        writer.WriteEndObject();
        writer.Flush();
        return buffer.WrittenMemory;
    }

    private static void WriteList<T>(Utf8JsonWriter writer, string name, JsonTable<T> table, IReadOnlyList<T> items)
        where T : class
    {
        writer.WriteStartArray(name);
        foreach (T item in items)
        {
            table.Write(writer, item);
        }

        writer.WriteEndArray();
    }

    private static void WriteIdentity(Utf8JsonWriter writer, ContainerRecord record)
    {
        writer.WriteString("id", record.Id);
        writer.WriteString("name", record.Name);
        WriteTime(writer, "created", record.Created);
        writer.WriteString("image", record.ImageId.ToString());
        writer.WriteStartArray("layers");
        foreach (DiffId layer in record.Layers)
        {
            writer.WriteStringValue(layer.ToString());
        }

        writer.WriteEndArray();
    }

    private static void WriteLife(Utf8JsonWriter writer, ContainerRecord record)
    {
        WriteTime(writer, "startedAt", record.StartedAt);
        WriteTime(writer, "finishedAt", record.FinishedAt);
        writer.WriteNumber("exitCode", record.ExitCode);
        writer.WriteString("error", record.Error);
        writer.WriteBoolean("oomKilled", record.OomKilled);
        writer.WriteNumber("run", record.Run);
        writer.WriteNumber("restartCount", record.RestartCount);
        writer.WriteBoolean("stoppedByHand", record.StoppedByHand);
        if (record.Sandbox is SandboxState sandbox)
        {
            writer.WritePropertyName("sandbox");
            SandboxState.Table.Write(writer, sandbox);
        }
    }

    /// <exception cref="FormatException">Not a record of a version this engine knows.</exception>
    public static ContainerRecord Decode(ReadOnlyMemory<byte> content) => Decode(content, root => Read(root.GetProperty("container")));

    private static ContainerRecord Decode(ReadOnlyMemory<byte> content, Func<JsonElement, ContainerRecord> read)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(content);
            int version = document.RootElement.GetProperty("version").GetInt32();
            return version == Version
                ? read(document.RootElement)
                : throw new FormatException($"container record of version {version}: this engine knows {Version}");
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or EngineException)
        {
            throw new FormatException("container record: " + e.Message, e);
        }
    }

    private static ContainerRecord Read(JsonElement container)
    {
        JsonReading reading = new();
        ContainerRecord record = new()
        {
            Id = Text(container, "id"),
            Name = Text(container, "name"),
            Created = Time(container, "created") ?? throw new FormatException("container record: no creation time"),
            ImageId = Digest.Parse(Text(container, "image")),
            Layers = [.. container.GetProperty("layers").EnumerateArray().Select(layer => DiffId.Parse(layer.GetString() ?? ""))],
            Config = ContainerConfig.Table.Read(container.GetProperty("config"), reading) ?? throw new FormatException("container record: no config"),
            HostConfig = HostConfig.Table.Read(container.GetProperty("hostConfig"), reading) ?? throw new FormatException("container record: no hostConfig"),
        };

        record = ReadLife(container, record) with
        {
            Mounts = ReadList(container, "mounts", MountPoint.Table, reading) ?? MountRequests.Parse(record.HostConfig),
            Networks = ReadList(container, "networks", NetworkMembership.Table, reading) ?? NetworkMembership.Of(record.Config, record.HostConfig, []),
            Links = ReadList(container, "links", ContainerLink.Table, reading) ?? [],
        };
        if (reading.Problem is string problem)
        {
            throw new FormatException("container record: " + problem);
        }

        // The id is a directory's name from here on: a damaged one must not name another.
        return ContainerId.IsId(record.Id) ? record : throw new FormatException("container record: not an id: " + record.Id);
    }

    private static ContainerRecord ReadLife(JsonElement life, ContainerRecord record) => record with
    {
        StartedAt = Time(life, "startedAt"),
        FinishedAt = Time(life, "finishedAt"),
        ExitCode = life.GetProperty("exitCode").GetInt32(),
        Error = Text(life, "error"),
        OomKilled = life.GetProperty("oomKilled").GetBoolean(),
        Run = life.TryGetProperty("run", out JsonElement run) ? run.GetInt64() : 0,
        RestartCount = life.GetProperty("restartCount").GetInt32(),
        StoppedByHand = life.GetProperty("stoppedByHand").GetBoolean(),
        Sandbox = life.TryGetProperty("sandbox", out JsonElement sandbox) ? ReadSandbox(sandbox) : null,
    };

    private static SandboxState? ReadSandbox(JsonElement element)
    {
        JsonReading reading = new();
        SandboxState? sandbox = SandboxState.Table.Read(element, reading);
        return reading.Problem is string problem ? throw new FormatException("container record: " + problem) : sandbox;
    }

    /// <returns>Null where there is no such list: the first engines kept none, and what they could do HostConfig says.</returns>
    private static List<T>? ReadList<T>(JsonElement container, string name, JsonTable<T> table, JsonReading reading)
        where T : class
    {
        if (!container.TryGetProperty(name, out JsonElement list))
        {
            return null;
        }

        List<T> items = [];
        foreach (JsonElement element in list.EnumerateArray())
        {
            items.Add(table.Read(element, reading) ?? throw new FormatException($"container record: {name}: an entry that is none"));
        }

        return items;
    }

    private static string Text(JsonElement container, string name) => container.GetProperty(name).GetString() ?? "";

    private static DateTimeOffset? Time(JsonElement container, string name)
        => container.GetProperty(name).GetString() is { Length: > 0 } text
            ? DateTimeOffset.Parse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal)
            : null;

    private static void WriteTime(Utf8JsonWriter writer, string name, DateTimeOffset? time)
        => writer.WriteString(name, time?.ToString("O", CultureInfo.InvariantCulture) ?? "");
}
