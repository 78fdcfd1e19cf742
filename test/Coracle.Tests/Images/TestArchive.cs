using System.Text;
using Coracle.Oci;
using Coracle.Tests.Tar;

namespace Coracle.Tests.Images;

/// <summary>Image archives of every kind, honest or not, made entry by entry.</summary>
internal static class TestArchive
{
    public static byte[] Layer(string text) => FakeImage.Tar("file-" + text, text);

    public static string DiffId(byte[] layer) => Digest.Of(layer).ToString();

    public static byte[] Config(params string[] diffIds) => Encoding.UTF8.GetBytes(
        $$$"""{"architecture":"amd64","os":"linux","created":"2024-01-02T03:04:05Z","config":{"Cmd":["/x"]},"rootfs":{"type":"layers","diff_ids":[{{{Quoted(diffIds)}}}]},"history":[]}""");

    /// <summary>docker save of 1.10 to 24: a directory for each layer, manifest.json at the end.</summary>
    public static TestTar Old(string tag, params string[] texts)
    {
        TestTar tar = new();
        List<string> diffIds = [], paths = [];
        foreach (string text in texts)
        {
            byte[] layer = Layer(text);
            string id = Digest.Of(Encoding.UTF8.GetBytes(text)).ToHex();
            tar.Directory(id + "/").File(id + "/VERSION", "1.0").File(id + "/json", "{\"id\":\"" + id + "\"}").File(id + "/layer.tar", layer);
            diffIds.Add(DiffId(layer));
            paths.Add(id + "/layer.tar");
        }

        byte[] config = Config([.. diffIds]);
        string name = Digest.Of(config).ToHex() + ".json";
        return tar.File(name, config).File("manifest.json", Manifest(name, tag, [.. paths])).File("repositories", "{}");
    }

    /// <param name="tag">Empty for an image without a name.</param>
    public static string Manifest(string config, string tag, params string[] layers)
        => $$"""[{"Config":"{{config}}","RepoTags":{{(tag.Length == 0 ? "null" : $"[\"{tag}\"]")}},"Layers":[{{Quoted(layers)}}]}]""";

    public static string Blob(byte[] bytes) => "blobs/sha256/" + Digest.Of(bytes).ToHex();

    public static string Describe(string type, byte[] bytes, string more = "")
        => $$"""{"mediaType":"{{type}}","digest":"{{Digest.Of(bytes)}}","size":{{bytes.Length}}{{more}}}""";

    public static byte[] OciManifest(byte[] config, params (string Type, byte[] Blob)[] layers) => Encoding.UTF8.GetBytes(
        $$"""{"schemaVersion":2,"mediaType":"{{MediaTypes.OciManifest}}","config":{{Describe(MediaTypes.OciConfig, config)}},"layers":[{{string.Join(',', layers.Select(layer => Describe(layer.Type, layer.Blob)))}}]}""");

    public static byte[] OciIndex(params string[] descriptors) => Encoding.UTF8.GetBytes(
        $$"""{"schemaVersion":2,"mediaType":"{{MediaTypes.OciIndex}}","manifests":[{{string.Join(',', descriptors)}}]}""");

    public static string Annotated(string key, string value) => $$""","annotations":{"{{key}}":"{{value}}"}""";

    private static string Quoted(string[] texts) => string.Join(',', texts.Select(text => $"\"{text}\""));
}
