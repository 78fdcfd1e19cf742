using Coracle.Core;
using Coracle.Oci;

namespace Coracle.Tests.Images;

public sealed class ImageVerbsTests : IDisposable
{
    private const string ContainerId = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

    private readonly ImageBench _bench = new();

    public void Dispose() => _bench.Dispose();

    [Fact]
    public async Task An_image_is_found_by_name_id_and_prefix()
    {
        FakeImage image = await PulledAsync("a/b:v1");
        string hex = image.Id.ToHex();

        foreach (string name in new[] { _bench.Name("a/b:v1"), _bench.Name($"a/b@{image.Manifest}"), hex, "sha256:" + hex, hex[..12], "sha256:" + hex[..7] })
        {
            Assert.Equal(image.Id, _bench.Catalog.Resolve(name).Id);
        }
    }

    [Theory]
    [InlineData("nosuch", Refusal.NotFound, "No such image: nosuch:latest")]
    [InlineData("nosuch:v1", Refusal.NotFound, "No such image: nosuch:v1")]
    [InlineData("sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", Refusal.NotFound, "No such image: sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")]
    [InlineData("NOSUCH", Refusal.InvalidArgument, "invalid reference format: repository name (library/NOSUCH) must be lowercase")]
    [InlineData("../x", Refusal.InvalidArgument, "invalid reference format")]
    public void What_is_not_there_is_said_in_Dockers_words(string name, Refusal refusal, string message)
    {
        EngineException error = Assert.Throws<EngineException>(() => _bench.Catalog.Resolve(name));

        Assert.Equal(refusal, error.Refusal);
        Assert.Equal(message, error.Message);
    }

    [Fact]
    public async Task A_hold_keeps_the_layers_of_an_image_that_is_deleted_meanwhile()
    {
        await PulledAsync("a/b:v1");
        using (ImageHold hold = _bench.Catalog.Hold(_bench.Name("a/b:v1")))
        {
            _bench.Parts.Delete.Delete(_bench.Name("a/b:v1"), isForced: false);
            Assert.All(hold.Image.Layers, layer => Assert.True(_bench.Disk.Store.Layers.Contains(layer)));
        }

        _bench.Parts.Recover();
        Assert.Empty(_bench.Disk.Store.Layers.List());
    }

    [Fact]
    public async Task Deleting_the_last_name_takes_image_digest_and_layers()
    {
        FakeImage image = await PulledAsync("a/b:v1");

        IReadOnlyList<ImageDeletion> done = _bench.Parts.Delete.Delete(_bench.Name("a/b:v1"), isForced: false);

        Assert.Equal([_bench.Name("a/b:v1"), _bench.Name($"a/b@{image.Manifest}"), null, null, null], done.Select(step => step.Untagged));
        Assert.Equal(image.Id.ToString(), done[2].Deleted);
        _bench.AssertNothingHalfMade();
        Assert.Empty(_bench.Disk.Store.Layers.List());
        Assert.Equal(["pull", "untag", "delete"], _bench.EventNames().Select(name => name.Split(' ')[0]));
    }

    [Fact]
    public async Task A_layer_of_another_image_stays()
    {
        await PulledAsync("a/b:v1");
        FakeImage.Add(_bench.Registry, "c", "v1", ["one"], label: "other");
        await _bench.PullAsync("c:v1");

        _bench.Parts.Delete.Delete(_bench.Name("a/b:v1"), isForced: false);

        Assert.Single(_bench.Disk.Store.Layers.List());
        Assert.Single(_bench.Disk.Store.Images.List());
    }

    [Fact]
    public async Task Deleting_one_of_two_names_only_untags()
    {
        await PulledAsync("a/b:v1");
        _bench.Parts.Tagging.Tag(_bench.Name("a/b:v1"), "other", "");

        Assert.Equal("other:latest", Assert.Single(_bench.Parts.Delete.Delete("other", isForced: false)).Untagged);
        Assert.Single(_bench.Disk.Store.Images.List());
    }

    [Fact]
    public async Task Several_repositories_need_force_when_deleted_by_id()
    {
        FakeImage image = await PulledAsync("a/b:v1");
        _bench.Parts.Tagging.Tag(_bench.Name("a/b:v1"), "other", "x");

        EngineException error = Assert.Throws<EngineException>(() => _bench.Parts.Delete.Delete(image.Id.ToHex(), isForced: false));
        Assert.Equal($"conflict: unable to delete {image.Id.ToHex()[..12]} (must be forced) - image is referenced in multiple repositories", error.Message);

        _bench.Parts.Delete.Delete(image.Id.ToHex(), isForced: true);
        Assert.Empty(_bench.Disk.Store.Images.List());
    }

    [Theory]
    [InlineData(true, false, true, "conflict: unable to delete IMAGE (cannot be forced) - image is being used by running container 0123456789ab")]
    [InlineData(true, true, true, "conflict: unable to delete IMAGE (cannot be forced) - image is being used by running container 0123456789ab")]
    [InlineData(false, false, true, "conflict: unable to delete IMAGE (must be forced) - image is being used by stopped container 0123456789ab")]
    [InlineData(false, false, false, "conflict: unable to remove repository reference \"NAME\" (must force) - container 0123456789ab is using its referenced image IMAGE")]
    [InlineData(true, false, false, "conflict: unable to remove repository reference \"NAME\" (must force) - container 0123456789ab is using its referenced image IMAGE")]
    public async Task An_image_in_use_is_a_conflict(bool running, bool forced, bool byId, string message)
    {
        FakeImage image = await PulledAsync("a/b:v1");
        _bench.Users.Add(new ImageUser(ContainerId, image.Id, running, []));
        string name = byId ? image.Id.ToHex() : _bench.Name("a/b:v1");

        EngineException error = Assert.Throws<EngineException>(() => _bench.Parts.Delete.Delete(name, forced));

        Assert.Equal(Refusal.Conflict, error.Refusal);
        Assert.Equal(message.Replace("IMAGE", image.Id.ToHex()[..12]).Replace("NAME", name), error.Message);
        Assert.Equal(2, _bench.Disk.Store.Images.Names.Count);
    }

    [Fact]
    public async Task Force_goes_over_a_stopped_container_whose_layers_stay()
    {
        FakeImage image = await PulledAsync("a/b:v1");
        IReadOnlyList<DiffId> layers = _bench.Disk.Store.Images.Find(image.Id)!.Layers;
        _bench.Users.Add(new ImageUser(ContainerId, image.Id, Running: false, layers));

        _bench.Parts.Delete.Delete(_bench.Name("a/b:v1"), isForced: true);

        Assert.Empty(_bench.Disk.Store.Images.List());
        Assert.All(layers, layer => Assert.True(_bench.Disk.Store.Layers.Contains(layer)));
    }

    [Fact]
    public async Task Force_on_a_running_containers_only_name_leaves_the_image_without_names()
    {
        FakeImage image = await PulledAsync("a/b:v1");
        _bench.Users.Add(new ImageUser(ContainerId, image.Id, Running: true, []));

        _bench.Parts.Delete.Delete(_bench.Name("a/b:v1"), isForced: true);

        Assert.Single(_bench.Disk.Store.Images.List());
        Assert.Empty(_bench.Disk.Store.Images.Names);
    }

    [Fact]
    public async Task A_tag_moves_from_one_image_to_another()
    {
        FakeImage first = await PulledAsync("a/b:v1");
        FakeImage.Add(_bench.Registry, "a/b", "v2", ["other"], label: "y");
        await _bench.PullAsync("a/b:v2");
        _bench.Parts.Tagging.Tag(_bench.Name("a/b:v1"), "app", "now");

        _bench.Parts.Tagging.Tag(_bench.Name("a/b:v2"), "app", "now");

        Assert.NotEqual(first.Id, _bench.Catalog.Resolve("app:now").Id);
        EngineException error = Assert.Throws<EngineException>(() => _bench.Parts.Tagging.Tag("app:now", "APP", ""));
        Assert.Equal("invalid reference format: repository name (library/APP) must be lowercase", error.Message);
    }

    [Fact]
    public async Task The_list_obeys_its_filters()
    {
        await PulledAsync("a/b:v1");
        FakeImage.Add(_bench.Registry, "c", "v1", ["three"], label: "other");
        await _bench.PullAsync("c:v1");
        _bench.Parts.Tagging.Tag(_bench.Name("c:v1"), "plain", "x");

        Assert.Equal(2, List("{}").Count);
        Assert.Single(List("""{"label":["label=other"]}"""));
        Assert.Empty(List("""{"dangling":["true"]}"""));
        Assert.Equal(2, List("""{"dangling":{"false":true}}""").Count);
        Assert.Equal("plain:x", Assert.Single(Assert.Single(List("""{"reference":["pl*"]}""")).Names).Familiar);
        Assert.Single(List("""{"reference":["plain:?"]}"""));
        Assert.Empty(List("""{"since":["plain:x"]}"""));
        Assert.Equal(2, List("""{"until":["1h"]}""").Count);
        Assert.Throws<EngineException>(() => List("""{"before":["nosuch"]}"""));
        Assert.Throws<EngineException>(() => List("""{"until":["never"]}"""));
    }

    [Fact]
    public async Task A_tar_is_imported_with_its_changes()
    {
        ImportRequest request = new(
            ImageReference.Parse("made:here"), "hello",
            ["CMD [\"/bin/x\", \"y z\"]", "ENV A=b C=\"d e\"", "label k=v", "EXPOSE 80 53/udp", "WORKDIR /w", "ENTRYPOINT run it", "USER 1"], Platform.Host);

        Digest id = await _bench.Parts.Import.RunAsync(new MemoryStream(FakeImage.Gzip(FakeImage.Tar("f", "content"))), request, ImageBench.Cancel);

        ImageDetails image = _bench.Catalog.Resolve("made:here");
        Assert.Equal(id, image.Id);
        Assert.Equal(["/bin/x", "y z"], image.Config.Run.Cmd);
        Assert.Equal(["A=b", "C=d e"], image.Config.Run.Env);
        Assert.Equal("v", image.Config.Run.Labels!["k"]);
        Assert.Equal(["53/udp", "80/tcp"], image.Config.Run.ExposedPorts!.Order());
        Assert.Equal(["/bin/sh", "-c", "run it"], image.Config.Run.Entrypoint);
        Assert.Equal("hello", image.Config.Comment);
        Assert.Equal("content", File.ReadAllText(_bench.Disk.Diff(image.Layers[0]) + "/f"));
        Assert.Empty(_bench.Disk.Staged());
    }

    [Fact]
    public async Task An_import_that_fails_leaves_nothing()
    {
        ImportRequest request = new(null, "", [], Platform.Host);
        byte[] tar = FakeImage.Tar("f", "content");

        await Assert.ThrowsAsync<EngineException>(() => _bench.Parts.Import.RunAsync(new MemoryStream(tar[..515]), request, ImageBench.Cancel));
        await Assert.ThrowsAsync<EngineException>(() => _bench.Parts.Import.RunAsync(new MemoryStream(FakeImage.Gzip(tar)[..60]), request, ImageBench.Cancel));
        await Assert.ThrowsAsync<EngineException>(() => _bench.Parts.Import.RunAsync(
            new MemoryStream(tar), request with { Changes = ["RUN x"] }, ImageBench.Cancel));

        _bench.AssertNothingHalfMade();
        Assert.Empty(_bench.Disk.Store.Layers.List());
    }

    private IReadOnlyList<ImageSummary> List(string filters) => _bench.Parts.Queries.List(Filters.Parse(filters, ImageQueries.FilterNames));

    private async Task<FakeImage> PulledAsync(string name)
    {
        string[] parts = name.Split(':');
        FakeImage image = FakeImage.Add(_bench.Registry, parts[0], parts[1], ["one", "two2"]);
        await _bench.PullAsync(name);
        return image;
    }
}
