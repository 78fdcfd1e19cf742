using System.Buffers;
using System.Text.Json;
using Coracle.Tests.House;
using Coracle.Wire;

namespace Coracle.Tests.Wire;

/// <summary>
/// What docker 28 sends for some forty command lines (Cli/Goldens/record-docker.py): each field of it is kept and shown as it came, or
/// refused by its name. Nothing is silently ignored.
/// </summary>
public sealed class RecordedCreateTests
{
    /// <summary>Not part of either table: read by <see cref="ContainerCreateRequest"/> itself.</summary>
    private static readonly string[] _parts = ["HostConfig", "NetworkingConfig"];

    public static TheoryData<string> Bodies
    {
        get
        {
            var rows = new TheoryData<string>();
            foreach (string line in File.ReadLines(Path.Combine(Repository.Root, "test/Coracle.Tests/Cli/Goldens/create-bodies.jsonl")))
            {
                rows.Add(line);
            }

            return rows;
        }
    }

    [Theory, MemberData(nameof(Bodies))]
    public void Each_field_is_kept_or_refused_by_name(string recorded)
    {
        using JsonDocument line = JsonDocument.Parse(recorded);
        JsonElement body = line.RootElement.GetProperty("body");
        JsonReading reading = new();
        ContainerCreateRequest request = ContainerCreateRequest.Read(body, reading);
        Assert.Null(reading.Problem);
        Assert.Empty(reading.Unknown);
        using JsonDocument config = Written(ContainerConfig.Table, request.Config);
        using JsonDocument host = Written(HostConfig.Table, request.HostConfig);
        List<string> lost = [.. Lost(body, config.RootElement, "Config.", reading)];
        if (body.TryGetProperty("HostConfig", out JsonElement asked))
        {
            lost.AddRange(Lost(asked, host.RootElement, "HostConfig.", reading));
        }

        Assert.Empty(lost);
    }

    private static IEnumerable<string> Lost(JsonElement asked, JsonElement kept, string prefix, JsonReading reading)
        => asked.EnumerateObject()
            .Where(field => !_parts.Contains(field.Name) && !reading.NotBuilt.Contains(prefix + field.Name))
            .Where(field => !kept.TryGetProperty(field.Name, out JsonElement value) || !Holds(value, field.Value))
            .Select(field => $"{prefix}{field.Name} {field.Value.GetRawText()}");

    /// <summary>An object may have come back with more fields, since an engine writes its defaults down.</summary>
    private static bool Holds(JsonElement kept, JsonElement asked) => asked.ValueKind switch
    {
        JsonValueKind.Object => kept.ValueKind == JsonValueKind.Object
            && asked.EnumerateObject().All(field => kept.TryGetProperty(field.Name, out JsonElement value) && Holds(value, field.Value)),
        JsonValueKind.Array => kept.ValueKind == JsonValueKind.Array && kept.GetArrayLength() == asked.GetArrayLength()
            && kept.EnumerateArray().Zip(asked.EnumerateArray()).All(pair => Holds(pair.First, pair.Second)),
        _ => JsonElement.DeepEquals(kept, asked),
    };

    private static JsonDocument Written<T>(JsonTable<T> table, T value)
        where T : class
    {
        ArrayBufferWriter<byte> buffer = new();
        using (Utf8JsonWriter writer = new(buffer))
        {
            table.Write(writer, value);
        }

        return JsonDocument.Parse(buffer.WrittenMemory.ToArray());
    }
}
