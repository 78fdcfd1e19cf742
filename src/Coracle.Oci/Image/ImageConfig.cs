using System.Text.Json;

namespace Coracle.Oci;

/// <summary>
/// An image's config: what it is made of and how it wants to be run. The image's id is the digest of these exact bytes, so
/// whoever needs the document itself keeps the bytes; this is what the engine reads from them.
/// </summary>
/// <remarks>OCI image-spec v1.1, config.md, with Docker's additions.</remarks>
public sealed record ImageConfig
{
    /// <summary>Docker accepts 8 MiB and no config is near it; a document parsed as a whole needs a limit.</summary>
    public const int MaxBytes = 8 * 1024 * 1024;

    public required Platform Platform { get; init; }

    /// <summary>As written: <c>amd64</c>, with no normalisation.</summary>
    public string Architecture { get; init; } = "";

    public string Os { get; init; } = "";

    public string Variant { get; init; } = "";

    public string OsVersion { get; init; } = "";

    public DateTimeOffset? Created { get; init; }

    /// <summary><see cref="Created"/> with the digits as they stand in the document, or null.</summary>
    public string? CreatedText { get; init; }

    public string Author { get; init; } = "";

    public string Comment { get; init; } = "";

    public string DockerVersion { get; init; } = "";

    /// <summary>How a container of this image runs where its creator says nothing.</summary>
    public RunDefaults Run { get; init; } = new();

    /// <summary>The layers' uncompressed digests, the lowest first.</summary>
    public IReadOnlyList<DiffId> Layers { get; init; } = [];

    public IReadOnlyList<HistoryEntry> History { get; init; } = [];

    /// <exception cref="OciFormatException">Not JSON, or a field of the wrong type, or no <c>rootfs</c> of kind layers.</exception>
    public static ImageConfig Parse(ReadOnlyMemory<byte> bytes)
    {
        using JsonDocument document = JsonFields.ParseDocument(bytes, "image config");
        JsonElement root = document.RootElement;
        root.RequireObject("image config");
        string os = root.Text("os") ?? "", architecture = root.Text("architecture") ?? "", variant = root.Text("variant") ?? "";
        return new ImageConfig
        {
            Platform = Platform.Normalise(os, architecture, variant),
            Os = os,
            Architecture = architecture,
            Variant = variant,
            OsVersion = root.Text("os.version") ?? "",
            Created = Timestamp.Parse(root.Text("created")),
            CreatedText = root.Text("created"),
            Author = root.Text("author") ?? "",
            Comment = root.Text("comment") ?? "",
            DockerVersion = root.Text("docker_version") ?? "",
            Run = root.ObjectChild("config") is { } run ? RunDefaults.Read(run) : new RunDefaults(),
            Layers = ReadLayers(root),
            History = ReadHistory(root),
        };
    }

    /// <summary>Writes the config of an image made here (import): Docker's field order.</summary>
    public void WriteTo(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("architecture", Architecture);
        json.WriteTextUnlessEmpty("author", Author);
        json.WriteTextUnlessEmpty("comment", Comment);
        json.WritePropertyName("config");
        Run.WriteTo(json);
        json.WriteString("created", Timestamp.Format(Created));
        json.WriteTextUnlessEmpty("docker_version", DockerVersion);
        json.WriteStartArray("history");
        foreach (HistoryEntry entry in History)
        {
            entry.WriteTo(json);
        }

        json.WriteEndArray();
        json.WriteString("os", Os);
        json.WriteTextUnlessEmpty("variant", Variant);
        json.WriteStartObject("rootfs");
        json.WriteString("type", "layers");
        json.WriteStartArray("diff_ids");
        foreach (DiffId layer in Layers)
        {
            json.WriteStringValue(layer.ToString());
        }

        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static List<DiffId> ReadLayers(JsonElement root)
    {
        JsonElement rootFs = root.ObjectChild("rootfs") ?? throw new OciFormatException("invalid image JSON, no RootFS key");
        List<DiffId> layers = [];
        foreach (JsonElement item in rootFs.Items("diff_ids"))
        {
            string? text = item.ValueKind == JsonValueKind.String ? item.GetString() : null;
            layers.Add(Digest.TryParse(text, out Digest? digest)
                ? new DiffId(digest)
                : throw new OciFormatException("image config has an invalid diff_id"));
        }

        return layers;
    }

    private static List<HistoryEntry> ReadHistory(JsonElement root)
    {
        List<HistoryEntry> history = [];
        foreach (JsonElement item in root.Items("history"))
        {
            history.Add(HistoryEntry.Read(item));
        }

        return history;
    }
}
