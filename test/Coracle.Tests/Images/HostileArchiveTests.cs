using System.Text;
using Coracle.Core;
using Coracle.Oci;
using Coracle.Tests.Tar;

namespace Coracle.Tests.Images;

/// <summary>Nothing an archive says is believed: a clear refusal, nothing left behind, and the next load works.</summary>
public sealed class HostileArchiveTests : IDisposable
{
    private readonly ImageBench _bench = new();

    public void Dispose() => _bench.Dispose();

    public static TheoryData<string, byte[], string> Archives
    {
        get
        {
            byte[] layer = TestArchive.Layer("one"), config = TestArchive.Config(TestArchive.DiffId(layer));
            byte[] manifest = TestArchive.OciManifest(config, (MediaTypes.OciLayer, layer));
            byte[] noise = new byte[5000];
            new Random(5).NextBytes(noise);
            return new TheoryData<string, byte[], string>
            {
                { "empty", [], "neither manifest.json nor index.json" },
                { "an empty tar", new byte[1024], "neither manifest.json nor index.json" },
                { "not a tar", noise, "invalid tar" },
                { "not a tar, and short", "hello"u8.ToArray(), "invalid tar" },
                { "gzip of noise", FakeImage.Gzip(noise), "invalid tar" },
                { "a traversal", Docker(layer, config, "../layer.tar"), "is outside of the archive" },
                { "a deeper traversal", new TestTar().File("a/../../x", "{}").ToArray(), "is outside of the archive" },
                { "a link that leads out", new TestTar().Link("a/layer.tar", "../../etc/passwd").ToArray(), "is outside of the archive" },
                { "a layer behind a link to nothing", new TestTar().Link("l", "nothing").File("c", config).File("manifest.json", TestArchive.Manifest("c", "x:1", "l")).ToArray(), "l: no such file" },
                { "a loop of links", new TestTar().Link("l", "m").Link("m", "l").File("c", config).File("manifest.json", TestArchive.Manifest("c", "x:1", "l")).ToArray(), "too many links" },
                { "a long name", new TestTar().File(new string('n', 3000), "{}").ToArray(), "too long a name" },
                { "a manifest that is not JSON", Manifest("[{"), "manifest.json is not valid JSON" },
                { "a manifest that is no array", Manifest("{}"), "manifest.json is not a JSON array" },
                { "a manifest of texts", Manifest("[\"x\"]"), "is not a JSON object" },
                { "a manifest without a config", Manifest("[{}]"), "has no Config" },
                { "a manifest of numbers", Manifest("""[{"Config":1}]"""), "invalid archive" },
                { "deep JSON", Manifest(new string('[', 5000)), "not valid JSON" },
                { "a missing config", Manifest(TestArchive.Manifest("nothing.json", "x:1")), "nothing.json: no such file" },
                { "a config that leads out", Manifest(TestArchive.Manifest("../../etc/passwd", "x:1")), "is outside of the archive" },
                { "a layer that is JSON", Docker(layer, config, "c.json"), "c.json is not a layer" },
                { "a config that is a layer", new TestTar().File("l", layer).File("manifest.json", TestArchive.Manifest("l", "x:1", "l")).ToArray(), "l is not JSON" },
                { "a missing layer", Docker(layer, config, "other"), "other: no such file" },
                { "fewer layers than the config has", Docker(layer, config), "invalid manifest, layers length mismatch: expected 0, got 1" },
                { "more layers than the config has", Docker(layer, config, "l", "l"), "layers length mismatch: expected 2, got 1" },
                { "another layer than the config names", Docker(TestArchive.Layer("other"), config, "l"), "invalid diffID for layer 0: expected" },
                { "a broken tag", new TestTar().File("l", layer).File("c.json", config).File("manifest.json", TestArchive.Manifest("c.json", "UPPER:1", "l")).ToArray(), "must be lowercase" },
                { "no tag in a tag", new TestTar().File("l", layer).File("c.json", config).File("manifest.json", TestArchive.Manifest("c.json", "x", "l")).ToArray(), "invalid tag \"x\"" },
                { "an image for Windows", Docker(layer, Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(config).Replace("linux", "windows", StringComparison.Ordinal)), "l"), "cannot load windows image on linux" },
                { "a config without layers", Docker(layer, """{"os":"linux","architecture":"amd64"}"""u8.ToArray(), "l"), "no RootFS key" },
                { "Docker before 1.10", new TestTar().File("repositories", "{}").ToArray(), "saved by Docker before 1.10" },
                { "an index that is a manifest", Layout(manifest), "expected index but found manifest" },
                { "an index of nothing that is there", Layout(Index(MediaTypes.OciManifest, manifest)), "is not in it" },
                { "a manifest with other bytes", new TestTar().File(TestArchive.Blob(manifest), "{}").File("index.json", Index(MediaTypes.OciManifest, manifest)).ToArray(), "has other bytes than its digest says" },
                { "a layer with other bytes", new TestTar().File(TestArchive.Blob(layer), TestArchive.Layer("two")).File(TestArchive.Blob(config), config).File(TestArchive.Blob(manifest), manifest).File("index.json", Index(MediaTypes.OciManifest, manifest)).ToArray(), "has other bytes than its digest says" },
                { "an index without this machine", NestedFor("plan9"), "no matching manifest for" },
                { "a layer that is one endless hole", [.. RawTar.Pax(("GNU.sparse.size", $"{1L << 61}"), ("GNU.sparse.numblocks", "1"), ("GNU.sparse.map", "0,0")), .. RawTar.Block("l", '0', 0), .. new TestTar().File("c.json", config).File("manifest.json", TestArchive.Manifest("c.json", "x:1", "l")).ToArray()], "larger holes" },
                { "a manifest with a schema 1 in it", Layout(Index(MediaTypes.OciManifest, """{"schemaVersion":1}"""u8.ToArray()), """{"schemaVersion":1}"""u8.ToArray()), "schema 1" },
            };
        }
    }

    [Theory, MemberData(nameof(Archives))]
    public async Task It_is_refused_and_nothing_is_left(string what, byte[] archive, string message)
    {
        string error = await RefusedAsync(archive);

        Assert.True(error.Contains(message, StringComparison.Ordinal), $"{what}: '{error}' does not say '{message}'");
    }

    [Fact]
    public async Task Cut_at_every_block_it_is_refused()
    {
        byte[] archive = TestArchive.Old("x:1", "one").ToArray();
        int last = archive.AsSpan().LastIndexOf("manifest.json"u8);   // what comes after it nobody needs
        for (int length = 1; length < last; length += 256)
        {
            await RefusedAsync(archive[..length]);
        }
    }

    [Fact]
    public async Task One_bad_image_of_two_means_none()
    {
        byte[] layer = TestArchive.Layer("one"), config = TestArchive.Config(TestArchive.DiffId(layer));
        string good = TestArchive.Manifest("c.json", "good:1", "l"), bad = TestArchive.Manifest("c.json", "bad:1", "nothing");
        byte[] archive = new TestTar().File("l", layer).File("c.json", config).File("manifest.json", good[..^1] + "," + bad[1..]).ToArray();

        await RefusedAsync(archive);
    }

    [Fact]
    public async Task Layers_committed_on_the_way_are_taken_back()
    {
        TestTar tar = new();
        for (int i = 0; i < 70; i++)
        {
            tar.File($"{i}/layer.tar", TestArchive.Layer($"layer {i}"));
        }

        await RefusedAsync(tar.ToArray());
    }

    [Fact]
    public async Task What_no_image_needs_is_not_kept()
    {
        byte[] broken = [.. FakeImage.Gzip(new byte[10_000])];
        broken[20] ^= 1;
        byte[] archive = TestArchive.Old("x:1", "one").File("junk/layer.tar", TestArchive.Layer("junk")).File("junk.gz", broken).File("notes.txt", "hello").Fifo("pipe").ToArray();

        await SaveLoadTests.LoadAsync(_bench, archive);

        Assert.Equal(_bench.Catalog.Resolve("x:1").Layers, _bench.Disk.Store.Layers.List());
        Assert.Empty(_bench.Disk.Staged());
    }

    [Fact]
    public async Task More_entries_than_any_archive_has_are_refused()
    {
        TestTar tar = new();
        for (int i = 0; i < 17_000; i++)
        {
            tar.Link($"l{i}", "x");
        }

        Assert.Contains("entries", await RefusedAsync(tar.ToArray()), StringComparison.Ordinal);
    }

    [Fact]
    public async Task More_JSON_than_any_archive_has_is_refused()
    {
        byte[] json = [.. "{\"a\":\""u8, .. Enumerable.Repeat((byte)'a', 1 << 20), .. "\"}"u8];
        TestTar tar = new();
        for (int i = 0; i < 5; i++)
        {
            tar.File($"{i}.json", json);
        }

        Assert.Contains("bytes of JSON", await RefusedAsync(tar.ToArray()), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_name_that_comes_twice_is_its_last_entry()
    {
        byte[] layer = TestArchive.Layer("one"), config = TestArchive.Config(TestArchive.DiffId(layer));
        byte[] archive = new TestTar().File("l", TestArchive.Layer("other")).File("manifest.json", "[]").File("c.json", config).File("l", layer)
            .File("manifest.json", TestArchive.Manifest("c.json", "x:1", "l")).ToArray();

        await SaveLoadTests.LoadAsync(_bench, archive);

        Assert.Single(_bench.Catalog.Resolve("x:1").Layers);
        Assert.Single(_bench.Disk.Store.Layers.List());
    }

    [Fact]
    public async Task Indexes_that_never_end_are_refused()
    {
        byte[] layer = TestArchive.Layer("one"), config = TestArchive.Config(TestArchive.DiffId(layer));
        byte[] document = TestArchive.OciManifest(config, (MediaTypes.OciLayer, layer));
        List<byte[]> blobs = [layer, config, document];
        for (int i = 0; i < 10; i++)
        {
            document = TestArchive.OciIndex(TestArchive.Describe(i == 0 ? MediaTypes.OciManifest : MediaTypes.OciIndex, document, Here()));
            blobs.Add(document);
        }

        Assert.Contains("nested too deeply", await RefusedAsync(SaveLoadTests.Layout(document, [.. blobs])), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_body_that_breaks_off_leaves_nothing()
    {
        byte[] archive = TestArchive.Old("x:1", "one", "two").ToArray();
        using CancellationTokenSource gone = new();
        ProgressLines lines = new();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => _bench.Parts.Load.RunAsync(new BreakingStream(archive[..3000], gone.Cancel), null, false, lines, gone.Token));

        _bench.AssertNothingHalfMade();
        Assert.Empty(_bench.Disk.Store.Layers.List());
    }

    private async Task<string> RefusedAsync(byte[] archive)
    {
        EngineException error = await Assert.ThrowsAsync<EngineException>(() => SaveLoadTests.LoadAsync(_bench, archive));
        _bench.AssertNothingHalfMade();
        Assert.Empty(_bench.Disk.Store.Layers.List());
        return error.Message;
    }

    private static byte[] Docker(byte[] layer, byte[] config, params string[] layers)
        => new TestTar().File("l", layer).File("c.json", config).File("manifest.json", TestArchive.Manifest("c.json", "x:1", layers)).ToArray();

    private static byte[] Manifest(string text) => new TestTar().File("manifest.json", text).ToArray();

    private static byte[] Layout(byte[] index, params byte[][] blobs) => SaveLoadTests.Layout(index, blobs);

    private static byte[] Index(string type, byte[] manifest) => TestArchive.OciIndex(TestArchive.Describe(type, manifest));

    private static byte[] NestedFor(string os)
    {
        byte[] layer = TestArchive.Layer("one"), config = TestArchive.Config(TestArchive.DiffId(layer));
        byte[] manifest = TestArchive.OciManifest(config, (MediaTypes.OciLayer, layer));
        byte[] nested = TestArchive.OciIndex(TestArchive.Describe(MediaTypes.OciManifest, manifest, $$""","platform":{"os":"{{os}}","architecture":"amd64"}"""));
        return SaveLoadTests.Layout(Index(MediaTypes.OciIndex, nested), nested, layer, config, manifest);
    }

    private static string Here() => $$""","platform":{"os":"linux","architecture":"{{Platform.Host.Architecture}}"}""";

    /// <summary>Gives its bytes, then does what a vanished client does, and never ends.</summary>
    private sealed class BreakingStream(byte[] bytes, Action end) : Stream
    {
        private int _given;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            int count = Math.Min(buffer.Length, bytes.Length - _given);
            if (count == 0)
            {
                end();
                await Task.Delay(Timeout.Infinite, cancellationToken);
            }

            bytes.AsMemory(_given, count).CopyTo(buffer);
            _given += count;
            return count;
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
