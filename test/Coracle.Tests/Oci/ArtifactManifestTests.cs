using System.Text;
using Coracle.Oci;

namespace Coracle.Tests.Oci;

public sealed class ArtifactManifestTests
{
    private const string Hex = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

    private static readonly Digest _digest = Digest.Parse("sha256:" + Hex);

    [Fact]
    public void A_manifest_is_written_as_the_specification_shows_it_always_alike()
    {
        AnnotatedDescriptor layer = new(new Descriptor("a/delta", _digest, 12), "", new Dictionary<string, string> { ["z"] = "2", ["a"] = "1+ä" });
        ArtifactManifest manifest = new("a/type", new Descriptor(MediaTypes.OciManifest, _digest, 5), [layer], new Dictionary<string, string> { ["k"] = "v" });

        const string Expected = """
            {"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","artifactType":"a/type",
            "config":{"mediaType":"application/vnd.oci.empty.v1+json","digest":"sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a","size":2},
            "layers":[{"mediaType":"a/delta","digest":"sha256:HEX","size":12,"annotations":{"a":"1+ä","z":"2"}}],
            "subject":{"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":"sha256:HEX","size":5},"annotations":{"k":"v"}}
            """;
        Assert.Equal(Expected.Replace("\n", "").Replace("HEX", Hex), Encoding.UTF8.GetString(manifest.ToBytes()));
    }

    [Fact]
    public void What_is_written_is_read_again()
    {
        AnnotatedDescriptor layer = new(new Descriptor("a/delta", _digest, 12), "", new Dictionary<string, string> { ["a"] = "1" });
        byte[] bytes = new ArtifactManifest("a/type", null, [layer], new Dictionary<string, string> { ["k"] = "v" }).ToBytes();

        ArtifactManifest read = ArtifactManifest.Parse(bytes);

        Assert.Equal(bytes, read.ToBytes());
        Assert.Null(read.Subject);
        AnnotatedDescriptor described = read.Describe(bytes);
        Assert.Equal((Digest.Of(bytes), bytes.Length, "a/type", "v"), (described.Descriptor.Digest, described.Descriptor.Size, described.ArtifactType, described.Annotations["k"]));
    }

    [Fact]
    public void An_artifact_of_before_has_its_type_in_the_config()
        => Assert.Equal("a/old", ArtifactManifest.Parse("""{"schemaVersion":2,"config":{"mediaType":"a/old"},"layers":[]}"""u8.ToArray()).ArtifactType);

    [Theory]
    [InlineData("[]", "artifact manifest is not a JSON object")]
    [InlineData("""{"manifests":[]}""", "artifact manifest is another kind of document")]
    [InlineData("""{"mediaType":"application/vnd.oci.image.index.v1+json"}""", "artifact manifest is another kind of document")]
    [InlineData("""{"layers":[{"size":1}]}""", "layer in artifact manifest has no digest")]
    [InlineData("""{"layers":7}""", "field 'layers' is not an array")]
    [InlineData("""{"subject":{"digest":"sha512:1","size":1}}""", "subject of artifact manifest has an invalid digest: 'sha512:1'")]
    [InlineData("""{"annotations":{"a":1}}""", "field 'annotations' is not a string")]
    public void A_document_that_is_none_is_refused(string json, string message)
        => Assert.Equal(message, Assert.Throws<OciFormatException>(() => ArtifactManifest.Parse(Encoding.UTF8.GetBytes(json))).Message);

    [Fact]
    public void Everything_is_bounded()
    {
        string layer = $$"""{"digest":"{{_digest}}","size":1}""", annotations = string.Join(',', Enumerable.Range(0, 257).Select(i => $"\"{i}\":\"\""));

        Assert.Throws<OciFormatException>(() => Parse($$"""{"layers":[{{string.Join(',', Enumerable.Repeat(layer, 1001))}}]}"""));
        Assert.Throws<OciFormatException>(() => Parse("{\"annotations\":{" + annotations + "}}"));
        Assert.Throws<OciFormatException>(() => Parse("{}" + new string(' ', ManifestDocument.MaxBytes)));
    }

    [Fact]
    public void A_full_index_takes_nothing_more()
    {
        AnnotatedDescriptor entry = new(new Descriptor("a/b", _digest, 1), "a/type", new Dictionary<string, string>());
        byte[] full = ReferrerIndex.Empty.With([.. Enumerable.Repeat(entry, ReferrerIndex.MaxEntries)]);

        Assert.Equal(ReferrerIndex.MaxEntries, ReferrerIndex.Parse(full).Entries.Count);
        Assert.Throws<OciFormatException>(() => ReferrerIndex.Parse(full).With([entry]));
    }

    private static ArtifactManifest Parse(string json) => ArtifactManifest.Parse(Encoding.UTF8.GetBytes(json));
}
