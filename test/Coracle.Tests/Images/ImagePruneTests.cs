using Coracle.Core;
using Coracle.Oci;

namespace Coracle.Tests.Images;

public sealed class ImagePruneTests : IDisposable
{
    private const string ContainerId = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

    private readonly ImageBench _bench = new();

    public void Dispose() => _bench.Dispose();

    [Fact]
    public async Task Only_what_nobody_names_goes_and_the_bytes_are_its_own_layers()
    {
        await LoadAsync("x:1", "shared", "old one");
        Digest old = _bench.Catalog.Resolve("x:1").Id;
        await LoadAsync("x:1", "shared", "new");

        PruneResult result = Prune("");

        Assert.Equal([old.ToString()], result.Deleted.Select(step => step.Deleted).Take(1));
        Assert.Equal("old one".Length, result.Bytes);
        Assert.Equal(2, _bench.Disk.Store.Layers.List().Count);
        Assert.Equal(["delete " + old, "prune "], _bench.EventNames().TakeLast(2));
    }

    [Fact]
    public async Task With_dangling_false_everything_unused_goes_with_its_names()
    {
        await LoadAsync("x:1", "one");
        await LoadAsync("y:1", "two");
        ImageDetails used = _bench.Catalog.Resolve("y:1");
        _bench.Users.Add(new ImageUser(ContainerId, used.Id, Running: false, used.Layers));

        PruneResult result = Prune("""{"dangling":{"false":true}}""");

        Assert.Equal("x:1", result.Deleted[0].Untagged);
        Assert.Equal([used.Id], _bench.Disk.Store.Images.List().Select(image => image.Id));
        Assert.Equal(["docker.io/library/y:1"], _bench.Disk.Store.Images.Names.Keys);
    }

    [Theory]
    [InlineData("""{"dangling":["0"],"label":["label"]}""", 1)]
    [InlineData("""{"dangling":["0"],"label":["label=x"]}""", 1)]
    [InlineData("""{"dangling":["0"],"label":["label=y"]}""", 0)]
    [InlineData("""{"dangling":["0"],"label!":["label=y"]}""", 1)]
    [InlineData("""{"dangling":["0"],"label!":["label=x"]}""", 0)]
    [InlineData("""{"dangling":["0"],"until":["24h"]}""", 1)]
    [InlineData("""{"dangling":["0"],"until":["2020-01-01T00:00:00Z"]}""", 0)]
    [InlineData("""{"dangling":["1"]}""", 0)]
    public async Task Filters_choose(string filters, int deleted)
    {
        FakeImage.Add(_bench.Registry, "a", "v1", ["one"]);   // of 2024, with the label label=x
        await _bench.PullAsync("a:v1");

        Prune(filters);

        Assert.Equal(1 - deleted, _bench.Disk.Store.Images.List().Count);
    }

    [Theory]
    [InlineData("""{"until":["1h","2h"]}""", "more than one until filter specified")]
    [InlineData("""{"until":["soon"]}""", "invalid filter 'until=[soon]'")]
    [InlineData("""{"reference":["x"]}""", "invalid filter 'reference'")]
    public void A_filter_that_is_none_is_refused(string filters, string message)
        => Assert.Equal(message, Assert.Throws<EngineException>(() => Prune(filters)).Message);

    [Fact]
    public async Task A_deletion_for_another_platform_finds_nothing()
    {
        await LoadAsync("x:1", "one");

        EngineException error = Assert.Throws<EngineException>(() => _bench.Parts.Delete.Delete("x:1", isForced: true, Platform.Parse("linux/arm64")));

        Assert.Equal(Refusal.NotFound, error.Refusal);
        Assert.Single(_bench.Disk.Store.Images.List());
        _bench.Parts.Delete.Delete("x:1", isForced: false, Platform.Parse("linux/amd64"));
        Assert.Empty(_bench.Disk.Store.Images.List());
    }

    private PruneResult Prune(string filters) => _bench.Parts.Prune.Run(Filters.Parse(filters, ImagePrune.FilterNames));

    private async Task LoadAsync(string tag, params string[] texts) => await SaveLoadTests.LoadAsync(_bench, TestArchive.Old(tag, texts).ToArray());
}
