using System.Text.Json;
using Coracle.Core;
using Coracle.Oci;

namespace Coracle.Api;

/// <summary>What of an image's line costs a look at all the others, and is -1 where it was not asked for.</summary>
internal enum SummaryDetail
{
    Plain,

    /// <summary>With the bytes it shares (<c>shared-size</c>).</summary>
    Shared,

    /// <summary>With those and with its containers, whatever the version: <c>system df</c>.</summary>
    Usage,
}

/// <summary>Images as Docker's API prints them, per version.</summary>
internal static class ImageJson
{
    public static void WriteSummary(Utf8JsonWriter json, ImageSummary summary, ApiVersion version, SummaryDetail detail)
    {
        (ImageDetails image, IReadOnlyList<ImageReference> names, long size, long sharedSize, int containers) = summary;
        bool isLegacyNone = names.Count == 0 && version.IsBefore(43);
        json.WriteStartObject();
        json.WriteNumber("Containers"u8, detail != SummaryDetail.Usage && version.IsBefore(51) ? -1 : containers);
        json.WriteNumber("Created"u8, image.Config.Created?.ToUnixTimeSeconds() ?? 0);
        json.WriteString("Id"u8, image.Id.ToString());
        json.WritePropertyName("Labels"u8);
        WriteLabels(json, image.Config.Run.Labels);
        json.WriteString("ParentId"u8, "");
        WriteTexts(json, "RepoDigests", isLegacyNone ? ["<none>@<none>"] : Digests(names));
        WriteTexts(json, "RepoTags", isLegacyNone ? ["<none>:<none>"] : Tags(names));
        json.WriteNumber("SharedSize"u8, detail == SummaryDetail.Usage || (detail == SummaryDetail.Shared && version.Adds(42)) ? sharedSize : -1);
        json.WriteNumber("Size"u8, size);
        if (version.IsBefore(44))
        {
            json.WriteNumber("VirtualSize"u8, size);
        }

        json.WriteEndObject();
    }

    public static void WriteInspection(Utf8JsonWriter json, ImageInspection inspection, ApiVersion version)
    {
        (ImageDetails image, IReadOnlyList<ImageReference> names, long size, DateTimeOffset? taggedAt) = inspection;
        ImageConfig config = image.Config;
        json.WriteStartObject();
        json.WriteString("Id"u8, image.Id.ToString());
        WriteTexts(json, "RepoTags", Tags(names));
        WriteTexts(json, "RepoDigests", Digests(names));
        json.WriteString("Parent"u8, "");
        json.WriteString("Comment"u8, config.Comment);
        json.WriteString("Created"u8, config.CreatedText ?? Timestamp.Format(null));

        // Docker leaves them out since 1.45; Debian's docker-compose, which takes the newest version there is, cannot replace a container without.
        json.WriteString("Container"u8, "");
        json.WritePropertyName("ContainerConfig"u8);
        LegacyConfigJson.Write(json, new RunDefaults());

        json.WriteString("DockerVersion"u8, config.DockerVersion);
        json.WriteString("Author"u8, config.Author);
        json.WritePropertyName("Config"u8);
        if (version.IsBefore(50))
        {
            LegacyConfigJson.Write(json, config.Run);
        }
        else
        {
            config.Run.WriteTo(json);
        }

        WritePlatform(json, config);
        json.WriteNumber("Size"u8, size);
        if (version.IsBefore(44))
        {
            json.WriteNumber("VirtualSize"u8, size);
        }

        WriteStorage(json, config);
        json.WriteStartObject("Metadata"u8);
        json.WriteString("LastTagTime"u8, Timestamp.Format(taggedAt));
        json.WriteEndObject();
        json.WriteEndObject();
    }

    public static void WriteHistory(Utf8JsonWriter json, ImageHistoryStep step)
    {
        json.WriteStartObject();
        json.WriteString("Comment"u8, step.Entry.Comment);
        json.WriteNumber("Created"u8, step.Entry.Created?.ToUnixTimeSeconds() ?? 0);
        json.WriteString("CreatedBy"u8, step.Entry.CreatedBy);
        json.WriteString("Id"u8, step.Id?.ToString() ?? "<missing>");
        json.WriteNumber("Size"u8, step.Size);
        if (step.Tags.Count == 0)
        {
            json.WriteNull("Tags"u8);
        }
        else
        {
            WriteTexts(json, "Tags", step.Tags);
        }

        json.WriteEndObject();
    }

    private static void WritePlatform(Utf8JsonWriter json, ImageConfig config)
    {
        json.WriteString("Architecture"u8, config.Architecture);
        if (config.Variant.Length > 0)
        {
            json.WriteString("Variant"u8, config.Variant);
        }

        json.WriteString("Os"u8, config.Os);
        if (config.OsVersion.Length > 0)
        {
            json.WriteString("OsVersion"u8, config.OsVersion);
        }
    }

    private static void WriteStorage(Utf8JsonWriter json, ImageConfig config)
    {
        json.WriteStartObject("GraphDriver"u8);
        json.WriteNull("Data"u8);
        json.WriteString("Name"u8, "overlay2");
        json.WriteEndObject();
        json.WriteStartObject("RootFS"u8);
        json.WriteString("Type"u8, "layers");
        if (config.Layers.Count > 0)
        {
            WriteTexts(json, "Layers", [.. config.Layers.Select(layer => layer.ToString())]);
        }

        json.WriteEndObject();
    }

    private static void WriteLabels(Utf8JsonWriter json, IReadOnlyDictionary<string, string>? labels)
    {
        if (labels is null)
        {
            json.WriteNullValue();
            return;
        }

        json.WriteStartObject();
        foreach (string key in labels.Keys.Order(StringComparer.Ordinal))
        {
            json.WriteString(key, labels[key]);
        }

        json.WriteEndObject();
    }

    private static string[] Tags(IReadOnlyList<ImageReference> names)
        => [.. names.Where(name => name.Digest is null).Select(name => name.Familiar)];

    private static string[] Digests(IReadOnlyList<ImageReference> names)
        => [.. names.Where(name => name.Digest is not null).Select(name => name.Familiar)];

    private static void WriteTexts(Utf8JsonWriter json, string name, IReadOnlyList<string> texts)
    {
        json.WriteStartArray(name);
        foreach (string text in texts)
        {
            json.WriteStringValue(text);
        }

        json.WriteEndArray();
    }
}
