using System.Formats.Tar;
using System.IO.Compression;
using System.Text;
using Coracle.Oci;

namespace Coracle.RootTests.Images;

/// <summary>An image as an OCI layout on disk: what skopeo pushes from.</summary>
internal sealed class OciLayout : IDisposable
{
    public OciLayout()
    {
        System.IO.Directory.CreateDirectory(Directory + "/blobs/sha256");
        File.WriteAllText(Directory + "/oci-layout", """{"imageLayoutVersion":"1.0.0"}""");
    }

    public string Directory { get; } = System.IO.Directory.CreateTempSubdirectory("coracle-layout-").FullName;

    /// <summary>The layers' files: random, so that they are as large on the wire as on disk.</summary>
    public static byte[] Content(int seed, int length)
    {
        byte[] content = new byte[length];
        new Random(seed).NextBytes(content);
        return content;
    }

    /// <returns>The config's and the manifest's descriptors.</returns>
    public (Descriptor Config, Descriptor Manifest) AddImage(string architecture, params byte[][] contents)
    {
        List<string> layers = [], diffIds = [];
        foreach (byte[] content in contents)
        {
            byte[] tar = Tar("data-" + layers.Count, content);
            diffIds.Add($"\"{Digest.Of(tar)}\"");
            layers.Add(Describe(Add(Gzip(tar), MediaTypes.OciLayerGzip)));
        }

        Descriptor config = Add(
            Encoding.UTF8.GetBytes($$$"""{"architecture":"{{{architecture}}}","os":"linux","config":{"Cmd":["/data-0"]},"rootfs":{"type":"layers","diff_ids":[{{{string.Join(',', diffIds)}}}]}}"""),
            MediaTypes.OciConfig);
        Descriptor manifest = Add(
            Encoding.UTF8.GetBytes($$$"""{"schemaVersion":2,"mediaType":"{{{MediaTypes.OciManifest}}}","config":{{{Describe(config)}}},"layers":[{{{string.Join(',', layers)}}}]}"""),
            MediaTypes.OciManifest);
        return (config, manifest);
    }

    /// <summary>Makes one image, or an index of several, what the layout is about.</summary>
    public void Publish(params (string Architecture, Descriptor Manifest)[] images)
    {
        IEnumerable<string> entries = images.Select(image =>
            $$$"""{{{Describe(image.Manifest)[..^1]}}},"platform":{"os":"linux","architecture":"{{{image.Architecture}}}"}}""");
        string index = $$$"""{"schemaVersion":2,"mediaType":"{{{MediaTypes.OciIndex}}}","manifests":[{{{string.Join(',', entries)}}}]}""";
        if (images.Length > 1)
        {
            index = $$$"""{"schemaVersion":2,"manifests":[{{{Describe(Add(Encoding.UTF8.GetBytes(index), MediaTypes.OciIndex))}}}]}""";
        }

        File.WriteAllText(Directory + "/index.json", index);
    }

    public void Dispose() => System.IO.Directory.Delete(Directory, recursive: true);

    private Descriptor Add(byte[] bytes, string mediaType)
    {
        Digest digest = Digest.Of(bytes);
        File.WriteAllBytes($"{Directory}/blobs/sha256/{digest.ToHex()}", bytes);
        return new Descriptor(mediaType, digest, bytes.Length);
    }

    private static byte[] Tar(string name, byte[] content)
    {
        using MemoryStream output = new();
        using (TarWriter tar = new(output, TarEntryFormat.Pax, leaveOpen: true))
        {
            tar.WriteEntry(new PaxTarEntry(TarEntryType.RegularFile, name) { DataStream = new MemoryStream(content), Mode = (UnixFileMode)0x1ED });
        }

        return output.ToArray();
    }

    private static byte[] Gzip(byte[] bytes)
    {
        using MemoryStream output = new();
        using (GZipStream gzip = new(output, CompressionLevel.Fastest, leaveOpen: true))
        {
            gzip.Write(bytes);
        }

        return output.ToArray();
    }

    private static string Describe(Descriptor blob) => $$"""{"mediaType":"{{blob.MediaType}}","digest":"{{blob.Digest}}","size":{{blob.Size}}}""";
}
