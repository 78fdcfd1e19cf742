using System.Text;

namespace Coracle.E2E;

/// <summary>Nothing a registry sends is believed: a clear error, and nothing half made.</summary>
public sealed class BadRegistryTests(Stage stage) : EngineTest(stage)
{
    /// <summary>The harness allows one more try, after five seconds.</summary>
    private static readonly TimeSpan _retries = TimeSpan.FromSeconds(60);

    private const string ManifestType = "application/vnd.docker.distribution.manifest.v2+json";

    [Fact]
    public async Task A_blob_with_other_bytes_is_refused_by_its_digest()
    {
        TestImage image = await PushAsync("tampered");
        await using var damage = Damage.Flip(Registry.BlobFile(image.Layers[^1].Digest));
        CommandResult pull = await RefusedAsync(image);
        Assert.Contains($"filesystem layer verification failed for digest {image.Layers[^1].Digest}", pull.Errors, StringComparison.Ordinal);
        await damage.DisposeAsync();
        await Docker.SayAsync("pull", "-q", image.Reference);
        Assert.Equal(image.Id, await InspectAsync(image.Reference, "{{.Id}}"));
        await Docker.SayAsync("rmi", image.Reference);
    }

    [Fact]
    public async Task A_blob_that_is_too_short_is_refused()
    {
        TestImage image = await PushAsync("short");
        await using var damage = Damage.Cut(Registry.BlobFile(image.Layers[^1].Digest));
        await RefusedAsync(image);
    }

    [Fact]
    public async Task A_configuration_with_other_bytes_is_refused()
    {
        TestImage image = await PushAsync("config");
        await using var damage = Damage.Flip(Registry.BlobFile(image.Id));
        CommandResult pull = await RefusedAsync(image);
        Assert.Contains("image config verification failed for digest", pull.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_layer_that_is_not_the_one_the_configuration_names_is_refused()
    {
        Layer layer = Gallery.Noise("n", 21, 1000);
        TestImage image = await Images.PushAsync("otherdiff", "1", [layer with { DiffId = LayerTar.DigestOf("other"u8.ToArray()) }], new RunSettings(["x"]));
        await RefusedAsync(image);
    }

    [Fact]
    public async Task A_layer_that_is_no_tar_is_refused()
    {
        byte[] noise = new byte[5000];
        new Random(3).NextBytes(noise);
        TestImage image = await Images.PushAsync("notar", "1", [new Layer(LayerTar.DigestOf(noise), noise)], new RunSettings(["x"]));
        await RefusedAsync(image);
    }

    [Fact]
    public async Task A_registry_that_answers_HTML_is_refused()
    {
        await using var registry = new LyingRegistry(_ => Lie.Text(200, "text/html", "<html><body>Welcome to the hotel's network</body></html>"));
        await RefusedAsync(registry, "");
    }

    [Fact]
    public async Task A_registry_that_is_out_of_order_is_refused_with_its_status()
    {
        await using var registry = new LyingRegistry(_ => Lie.Text(503, "text/html", "<html>overloaded</html>"));
        await RefusedAsync(registry, "");
    }

    [Fact]
    public async Task A_manifest_that_is_not_JSON_is_refused()
    {
        await using var registry = new LyingRegistry(path => Manifest(path, "{\"schemaVersion\": 2, "));
        await RefusedAsync(registry, "");
    }

    [Fact]
    public async Task A_manifest_of_an_unknown_type_is_refused()
    {
        await using var registry = new LyingRegistry(path => Manifest(path, """{"schemaVersion":2,"mediaType":"application/vnd.example.unknown+json"}""", "application/vnd.example.unknown+json"));
        await RefusedAsync(registry, "");
    }

    [Theory]
    [InlineData(-1, true)]   // the connection is reset before the end
    [InlineData(1000, false)] // more bytes than the manifest says
    public async Task A_blob_of_another_length_than_promised_is_refused(int more, bool cut)
    {
        Layer layer = Gallery.Noise("n", 22, 300_000);
        byte[] config = Encoding.UTF8.GetBytes($$$"""{"architecture":"amd64","os":"linux","config":{},"rootfs":{"type":"layers","diff_ids":["{{{layer.DiffId}}}"]}}""");
        string manifest = $$$"""
            {"schemaVersion":2,"mediaType":"{{{ManifestType}}}",
             "config":{"mediaType":"application/vnd.docker.container.image.v1+json","digest":"{{{LayerTar.DigestOf(config)}}}","size":{{{config.Length}}}},
             "layers":[{"mediaType":"application/vnd.docker.image.rootfs.diff.tar.gzip","digest":"{{{layer.Digest}}}","size":{{{layer.Blob.Length}}}}]}
            """;
        byte[] sent = more < 0 ? layer.Blob[..(layer.Blob.Length / 2)] : [.. layer.Blob, .. new byte[more]];
        await using var registry = new LyingRegistry(path =>
            path.Contains(layer.Digest, StringComparison.Ordinal) ? new Lie(200, "application/octet-stream", sent, cut ? layer.Blob.Length : null, cut)
            : path.Contains(LayerTar.DigestOf(config), StringComparison.Ordinal) ? new Lie(200, "application/octet-stream", config)
            : Manifest(path, manifest));
        await RefusedAsync(registry, "");
    }

    private static Lie Manifest(string path, string content, string type = ManifestType)
        => path.Contains("/manifests/", StringComparison.Ordinal) ? Lie.Text(200, type, content)
            : path.TrimEnd('/') == "/v2" ? Lie.Text(200, "application/json", "{}")
            : Lie.Text(404, "application/json", """{"errors":[{"code":"BLOB_UNKNOWN","message":"blob unknown to registry"}]}""");

    private Task<TestImage> PushAsync(string repository)
        => Images.PushAsync(repository, "1", [Gallery.Noise("n", repository.Length, 200_000), Gallery.Noise("m", 50 + repository.Length, 100_000)], new RunSettings(["x"]));

    private Task<CommandResult> RefusedAsync(TestImage image) => RefusedAsync(image.Reference, "");

    private Task<CommandResult> RefusedAsync(LyingRegistry registry, string text) => RefusedAsync($"{registry.Address}/lies:1", text);

    private async Task<CommandResult> RefusedAsync(string reference, string text)
    {
        await using Command pulling = Docker.Start("pull", reference);
        CommandResult pull = await pulling.EndAsync(_retries);
        Assert.Contains(text, pull.Exits(1).Errors, StringComparison.Ordinal);
        Assert.NotEqual("", pull.Errors);
        (await Api.GetAsync($"/images/{reference}/json")).Has(404);
        Assert.Equal("", await Docker.SayAsync("images", "-q", "--filter", "dangling=true"));
        return pull;
    }
}
