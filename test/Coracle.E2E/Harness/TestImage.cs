using System.Text.Json;

namespace Coracle.E2E;

/// <summary>What an image's configuration says about running it.</summary>
internal sealed record RunSettings(
    string[]? Command = null, string[]? Entrypoint = null, string[]? Environment = null, string? User = null, string? WorkingDirectory = null,
    string? Architecture = null, string[]? Volumes = null);

/// <summary>An image in the registry. <see cref="Id"/> is what every engine must call it.</summary>
internal sealed record TestImage(string Reference, string Id, string ManifestDigest, IReadOnlyList<Layer> Layers)
{
    private const string ManifestType = "application/vnd.docker.distribution.manifest.v2+json";

    public string DigestReference => Reference[..Reference.LastIndexOf(':')] + "@" + ManifestDigest;

    /// <summary>The twelve digits that docker prints for a layer.</summary>
    public static string Short(Layer layer) => layer.Digest["sha256:".Length..][..12];

    public static async Task<TestImage> PushAsync(Registry registry, string repository, string tag, IReadOnlyList<Layer> layers, RunSettings settings)
    {
        byte[] config = Config(layers, settings);
        string id = LayerTar.DigestOf(config);
        foreach (Layer layer in layers)
        {
            await registry.PutBlobAsync(repository, layer.Digest, layer.Blob);
        }

        await registry.PutBlobAsync(repository, id, config);
        byte[] manifest = Manifest(id, config.Length, layers);
        await registry.PutManifestAsync(repository, tag, ManifestType, manifest);
        return new TestImage(registry.Reference($"{repository}:{tag}"), id, LayerTar.DigestOf(manifest), layers);
    }

    private static byte[] Config(IReadOnlyList<Layer> layers, RunSettings settings) => Json(writer =>
    {
        writer.WriteStartObject();
        writer.WriteString("architecture", settings.Architecture ?? OwnArchitecture());
        writer.WriteString("os", "linux");
        writer.WriteString("created", "2024-02-29T12:34:56.123456789Z");
        writer.WriteStartObject("config");
        Strings(writer, "Cmd", settings.Command);
        Strings(writer, "Entrypoint", settings.Entrypoint);
        Strings(writer, "Env", settings.Environment ?? ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"]);
        writer.WriteString("User", settings.User ?? "");
        writer.WriteString("WorkingDir", settings.WorkingDirectory ?? "");
        if (settings.Volumes is not null)
        {
            writer.WriteStartObject("Volumes");
            foreach (string path in settings.Volumes)
            {
                writer.WriteStartObject(path);
                writer.WriteEndObject();
            }

            writer.WriteEndObject();
        }

        writer.WriteStartObject("Labels");
        writer.WriteString("org.example.label", "a value");
        writer.WriteEndObject();
        writer.WriteEndObject();
        writer.WriteStartObject("rootfs");
        writer.WriteString("type", "layers");
        Strings(writer, "diff_ids", [.. layers.Select(l => l.DiffId)]);
        writer.WriteEndObject();
        writer.WriteStartArray("history");
        for (int i = 0; i < layers.Count; i++)
        {
            writer.WriteStartObject();
            writer.WriteString("created", "2024-02-29T12:34:56Z");
            writer.WriteString("created_by", $"step {i + 1}");
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
    });

    private static byte[] Manifest(string configDigest, int configSize, IReadOnlyList<Layer> layers) => Json(writer =>
    {
        writer.WriteStartObject();
        writer.WriteNumber("schemaVersion", 2);
        writer.WriteString("mediaType", ManifestType);
        writer.WriteStartObject("config");
        Descriptor(writer, "application/vnd.docker.container.image.v1+json", configDigest, configSize);
        writer.WriteEndObject();
        writer.WriteStartArray("layers");
        foreach (Layer layer in layers)
        {
            writer.WriteStartObject();
            Descriptor(writer, "application/vnd.docker.image.rootfs.diff.tar.gzip", layer.Digest, layer.Blob.Length);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
    });

    private static void Descriptor(Utf8JsonWriter writer, string mediaType, string digest, int size)
    {
        writer.WriteString("mediaType", mediaType);
        writer.WriteString("digest", digest);
        writer.WriteNumber("size", size);
    }

    private static void Strings(Utf8JsonWriter writer, string name, string[]? values)
    {
        if (values is null)
        {
            writer.WriteNull(name);
            return;
        }

        writer.WriteStartArray(name);
        foreach (string value in values)
        {
            writer.WriteStringValue(value);
        }

        writer.WriteEndArray();
    }

    private static byte[] Json(Action<Utf8JsonWriter> write)
    {
        using var bytes = new MemoryStream();
        using (var writer = new Utf8JsonWriter(bytes))
        {
            write(writer);
        }

        return bytes.ToArray();
    }

    private static string OwnArchitecture() => System.Runtime.InteropServices.RuntimeInformation.OSArchitecture switch
    {
        System.Runtime.InteropServices.Architecture.X64 => "amd64",
        System.Runtime.InteropServices.Architecture.Arm64 => "arm64",
        System.Runtime.InteropServices.Architecture.Arm => "arm",
        var other => throw new PlatformNotSupportedException(other.ToString()),
    };
}
