using System.Text;
using Coracle.Core;
using Coracle.Linux;
using Coracle.Oci;
using Coracle.Registry;
using Coracle.Storage;
using Microsoft.Extensions.Logging.Abstractions;
using Descriptor = Coracle.Oci.Descriptor;

namespace Coracle.RootTests.Images;

/// <summary>Pulls from the registry that Debian ships, pushed to by skopeo: neither knows us.</summary>
[Trait("Needs", "root")]
public sealed class RealRegistryTests : IDisposable
{
    private const int Large = 3_000_000;

    private readonly string _root = Directory.CreateTempSubdirectory("coracle-pull-").FullName;
    private readonly OciLayout _layout = new();
    private readonly Store _store;
    private readonly ImageParts _images;

    public RealRegistryTests()
    {
        _store = Store.Open(new StorageOptions(_root + "/data"), TimeProvider.System, NullLogger.Instance);
        _images = new ImageParts(
            new ImageCatalog(_store), () => [], RegistryOptions.Default, _ => null, new EventStream(TimeProvider.System), TimeProvider.System, NullLogger.Instance);
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _images.Dispose();
        _store.Dispose();
        _layout.Dispose();
        using DirectoryHandle parent = DirectoryHandle.Open(Path.GetDirectoryName(_root)!);
        parent.RemoveTree(Path.GetFileName(_root));
    }

    [Theory]
    [InlineData("oci")]
    [InlineData("v2s2")]
    public async Task Images_of_both_kinds_arrive_bit_for_bit(string format)
    {
        await using DebianRegistry registry = await DebianRegistry.StartAsync();
        (Descriptor config, Descriptor manifest) = _layout.AddImage("amd64", OciLayout.Content(1, Large), OciLayout.Content(2, 10), OciLayout.Content(3, Large));
        _layout.Publish(("amd64", manifest));
        await registry.PushAsync(_layout.Directory, "some/app:v1", "--format", format);

        List<string> said = await PullAsync($"{registry.Authority}/some/app:v1");

        ImageRecord image = Assert.Single(_store.Images.List());
        Assert.Equal(config.Digest, image.Id);
        Assert.All(image.Layers, layer => Assert.True(_store.Layers.Verify(layer, deep: true).IsIntact));
        Assert.Equal(OciLayout.Content(3, Large), await File.ReadAllBytesAsync(_store.Layers.Find(image.Layers[2])!.DiffDirectory + "/data-2", Cancel));
        Assert.Equal($"Status: Downloaded newer image for {registry.Authority}/some/app:v1", said[^1]);
        Assert.Empty(Directory.EnumerateFileSystemEntries(_root + "/data/staging"));

        Assert.Equal($"Status: Image is up to date for {registry.Authority}/some/app:v1", (await PullAsync($"{registry.Authority}/some/app:v1"))[^1]);
    }

    [Fact]
    public async Task An_index_gives_this_machines_image_and_another_on_demand()
    {
        await using DebianRegistry registry = await DebianRegistry.StartAsync();
        (Descriptor here, Descriptor hereManifest) = _layout.AddImage(Platform.Host.Architecture, OciLayout.Content(1, 1000));
        (Descriptor other, Descriptor otherManifest) = _layout.AddImage("s390x", OciLayout.Content(2, 1000));
        _layout.Publish(("s390x", otherManifest), (Platform.Host.Architecture, hereManifest));
        await registry.PushAsync(_layout.Directory, "app:multi", "--all");

        await PullAsync($"{registry.Authority}/app:multi");
        Assert.Equal(here.Digest, _images.Catalog.Resolve($"{registry.Authority}/app:multi").Id);

        await PullAsync($"{registry.Authority}/app:multi", platform: "linux/s390x");
        Assert.Equal(other.Digest, _images.Catalog.Resolve($"{registry.Authority}/app:multi").Id);
    }

    [Fact]
    public async Task A_password_is_needed_where_the_registry_wants_one()
    {
        await using DebianRegistry registry = await DebianRegistry.StartAsync("secret");
        (Descriptor config, Descriptor manifest) = _layout.AddImage("amd64", OciLayout.Content(1, 1000));
        _layout.Publish(("amd64", manifest));
        await registry.PushAsync(_layout.Directory, "app:v1", "--dest-creds", "me:secret");
        string name = $"{registry.Authority}/app:v1";

        EngineException nobody = await Assert.ThrowsAsync<EngineException>(() => PullAsync(name));
        EngineException wrong = await Assert.ThrowsAsync<EngineException>(() => PullAsync(name, Auth("me", "guess")));
        Assert.Equal($"Get \"http://{registry.Authority}/v2/app/manifests/v1\": no basic auth credentials", nobody.Message);
        Assert.Equal("unauthorized: authentication required", wrong.Message);
        Assert.Empty(_store.Images.List());

        await PullAsync(name, Auth("me", "secret"));
        Assert.Equal(config.Digest, _images.Catalog.Resolve(name).Id);
    }

    [Fact]
    public async Task What_the_registry_does_not_have_is_not_found()
    {
        await using DebianRegistry registry = await DebianRegistry.StartAsync();
        (_, Descriptor manifest) = _layout.AddImage("amd64", OciLayout.Content(1, 10));
        _layout.Publish(("amd64", manifest));
        await registry.PushAsync(_layout.Directory, "app:v1");

        EngineException tag = await Assert.ThrowsAsync<EngineException>(() => PullAsync($"{registry.Authority}/app:nosuch"));
        EngineException repository = await Assert.ThrowsAsync<EngineException>(() => PullAsync($"{registry.Authority}/nosuch:v1"));

        Assert.Equal($"manifest for {registry.Authority}/app:nosuch not found: manifest unknown: manifest unknown", tag.Message);
        Assert.Equal(Refusal.NotFound, tag.Refusal);
        Assert.Equal(Refusal.NotFound, repository.Refusal);
    }

    private async Task<List<string>> PullAsync(string name, string? auth = null, string? platform = null)
    {
        ProgressLines lines = new();
        await _images.Pull.RunAsync(new PullRequest(ImageReference.Parse(name), platform is null ? null : Platform.Parse(platform), auth), lines, Cancel);
        lines.End();
        List<string> said = [];
        while (await lines.NextAsync(Cancel) is { } batch)
        {
            said.AddRange(batch.Select(line => line.Status));
        }

        return said;
    }

    private static string Auth(string user, string password)
        => Convert.ToBase64String(Encoding.UTF8.GetBytes($$"""{"username":"{{user}}","password":"{{password}}"}""")).Replace('+', '-').Replace('/', '_');
}
