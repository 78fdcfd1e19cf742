using System.Text;
using Coracle.Core;
using Coracle.Oci;
using Coracle.Tests.Tar;

namespace Coracle.Tests.Images;

public sealed class SaveLoadTests : IDisposable
{
    private readonly ImageBench _bench = new();

    public void Dispose() => _bench.Dispose();

    [Fact]
    public async Task What_is_saved_loads_elsewhere_as_the_same_image()
    {
        FakeImage image = FakeImage.Add(_bench.Registry, "a/b", "v1", ["one", "three"]);
        await _bench.PullAsync("a/b:v1");
        byte[] archive = await SaveAsync(_bench, _bench.Name("a/b:v1"));
        using ImageBench other = new();

        List<ProgressLine> lines = await LoadAsync(other, archive);

        Assert.Equal([$"Loaded image: {_bench.Name("a/b:v1")}\n"], Texts(lines));
        Assert.Equal(image.Id, other.Catalog.Resolve(_bench.Name("a/b:v1")).Id);
        Assert.Equal(archive, await SaveAsync(other, _bench.Name("a/b:v1")));
        Assert.Equal(2, other.Disk.Store.Layers.List().Count);
        Assert.Empty(other.Disk.Staged());
        Assert.Equal(["load " + image.Id, "save " + image.Id], other.EventNames());
    }

    [Fact]
    public async Task The_archive_is_a_Docker_archive_and_an_OCI_layout_in_one()
    {
        FakeImage image = FakeImage.Add(_bench.Registry, "a/b", "v1", ["one"]);
        await _bench.PullAsync("a/b:v1");
        byte[] archive = await SaveAsync(_bench, _bench.Name("a/b:v1"));
        Dictionary<string, byte[]> files = Read(archive);

        byte[] layer = FakeImage.Tar("file-3", "one");
        Assert.Equal(layer, files[TestArchive.Blob(layer)]);
        Assert.Equal(Encoding.UTF8.GetBytes("""{"imageLayoutVersion": "1.0.0"}"""), files["oci-layout"]);
        string hex = Digest.Of(layer).ToHex();
        string name = _bench.Name("a/b");
        Assert.Equal(
            $$$"""[{"Config":"blobs/sha256/{{{image.Id.ToHex()}}}","RepoTags":["{{{name}}}:v1"],"Layers":["blobs/sha256/{{{hex}}}"],"LayerSources":{"sha256:{{{hex}}}":{"mediaType":"{{{MediaTypes.OciLayer}}}","size":{{{layer.Length}}},"digest":"sha256:{{{hex}}}"}}""" + "}]\n",
            Encoding.UTF8.GetString(files["manifest.json"]));
        Assert.Equal($$$"""{"{{{name}}}":{"v1":"{{{hex}}}"}}""" + "\n", Encoding.UTF8.GetString(files["repositories"]));
        byte[] manifest = files.Single(file => file.Value.AsSpan().IndexOf("\"schemaVersion\":2"u8) >= 0 && file.Key.StartsWith("blobs", StringComparison.Ordinal)).Value;
        Assert.Equal(
            $$$"""{"schemaVersion":2,"mediaType":"{{{MediaTypes.OciIndex}}}","manifests":[{"mediaType":"{{{MediaTypes.OciManifest}}}","digest":"{{{Digest.Of(manifest)}}}","size":{{{manifest.Length}}},"annotations":{"io.containerd.image.name":"{{{name}}}:v1","org.opencontainers.image.ref.name":"v1"}}]}""",
            Encoding.UTF8.GetString(files["index.json"]));
        Assert.Equal([.. files.Keys.Order(StringComparer.Ordinal)], files.Keys);
    }

    [Fact]
    public async Task Shared_layers_stand_once_and_a_repository_means_all_its_tags()
    {
        FakeImage.Add(_bench.Registry, "a", "v1", ["base", "one"]);
        FakeImage.Add(_bench.Registry, "a", "v2", ["base", "two2"]);
        await _bench.PullAsync("a:v1");
        await _bench.PullAsync("a:v2");

        Dictionary<string, byte[]> files = Read(await SaveAsync(_bench, _bench.Name("a")));

        Assert.Equal(3 + 2 + 2, files.Keys.Count(name => name.StartsWith("blobs/", StringComparison.Ordinal)));
        Assert.Equal([_bench.Name("a:v1"), _bench.Name("a:v2")], ArchiveImage.ParseAll(files["manifest.json"]).SelectMany(image => image.RepoTags));
    }

    [Fact]
    public async Task By_id_it_has_no_name_and_the_loader_says_its_id()
    {
        FakeImage image = FakeImage.Add(_bench.Registry, "a", "v1", ["one"]);
        await _bench.PullAsync("a:v1");
        byte[] archive = await SaveAsync(_bench, image.Id.ToHex()[..12]);
        using ImageBench other = new();

        Assert.Equal([$"Loaded image ID: {image.Id}\n"], Texts(await LoadAsync(other, archive)));
        Assert.Empty(other.Disk.Store.Images.Names);
        Assert.False(Read(archive).ContainsKey("repositories"));
    }

    [Theory]
    [InlineData("nosuch", Refusal.NotFound, "No such image: nosuch:latest")]
    [InlineData("nosuch:1", Refusal.NotFound, "No such image: nosuch:1")]
    [InlineData("UPPER", Refusal.InvalidArgument, "invalid reference format: repository name (library/UPPER) must be lowercase")]
    public async Task What_is_not_here_is_refused_before_the_first_byte(string name, Refusal refusal, string message)
    {
        using MemoryStream output = new();
        EngineException error = await Assert.ThrowsAsync<EngineException>(() => _bench.Parts.Save.WriteAsync([name], null, output, ImageBench.Cancel));

        Assert.Equal((refusal, message, 0L), (error.Refusal, error.Message, output.Length));
    }

    [Fact]
    public async Task An_image_for_another_platform_is_not_saved_for_this_one()
    {
        FakeImage.Add(_bench.Registry, "a", "v1", ["one"]);
        await _bench.PullAsync("a:v1");
        Task save = _bench.Parts.Save.WriteAsync([_bench.Name("a:v1")], Platform.Parse("linux/arm64"), Stream.Null, ImageBench.Cancel);

        EngineException error = await Assert.ThrowsAsync<EngineException>(() => save);
        Assert.Equal($"image with reference {_bench.Name("a:v1")} was found but does not provide the specified platform (linux/arm64)", error.Message);
        await _bench.Parts.Save.WriteAsync([_bench.Name("a:v1")], Platform.Parse("linux/amd64"), Stream.Null, ImageBench.Cancel);
    }

    [Fact]
    public async Task An_image_that_is_deleted_while_it_is_saved_is_saved_whole()
    {
        FakeImage.Add(_bench.Registry, "a", "v1", ["one"]);
        await _bench.PullAsync("a:v1");
        byte[] whole = await SaveAsync(_bench, _bench.Name("a:v1"));
        using MemoryStream output = new();
        await using DeletingStream client = new(output, () => _bench.Parts.Delete.Delete(_bench.Name("a:v1"), isForced: false));

        await _bench.Parts.Save.WriteAsync([_bench.Name("a:v1")], null, client, ImageBench.Cancel);

        Assert.Equal(whole, output.ToArray());
        _bench.Parts.Recover();
        Assert.Empty(_bench.Disk.Store.Layers.List());
    }

    [Fact]
    public async Task A_client_that_vanishes_leaves_no_lease()
    {
        FakeImage.Add(_bench.Registry, "a", "v1", ["one"]);
        await _bench.PullAsync("a:v1");
        using CancellationTokenSource gone = new();
        await using DeletingStream client = new(Stream.Null, gone.Cancel);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _bench.Parts.Save.WriteAsync([_bench.Name("a:v1")], null, client, gone.Token));

        _bench.Parts.Delete.Delete(_bench.Name("a:v1"), isForced: false);
        Assert.Empty(_bench.Disk.Store.Layers.List());
    }

    [Fact]
    public async Task An_old_archive_with_its_manifest_at_the_end_is_loaded()
    {
        List<ProgressLine> lines = await LoadAsync(_bench, TestArchive.Old("old:1", "one", "two").ToArray());

        Assert.Equal(["Loaded image: old:1\n"], Texts(lines));
        Assert.Equal(2, lines.Where(line => line.Status == "Loading layer").DistinctBy(line => line.Id).Count());
        Assert.All(lines.Where(line => line.Status == "Loading layer"), line => Assert.Equal(line.Total, line.Current));
        Assert.Equal(2, _bench.Catalog.Resolve("old:1").Layers.Count);
    }

    [Fact]
    public async Task A_quiet_load_says_only_what_was_loaded()
        => Assert.Single(await LoadAsync(_bench, TestArchive.Old("old:1", "one").ToArray(), isQuiet: true));

    [Fact]
    public async Task A_layer_may_be_a_symbolic_link_to_another_images_layer()
    {
        byte[] layer = TestArchive.Layer("one");
        byte[] config = TestArchive.Config(TestArchive.DiffId(layer), TestArchive.DiffId(layer));
        byte[] archive = new TestTar().File("aa/layer.tar", layer).Link("bb/layer.tar", "../aa/layer.tar").File("c.json", config)
            .File("manifest.json", TestArchive.Manifest("c.json", "linked:1", "aa/layer.tar", "bb/layer.tar")).ToArray();

        Assert.Equal(["Loaded image: linked:1\n"], Texts(await LoadAsync(_bench, archive)));
        Assert.Equal(2, _bench.Catalog.Resolve("linked:1").Layers.Count);
        Assert.Single(_bench.Disk.Store.Layers.List());
    }

    [Fact]
    public async Task A_name_moves_and_the_client_is_told()
    {
        await LoadAsync(_bench, TestArchive.Old("x:1", "one").ToArray());
        Digest first = _bench.Catalog.Resolve("x:1").Id;

        List<ProgressLine> lines = await LoadAsync(_bench, TestArchive.Old("x:1", "two").ToArray());

        Assert.Equal([$"The image x:1 already exists, renaming the old one with ID {first} to empty string\n", "Loaded image: x:1\n"], Texts(lines));
        Assert.NotEqual(first, _bench.Catalog.Resolve("x:1").Id);
        Assert.NotNull(_bench.Catalog.Find(first));
    }

    [Fact]
    public async Task Layers_that_are_here_are_not_unpacked_again()
    {
        FakeImage.Add(_bench.Registry, "a", "v1", ["one", "two"]);
        await _bench.PullAsync("a:v1");
        byte[] archive = await SaveAsync(_bench, _bench.Name("a:v1"));

        List<ProgressLine> lines = await LoadAsync(_bench, archive);

        Assert.Equal([$"Loaded image: {_bench.Name("a:v1")}\n"], lines.Select(line => line.Status));
    }

    [Theory]
    [InlineData("io.containerd.image.name", "docker.io/library/named:1", "named:1")]
    [InlineData("org.opencontainers.image.ref.name", "registry.example/named:1", "registry.example/named:1")]
    [InlineData("org.opencontainers.image.ref.name", "latest", null)]
    public async Task An_OCI_layout_is_loaded_with_the_name_it_has(string annotation, string value, string? name)
    {
        byte[] layer = TestArchive.Layer("one"), gzip = FakeImage.Gzip(layer);
        byte[] config = TestArchive.Config(TestArchive.DiffId(layer));
        byte[] manifest = TestArchive.OciManifest(config, (MediaTypes.OciLayerGzip, gzip));
        byte[] archive = Layout(
            TestArchive.OciIndex(TestArchive.Describe(MediaTypes.OciManifest, manifest, TestArchive.Annotated(annotation, value))), gzip, config, manifest);

        List<ProgressLine> lines = await LoadAsync(_bench, archive);

        Assert.Equal([name is null ? $"Loaded image ID: {Digest.Of(config)}\n" : $"Loaded image: {name}\n"], Texts(lines));
        Assert.Equal([Digest.Of(config)], _bench.Disk.Store.Images.List().Select(image => image.Id));
    }

    [Fact]
    public async Task Of_a_nested_index_the_platform_of_this_machine_is_taken()
    {
        byte[] layer = TestArchive.Layer("one"), other = TestArchive.Layer("two");
        byte[] config = TestArchive.Config(TestArchive.DiffId(layer)), otherConfig = TestArchive.Config(TestArchive.DiffId(other));
        byte[] manifest = TestArchive.OciManifest(config, (MediaTypes.OciLayer, layer));
        byte[] otherManifest = TestArchive.OciManifest(otherConfig, (MediaTypes.OciLayer, other));
        byte[] nested = TestArchive.OciIndex(
            TestArchive.Describe(MediaTypes.OciManifest, otherManifest, ""","platform":{"os":"linux","architecture":"s390x"}"""),
            TestArchive.Describe(MediaTypes.OciManifest, manifest, $$""","platform":{"os":"linux","architecture":"{{Platform.Host.Architecture}}"}"""));
        byte[] index = TestArchive.OciIndex(TestArchive.Describe(MediaTypes.OciIndex, nested, TestArchive.Annotated("io.containerd.image.name", "docker.io/library/many:1")));

        await LoadAsync(_bench, Layout(index, nested, layer, other, config, otherConfig, manifest, otherManifest));

        Assert.Equal(Digest.Of(config), _bench.Catalog.Resolve("many:1").Id);
        Assert.Equal([Digest.Of(layer)], _bench.Disk.Store.Layers.List().Select(found => found.Digest));
    }

    [Fact]
    public async Task More_layers_than_are_held_at_once_are_loaded()
    {
        string[] texts = [.. Enumerable.Range(0, 80).Select(i => $"layer {i}")];

        await LoadAsync(_bench, TestArchive.Old("many:1", texts).ToArray());

        Assert.Equal(80, _bench.Catalog.Resolve("many:1").Layers.Count);
        Assert.Empty(_bench.Disk.Staged());
    }

    [Fact]
    public async Task A_compressed_archive_is_loaded()
    {
        await LoadAsync(_bench, FakeImage.Gzip(TestArchive.Old("gz:1", "one").ToArray()));
        Assert.Single(_bench.Catalog.Resolve("gz:1").Layers);
    }

    internal static async Task<List<ProgressLine>> LoadAsync(ImageBench bench, byte[] archive, bool isQuiet = false, Platform? platform = null)
    {
        ProgressLines lines = new();
        await bench.Parts.Load.RunAsync(new MemoryStream(archive), platform, isQuiet, lines, ImageBench.Cancel);
        lines.End();
        return await ImageBench.AllAsync(lines);
    }

    internal static byte[] Layout(byte[] index, params byte[][] blobs)
    {
        TestTar tar = new();
        foreach (byte[] blob in blobs)
        {
            tar.File(TestArchive.Blob(blob), blob);
        }

        return tar.File("index.json", index).File("oci-layout", """{"imageLayoutVersion":"1.0.0"}""").ToArray();
    }

    internal static async Task<byte[]> SaveAsync(ImageBench bench, params string[] names)
    {
        using MemoryStream output = new();
        await bench.Parts.Save.WriteAsync(names, null, output, ImageBench.Cancel);
        return output.ToArray();
    }

    private static string[] Texts(List<ProgressLine> lines) => [.. lines.Where(line => line.IsText).Select(line => line.Status)];

    private static Dictionary<string, byte[]> Read(byte[] archive)
    {
        Dictionary<string, byte[]> files = [];
        using System.Formats.Tar.TarReader reader = new(new MemoryStream(archive));
        while (reader.GetNextEntry(copyData: true) is { } entry)
        {
            using MemoryStream content = new();
            entry.DataStream?.CopyTo(content);
            if (entry.EntryType is not System.Formats.Tar.TarEntryType.Directory)
            {
                files.Add(entry.Name, content.ToArray());
            }
        }

        return files;
    }

    /// <summary>Does something when the first bytes come.</summary>
    private sealed class DeletingStream(Stream inner, Action first) : Stream
    {
        private bool _done;

        public override bool CanRead => false;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (!_done)
            {
                _done = true;
                first();
            }

            await inner.WriteAsync(buffer, cancellationToken);
        }

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();
    }
}
