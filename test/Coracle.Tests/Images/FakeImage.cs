using System.Formats.Tar;
using System.IO.Compression;
using System.Text;
using Coracle.Oci;
using Coracle.Tests.Registry;

namespace Coracle.Tests.Images;

/// <summary>An image whose layers hold one small file each, put into a fake registry.</summary>
internal sealed class FakeImage
{
    private FakeImage(Digest id, Digest manifest, IReadOnlyList<Descriptor> layers, string json)
        => (Id, Manifest, Layers, Json) = (id, manifest, layers, json);

    public Digest Id { get; }

    public Digest Manifest { get; }

    public IReadOnlyList<Descriptor> Layers { get; }

    /// <summary>The manifest's text.</summary>
    public string Json { get; }

    /// <param name="contents">What the file of each layer says; the same text gives the same layer.</param>
    public static FakeImage Add(
        FakeRegistry registry, string repository, string tag, string[] contents, string label = "x", string[]? diffIds = null, string os = "linux")
        => Add(registry, repository, tag, [.. contents.Select(content => Tar("file-" + content.Length, content))], label, diffIds, os);

    /// <param name="tars">The layers.</param>
    public static FakeImage Add(
        FakeRegistry registry, string repository, string tag, byte[][] tars, string label = "x", string[]? diffIds = null, string os = "linux")
    {
        List<Descriptor> layers = [];
        List<string> realDiffIds = [];
        foreach (byte[] tar in tars)
        {
            layers.Add(registry.AddBlob(repository, Gzip(tar), MediaTypes.OciLayerGzip));
            realDiffIds.Add(Digest.Of(tar).ToString());
        }

        string config = $$$"""{"architecture":"amd64","os":"{{{os}}}","created":"2024-01-02T03:04:05Z","config":{"Cmd":["/x"],"Labels":{"label":"{{{label}}}"}},"rootfs":{"type":"layers","diff_ids":[{{{Quoted(diffIds ?? [.. realDiffIds])}}}]},"history":[]}""";
        Descriptor configBlob = registry.AddBlob(repository, Encoding.UTF8.GetBytes(config), MediaTypes.OciConfig);
        string json = $$$"""{"schemaVersion":2,"mediaType":"{{{MediaTypes.OciManifest}}}","config":{{{Describe(configBlob)}}},"layers":[{{{string.Join(',', layers.Select(Describe))}}}]}""";
        return new FakeImage(configBlob.Digest, registry.AddManifest(repository, tag, json), layers, json);
    }

    public static byte[] Tar(string name, string content)
    {
        using MemoryStream output = new();
        using (TarWriter tar = new(output, TarEntryFormat.Ustar, leaveOpen: true))
        {
            tar.WriteEntry(new UstarTarEntry(TarEntryType.RegularFile, name)
            {
                DataStream = new MemoryStream(Encoding.UTF8.GetBytes(content)),
                ModificationTime = DateTimeOffset.UnixEpoch,
            });
        }

        return output.ToArray();
    }

    public static byte[] Gzip(byte[] bytes)
    {
        using MemoryStream output = new();
        using (GZipStream gzip = new(output, CompressionLevel.Fastest, leaveOpen: true))
        {
            gzip.Write(bytes);
        }

        return output.ToArray();
    }

    public static string Describe(Descriptor blob) => $$"""{"mediaType":"{{blob.MediaType}}","digest":"{{blob.Digest}}","size":{{blob.Size}}}""";

    private static string Quoted(string[] texts) => string.Join(',', texts.Select(text => $"\"{text}\""));
}
