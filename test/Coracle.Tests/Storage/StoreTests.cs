using Coracle.Linux;
using Coracle.Oci;
using Coracle.Storage;
using Coracle.Tests.Tar;

namespace Coracle.Tests.Storage;

public sealed class StoreTests : IDisposable
{
    private static readonly byte[] _config = "{}"u8.ToArray();

    private readonly TemporaryStore _store = new();

    public void Dispose() => _store.Dispose();

    [Fact]
    public void A_second_engine_is_told_who_has_the_data_root()
    {
        var error = Assert.Throws<StoreUnavailableException>(() => TemporaryStore.Open(_store.Root));

        Assert.Contains(_store.Root, error.Message, StringComparison.Ordinal);
        Assert.Contains($"{Environment.ProcessId}", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_data_root_shows_nothing_to_others()
    {
        Assert.Equal(0x1C8, TemporaryStore.ModeOf(_store.Root));
        // Docker's 0701 for volumes: whoever is told a volume's path may pass through, and sees no names.
        Assert.All(
            Directory.EnumerateDirectories(_store.Root), d => Assert.Equal(d.EndsWith("/volumes", StringComparison.Ordinal) ? 0x1C1 : 0x1C0, TemporaryStore.ModeOf(d)));
    }

    [Fact]
    public void A_store_of_another_version_is_left_alone()
    {
        _store.Store.Dispose();
        File.WriteAllText(_store.Root + "/store.json", """{"version":2,"xattrs":"trusted"}""");

        Assert.Contains("version 2", Assert.Throws<StoreUnavailableException>(() => TemporaryStore.Open(_store.Root)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Two_layers_are_committed_together_and_the_same_one_twice_is_one()
    {
        using StagedLayer a = _store.Apply(new TestTar().File("a", "a").ToArray());
        using StagedLayer b = _store.Apply(new TestTar().File("b", "b").ToArray());
        using StagedLayer again = _store.Apply(new TestTar().File("a", "a").ToArray());
        var blob = new KnownBlob(Digest.Of("blob"u8), 4, "application/vnd.oci.image.layer.v1.tar+gzip", "docker.io/library/x");
        a.AddBlob(blob);

        _store.Store.Layers.Commit([a, b, again]);
        again.Dispose();

        Assert.Equal(2, _store.Store.Layers.List().Count);
        LayerInfo info = _store.Store.Layers.Find(a.DiffId)!;
        Assert.Equal(blob, Assert.Single(info.Blobs));
        Assert.Equal(1, info.Size);
        Assert.Equal(_store.Diff(a.DiffId), info.DiffDirectory);
        Assert.Empty(_store.Staged());
        Assert.Null(_store.Store.Layers.Find(new DiffId(Digest.Of("other"u8))));
    }

    [Fact]
    public void A_leased_layer_is_not_collected()
    {
        LayerStore layers = _store.Store.Layers;
        StagedLayer staged = _store.Apply(new TestTar().File("a", "a").ToArray());
        layers.Commit([staged]);
        var nobody = new HashSet<DiffId>();

        Assert.Empty(layers.CollectUnreferenced(nobody));
        using (LayerLease? lease = layers.TryLease(staged.DiffId))
        {
            staged.Dispose();
            Assert.NotNull(lease);
            Assert.Empty(layers.CollectUnreferenced(nobody));
        }

        Assert.Empty(layers.CollectUnreferenced(new HashSet<DiffId> { staged.DiffId }));
        Assert.Equal([staged.DiffId], layers.CollectUnreferenced(nobody));
        Assert.Null(layers.TryLease(staged.DiffId));
        Assert.Empty(_store.Staged());
    }

    [Fact]
    public void Sixteen_known_blobs_are_kept_the_newest_first()
    {
        DiffId layer = _store.Add(new TestTar().File("a", "a").ToArray());
        for (int i = 0; i < 20; i++)
        {
            Assert.True(_store.Store.Layers.AddBlob(layer, new KnownBlob(Digest.Of([(byte)i]), i, "m", "r")));
        }

        IReadOnlyList<KnownBlob> blobs = _store.Store.Layers.Find(layer)!.Blobs;
        Assert.Equal(16, blobs.Count);
        Assert.Equal(19, blobs[0].Size);
        Assert.False(_store.Store.Layers.AddBlob(new DiffId(Digest.Of("x"u8)), blobs[0]));
    }

    [Fact]
    public void Images_and_names_are_there_after_a_restart()
    {
        DiffId layer = _store.Add(new TestTar().File("a", "a").ToArray());
        var tagged = new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);
        var image = new ImageRecord(Digest.Of(_config), [layer], [Digest.Of(_config)], tagged);
        _store.Store.Images.Put(image, _config);
        Assert.Null(_store.Store.Images.SetName("docker.io/library/x:1", image.Id));
        Assert.Equal(image.Id, _store.Store.Images.SetName("docker.io/library/x:1", image.Id));
        _store.Store.Images.SetName("docker.io/library/x:2", image.Id);
        Assert.True(_store.Store.Images.RemoveName("docker.io/library/x:2"));
        Assert.False(_store.Store.Images.RemoveName("docker.io/library/x:2"));

        _store.Reopen(_store.Root);

        ImageRecord found = Assert.Single(_store.Store.Images.List());
        Assert.Equal((image.Id, tagged), (found.Id, found.LastTaggedAt));
        Assert.Equal(image.Layers, found.Layers);
        Assert.Equal(image.Id, Assert.Single(_store.Store.Images.Names).Value);
        Assert.Equal(_config, _store.Store.Blobs.Read(image.Id));
    }

    [Fact]
    public void A_removed_image_takes_its_names_and_its_own_documents()
    {
        byte[] manifest = "shared manifest"u8.ToArray();
        byte[] otherConfig = "{ }"u8.ToArray();
        Digest shared = Digest.Of(manifest);
        _store.Store.Blobs.Put(shared, manifest);
        var image = new ImageRecord(Digest.Of(_config), [], [shared]);
        var other = new ImageRecord(Digest.Of(otherConfig), [], [shared]);
        _store.Store.Images.Put(image, _config);
        _store.Store.Images.Put(other, otherConfig);
        _store.Store.Images.SetName("a", image.Id);
        _store.Store.Images.SetName("b", other.Id);

        Assert.True(_store.Store.Images.Remove(image.Id));
        Assert.False(_store.Store.Images.Remove(image.Id));

        Assert.Equal(["b"], _store.Store.Images.Names.Keys);
        Assert.False(_store.Store.Blobs.Contains(image.Id));
        Assert.True(_store.Store.Blobs.Contains(shared));
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("{\"version\":9}")]
    [InlineData("{\"version\":1,\"id\":\"sha256:x\",\"layers\":[],\"manifests\":[]}")]
    [InlineData("{\"version\":1,\"id\":\"sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\",\"layers\":[],\"manifests\":[]}")]
    public void A_record_that_cannot_be_read_is_set_aside_and_the_rest_starts(string content)
    {
        var image = new ImageRecord(Digest.Of(_config), [], []);
        _store.Store.Images.Put(image, _config);
        string bad = $"{new string('a', 64)}.json";
        File.WriteAllText($"{_store.Root}/images/{bad}", content);
        File.WriteAllText($"{_store.Root}/images/names.json", content);

        _store.Reopen(_store.Root);

        Assert.Equal(image.Id, Assert.Single(_store.Store.Images.List()).Id);
        Assert.True(File.Exists($"{_store.Root}/images/{bad}.damaged"));
        Assert.True(File.Exists($"{_store.Root}/images/names.json.damaged"));
    }

    [Fact]
    public void A_blob_is_what_its_digest_says()
    {
        BlobStore blobs = _store.Store.Blobs;
        Assert.Throws<ContentMismatchException>(() => blobs.Put(Digest.Of("a"u8), "b"u8));
        blobs.Put(Digest.Of("a"u8), "a"u8);
        File.WriteAllText($"{_store.Root}/blobs/sha256/{Digest.Of("a"u8).ToHex()}", "b");

        Assert.Throws<ContentMismatchException>(() => blobs.Read(Digest.Of("a"u8)));
        Assert.Equal(Errno.ENOENT, Assert.Throws<LinuxException>(() => blobs.Read(Digest.Of("b"u8))).Errno);
    }

    [Fact]
    public void A_writable_layer_comes_and_goes()
    {
        WritableLayer layer = _store.Store.WritableLayers.Create("abc");
        File.WriteAllText(layer.UpperDirectory + "/f", "12345");

        Assert.Equal(layer, _store.Store.WritableLayers.Create("abc"));
        Assert.Equal(0x1ED, TemporaryStore.ModeOf(layer.UpperDirectory));
        Assert.Equal(5, _store.Store.WritableLayers.SizeOf("abc"));
        Assert.True(_store.Store.WritableLayers.Remove("abc"));
        Assert.False(_store.Store.WritableLayers.Remove("abc"));
        Assert.True(Directory.Exists(_store.Root + "/containers/abc"));
        Assert.True(_store.Store.WritableLayers.RemoveContainer("abc"));
        Assert.False(Directory.Exists(_store.Root + "/containers/abc"));
    }

    [Fact]
    public void A_layer_stops_before_the_reserve_and_says_what_Docker_says()
    {
        string root = _store.Path + "/full";
        using Store full = Store.Open(
            new StorageOptions(root, long.MaxValue), TimeProvider.System, Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance);
        byte[] tar = new TestTar().File("f", new byte[17 * 1024 * 1024]).ToArray();

        var error = Assert.Throws<LinuxException>(() => full.Layers.Apply(
            new MemoryStream(tar), LayerCompression.Detect, null, null, TestContext.Current.CancellationToken));

        Assert.Contains("no space left on device", error.Message, StringComparison.OrdinalIgnoreCase);
        Assert.Empty(Directory.EnumerateFileSystemEntries(root + "/staging"));
    }
}
