using System.Formats.Tar;
using System.Security.Cryptography;
using System.Text;

namespace Coracle.E2E;

/// <summary>Image archives as files: made, taken apart, and given to skopeo.</summary>
internal static class ImageFiles
{
    public static string NewPath(Engine engine, string name) => Path.Combine(engine.Root, $"{Guid.NewGuid():N}-{name}");

    /// <summary>Everything of a tar that has bytes, by name, in the tar's order.</summary>
    public static Dictionary<string, byte[]> Read(string path)
    {
        Dictionary<string, byte[]> files = [];
        using FileStream file = File.OpenRead(path);
        using TarReader reader = new(file);
        while (reader.GetNextEntry() is { } entry)
        {
            if (entry.DataStream is { } data)
            {
                using MemoryStream content = new();
                data.CopyTo(content);
                files[entry.Name] = content.ToArray();
            }
        }

        return files;
    }

    public static byte[] Tar(params (string Name, byte[] Content)[] files)
    {
        using MemoryStream output = new();
        using (TarWriter writer = new(output, TarEntryFormat.Ustar, leaveOpen: true))
        {
            foreach ((string name, byte[] content) in files)
            {
                writer.WriteEntry(new UstarTarEntry(TarEntryType.RegularFile, name) { DataStream = new MemoryStream(content), ModificationTime = LayerTar.ModificationTime });
            }
        }

        return output.ToArray();
    }

    /// <summary>docker save as Docker 1.10 to 24 wrote it, of one layer.</summary>
    public static byte[] OldArchive(string tag, byte[] layer)
    {
        byte[] config = Config(LayerTar.DigestOf(layer));
        string name = Hex(config) + ".json", id = Hex(layer);
        return Tar(
            ($"{id}/VERSION", "1.0"u8.ToArray()), ($"{id}/json", "{}"u8.ToArray()), ($"{id}/layer.tar", layer), (name, config),
            ("manifest.json", Encoding.UTF8.GetBytes($$"""[{"Config":"{{name}}","RepoTags":["{{tag}}"],"Layers":["{{id}}/layer.tar"]}]""")));
    }

    public static byte[] Config(params string[] diffIds) => Encoding.UTF8.GetBytes(
        $$$"""{"architecture":"amd64","os":"linux","created":"2024-02-29T12:34:56Z","config":{"Cmd":["sh"]},"rootfs":{"type":"layers","diff_ids":[{{{string.Join(',', diffIds.Select(id => $"\"{id}\""))}}}]},"history":[{"created":"2024-02-29T12:34:56Z","created_by":"test"}]}""");

    /// <summary>A layer of one small file, as a tar.</summary>
    public static byte[] Layer(string name, string text) => Tar((name, Encoding.UTF8.GetBytes(text)));

    public static Task<CommandResult> SkopeoAsync(Engine engine, params string[] arguments)
        => Command.RunAsync(Machine.Find("skopeo", "/usr/bin/skopeo"), ["--insecure-policy", "--tmpdir", engine.Root, .. arguments], Machine.Environment(engine.Root));

    public static async Task CompressAsync(Engine engine, string path, string tool)
        => (await Command.RunAsync("/bin/sh", ["-c", $"{tool} -c < '{path}' > '{path}.packed'"], Machine.Environment(engine.Root))).Succeeds();

    private static string Hex(byte[] bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));
}
