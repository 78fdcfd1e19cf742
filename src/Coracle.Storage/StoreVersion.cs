using System.Buffers;
using System.Text.Json;
using Coracle.Linux;

namespace Coracle.Storage;

/// <summary>store.json: the version of the layout, and the dialect in which its layers speak to overlayfs.</summary>
internal static class StoreVersion
{
    private const string FileName = "store.json";
    private const int Version = 1;
    private const int MaxLength = 4096;

    /// <summary>Reads it, or writes it into a new data root.</summary>
    /// <exception cref="StoreUnavailableException">Newer than this engine, or of a dialect that this process may not speak.</exception>
    public static OverlayDialect Check(DirectoryHandle root, Staging staging, string path)
    {
        OverlayDialect possible = Probe(staging);
        byte[]? content = DurableFile.TryRead(root, FileName, MaxLength);
        if (content is null)
        {
            DurableFile.Replace(root, FileName, ToJson(possible));
            return possible;
        }

        OverlayDialect dialect = Parse(content, path);
        return dialect == OverlayDialect.User || possible == OverlayDialect.Trusted ? dialect : throw new StoreUnavailableException(
            $"data root {path} has layers with trusted.overlay attributes, which this process may not set (CAP_SYS_ADMIN)");
    }

    /// <summary>The same of a data root that is only read.</summary>
    /// <exception cref="StoreUnavailableException">It is none, or newer than this engine.</exception>
    public static void Require(DirectoryHandle root, string path)
        => Parse(DurableFile.TryRead(root, FileName, MaxLength) ?? throw new StoreUnavailableException($"{path} is no data root of this engine: it has no {FileName}"), path);

    private static OverlayDialect Probe(Staging staging)
    {
        using StagedDirectory directory = staging.Create();
        return OverlayDialect.Probe(directory.Handle);
    }

    private static OverlayDialect Parse(byte[] content, string path)
    {
        try
        {
            using JsonDocument json = JsonDocument.Parse(content);
            int version = json.RootElement.GetProperty("version").GetInt32();
            if (version != Version)
            {
                throw new StoreUnavailableException($"data root {path} has version {version}; this engine knows version {Version}");
            }

            return json.RootElement.GetProperty("xattrs").GetString() == OverlayDialect.Trusted.Name ? OverlayDialect.Trusted : OverlayDialect.User;
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            throw new StoreUnavailableException($"data root {path}: {FileName} cannot be read", e);
        }
    }

    private static byte[] ToJson(OverlayDialect dialect)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteNumber("version", Version);
            json.WriteString("xattrs", dialect.Name);
            json.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }
}
