using System.Text;
using Coracle.Oci;

namespace Coracle.Tests.Oci;

public class ManifestTests
{
    private const string D = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    private const string Config = $$"""{"mediaType":"{{MediaTypes.OciConfig}}","digest":"{{D}}","size":2}""";

    private const string Layer = $$"""{"mediaType":"{{MediaTypes.OciLayerGzip}}","digest":"{{D}}","size":3}""";

    [Fact]
    public void A_manifest_names_its_config_and_layers()
    {
        Manifest manifest = Assert.IsType<Manifest>(Parse($$"""{"schemaVersion":2,"mediaType":"{{MediaTypes.OciManifest}}","config":{{Config}},"layers":[{{Layer}}]}"""));

        manifest.RequireImage();
        Assert.Equal(Digest.Parse(D), manifest.Config.Digest);
        Assert.Equal(3, Assert.Single(manifest.Layers).Size);
    }

    [Theory]
    [InlineData(null)]
    [InlineData(MediaTypes.OciManifest)]
    [InlineData("text/plain")]
    public void A_manifest_without_a_media_type_is_OCIs_unless_the_registry_names_another_kind(string? contentType)
    {
        string text = $$"""{"schemaVersion":2,"config":{{Config}},"layers":[]}""";
        if (contentType == "text/plain")
        {
            Assert.Equal("unsupported manifest media type and no default available: text/plain", Refused(text, contentType));
            return;
        }

        Assert.Equal(MediaTypes.OciManifest, Parse(text, contentType).MediaType);
    }

    [Theory]
    [InlineData(MediaTypes.OciIndex)]
    [InlineData(MediaTypes.OciManifest)]
    [InlineData(MediaTypes.DockerManifest)]
    [InlineData(MediaTypes.DockerManifestList)]
    public void Bytes_that_are_manifest_and_index_at_once_are_refused(string mediaType)
    {
        string text = $$"""{"schemaVersion":2,"mediaType":"{{mediaType}}","config":{{Config}},"layers":[{{Layer}}],"manifests":[]}""";

        Assert.Contains("expected", Refused(text, null), StringComparison.Ordinal);
    }

    [Fact]
    public void The_registry_and_the_document_must_agree()
        => Assert.Equal(
            $"if present, mediaType in manifest should be '{MediaTypes.DockerManifest}' not '{MediaTypes.OciManifest}'",
            Refused($$"""{"schemaVersion":2,"mediaType":"{{MediaTypes.OciManifest}}","config":{{Config}},"layers":[]}""", MediaTypes.DockerManifest));

    [Theory]
    [InlineData("", "manifest is not valid JSON")]
    [InlineData("<html>", "manifest is not valid JSON")]
    [InlineData("[]", "manifest is not a JSON object")]
    [InlineData("""{"schemaVersion":2}""", "manifest has no config")]
    [InlineData("""{"schemaVersion":1,"fsLayers":[]}""", "schema 1 are not supported")]
    [InlineData("""{"schemaVersion":2,"config":3}""", "config in manifest is not a JSON object")]
    [InlineData("""{"schemaVersion":2,"config":{"digest":"sha256:xx","size":1}}""", "invalid digest")]
    [InlineData($$$"""{"schemaVersion":2,"config":{"digest":"{{{D}}}","size":-1}}""", "negative size")]
    [InlineData($$$"""{"schemaVersion":2,"config":{"digest":"{{{D}}}","size":"1"}}""", "'size' is not an integer")]
    [InlineData($$$"""{"schemaVersion":2,"config":{{{Config}}},"layers":{}}""", "'layers' is not an array")]
    [InlineData("""{"mediaType":"application/vnd.docker.distribution.manifest.v1+json"}""", "unsupported manifest media type")]
    public void What_is_no_manifest_is_refused(string text, string error)
        => Assert.Contains(error, Refused(text, null), StringComparison.Ordinal);

    [Theory]
    [InlineData("application/vnd.docker.image.rootfs.foreign.diff.tar.gzip", "is foreign")]
    [InlineData("application/vnd.oci.image.layer.nondistributable.v1.tar+gzip", "is foreign")]
    [InlineData("application/x-whatever", "unsupported media type")]
    public void Foreign_and_unknown_layers_are_refused(string mediaType, string error)
    {
        string layer = $$"""{"mediaType":"{{mediaType}}","digest":"{{D}}","size":3}""";
        Manifest manifest = Assert.IsType<Manifest>(Parse($$"""{"schemaVersion":2,"config":{{Config}},"layers":[{{layer}}]}"""));

        Assert.Contains(error, Assert.Throws<OciFormatException>(manifest.RequireImage).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("linux/amd64", "linux/amd64")]
    [InlineData("linux/arm/v7", "linux/arm/v6")]
    [InlineData("linux/arm/v6", "linux/arm/v6")]
    [InlineData("linux/arm/v5", null)]
    [InlineData("linux/arm64", "linux/arm64")]
    [InlineData("linux/amd64/v3", "linux/amd64/v2")]
    [InlineData("linux/amd64/v2", "linux/amd64/v2")]
    [InlineData("linux/386", null)]
    public void The_best_entry_for_the_processor_is_taken(string machine, string? expected)
    {
        string entries = string.Join(',', new[] { "arm/v6", "arm64/v8", "amd64/v2", "amd64" }.Select(Entry));
        ImageIndex index = Assert.IsType<ImageIndex>(Parse($$"""{"schemaVersion":2,"mediaType":"{{MediaTypes.OciIndex}}","manifests":[{{entries}}]}"""));

        Assert.Equal(expected, index.Select(Platform.Parse(machine).Candidates())?.Platform?.ToString());
    }

    [Theory]
    [InlineData("linux/x86_64", "linux/amd64")]
    [InlineData("linux/aarch64", "linux/arm64")]
    [InlineData("linux/arm64/v8", "linux/arm64")]
    [InlineData("linux/arm", "linux/arm/v7")]
    [InlineData("linux/arm/6", "linux/arm/v6")]
    [InlineData("arm64", "linux/arm64")]
    public void Platforms_have_one_spelling(string typed, string normal) => Assert.Equal(normal, Platform.Parse(typed).ToString());

    [Theory]
    [InlineData("linux/")]
    [InlineData("a/b/c/d")]
    [InlineData("linux/amd 64")]
    public void What_is_no_platform_is_refused(string typed) => Assert.Throws<OciFormatException>(() => Platform.Parse(typed));

    private static string Entry(string architecture)
    {
        string[] parts = architecture.Split('/');
        string variant = parts.Length > 1 ? $",\"variant\":\"{parts[1]}\"" : "";
        return $$$"""{"mediaType":"{{{MediaTypes.OciManifest}}}","digest":"{{{D}}}","size":3,"platform":{"os":"linux","architecture":"{{{parts[0]}}}"{{{variant}}}}}""";
    }

    private static ManifestDocument Parse(string text, string? contentType = null) => ManifestDocument.Parse(Encoding.UTF8.GetBytes(text), contentType);

    private static string Refused(string text, string? contentType) => Assert.Throws<OciFormatException>(() => Parse(text, contentType)).Message;
}
