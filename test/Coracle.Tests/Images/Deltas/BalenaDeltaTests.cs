using System.Text;
using System.Text.Json;
using Coracle.Core;
using Coracle.Oci;
using Coracle.Tests.Tar;

namespace Coracle.Tests.Images.Deltas;

/// <summary>balenaEngine's own tests of deltas, and what they leave out.</summary>
public sealed class BalenaDeltaTests : IDisposable
{
    private readonly ImageBench _bench = new();

    public void Dispose() => _bench.Dispose();

    [Fact]
    public async Task A_delta_is_an_image_that_names_its_base_and_holds_the_config_of_its_target()
    {
        await LoadAsync(_bench, "000", "002");

        List<ProgressLine> lines = await CreateAsync("gallery:000", "gallery:002", "delta:1");

        ImageDetails delta = _bench.Catalog.Resolve("delta:1"), from = _bench.Catalog.Resolve("gallery:000"), to = _bench.Catalog.Resolve("gallery:002");
        Assert.Equal(from.Id.ToString(), delta.Config.Run.Labels!["io.resin.delta.base"]);
        Assert.Equal(to.Id, Digest.Of(Encoding.UTF8.GetBytes(delta.Config.Run.Labels["io.resin.delta.config"])));
        Assert.Equal(2, delta.Layers.Count);
        Assert.Equal(new byte[1024], _bench.Disk.ReadTar(delta.Layers[0]));
        Assert.Equal(["delta"], Directory.GetFiles(_bench.Disk.Diff(delta.Layers[1])).Select(Path.GetFileName));
        Assert.Equal("0000600", Encoding.ASCII.GetString(_bench.Disk.ReadTar(delta.Layers[1]), 100, 7));
        Assert.Equal([$"Created delta: {delta.Id}", "Successfully tagged delta:1\n"], lines.TakeLast(2).Select(line => line.Status));
        Assert.StartsWith("Normal size: 256B, Delta size: ", lines[^3].Status, StringComparison.Ordinal);
        Assert.EndsWith("x improvement", lines[^3].Status, StringComparison.Ordinal);
        Assert.Contains(lines, line => line.Status.StartsWith("Fingerprint complete", StringComparison.Ordinal));
        Assert.Empty(_bench.Disk.Staged());
    }

    [Fact]
    public async Task What_is_not_here_is_told_in_balenaEngines_words()
    {
        await LoadAsync(_bench, "000");

        EngineException source = await Assert.ThrowsAsync<EngineException>(() => CreateAsync("nosuch", "gallery:000"));
        EngineException target = await Assert.ThrowsAsync<EngineException>(() => CreateAsync("gallery:000", "nosuch"));

        Assert.Equal((Refusal.NotFound, "no such image: nosuch: No such image: nosuch:latest"), (source.Refusal, source.Message));
        Assert.Equal((source.Refusal, source.Message), (target.Refusal, target.Message));
    }

    [Fact]
    public async Task The_target_may_be_removed_while_its_delta_is_made()
    {
        await LoadAsync(_bench, "009", "012");
        ProgressLines lines = new();

        Task making = _bench.Parts.BalenaDelta.CreateAsync("gallery:009", "gallery:012", "delta:1", lines, ImageBench.Cancel);
        while (await lines.NextAsync(ImageBench.Cancel) is { } batch && !batch.Any(line => line.Status.StartsWith("Fingerprint complete", StringComparison.Ordinal)))
        {
        }

        _bench.Parts.Delete.Delete("gallery:012", isForced: false);
        await making;

        Assert.Equal(_bench.Catalog.Resolve("gallery:009").Id.ToString(), _bench.Catalog.Resolve("delta:1").Config.Run.Labels!["io.resin.delta.base"]);
    }

    /// <summary>A delta of it would make the damage everywhere.</summary>
    [Fact]
    public async Task Of_a_damaged_layer_no_delta_is_made()
    {
        await LoadAsync(_bench, "000", "002");
        string file = Directory.EnumerateFiles(_bench.Disk.Diff(_bench.Catalog.Resolve("gallery:002").Layers[1])).Single();
        byte[] bytes = File.ReadAllBytes(file);
        bytes[^1] ^= 1;
        File.WriteAllBytes(file, bytes);

        EngineException error = await Assert.ThrowsAsync<EngineException>(() => CreateAsync("gallery:000", "gallery:002", "delta:1"));

        Assert.Contains("its uncompressed content is", error.Message, StringComparison.Ordinal);
        Assert.Empty(_bench.Disk.Staged());
    }

    /// <summary>balenaEngine's own upper bounds, or what its documents say that it reaches where that is less.</summary>
    [Theory]
    [InlineData("000", "001", 1556)]
    [InlineData("000", "002", 1045)]
    [InlineData("001", "003", 5201)]
    [InlineData("000", "003", 6757)]
    [InlineData("004", "005", 0)]
    [InlineData("006", "007", 381)]
    [InlineData("006", "008", 115)]
    [InlineData("008", "006", 381)]
    [InlineData("010", "011", 1567)]
    [InlineData("010", "012", 1_049_132)]
    public async Task It_is_no_larger_than_balenaEngines_and_makes_the_very_image(string from, string to, long most)
    {
        await LoadAsync(_bench, from, to);
        await CreateAsync("gallery:" + from, "gallery:" + to, "delta:1");
        Digest target = _bench.Catalog.Resolve("gallery:" + to).Id;
        using ImageBench device = new();
        await LoadAsync(device, from);
        Digest manifest = Publish(device, _bench.Catalog.Resolve("delta:1"));

        List<ProgressLine> lines = await device.PullAsync("app:delta");

        Assert.InRange(Size(_bench.Catalog.Resolve("delta:1")), 0, most);
        ImageDetails made = device.Catalog.Resolve(device.Name("app:delta"));
        Assert.Equal(target, made.Id);
        Assert.All(made.Layers, layer => Assert.True(device.Disk.Store.Layers.Verify(layer, deep: true).IsIntact));
        Assert.Equal(target, device.Catalog.Resolve(device.Name($"app@{manifest}")).Id);
        Assert.Empty(device.Disk.Store.Images.Find(target)!.Manifests);
        Assert.Equal($"Status: Downloaded newer image for {device.Name("app:delta")}", lines[^1].Status);
        Assert.Empty(device.Disk.Staged());
        Assert.Equal($"Status: Image is up to date for {device.Name("app:delta")}", (await device.PullAsync("app:delta"))[^1].Status);
    }

    [Fact]
    public async Task Without_its_base_nothing_of_a_delta_is_fetched()
    {
        using ImageBench device = await DeviceAsync("000", "002");
        string id = _bench.Catalog.Resolve("gallery:000").Id.ToString();

        string message = await device.RefusedAsync("app:delta");

        Assert.StartsWith($"loading delta base image \"{id}\": failed to get digest {id}", message, StringComparison.Ordinal);
        Assert.Single(device.Registry.Requests, request => request.Path.Contains("/blobs/"));   // its config
    }

    [Fact]
    public async Task The_base_may_be_in_another_engines_data_root_which_goes_on_working()
    {
        using ImageBench other = new();
        await LoadAsync(other, "010");
        string[] before = Files(other.Disk.Root);
        using ImageBench device = await DeviceAsync("010", "011", other.Disk.Root);

        await device.PullAsync("app:delta");

        Assert.Equal(_bench.Catalog.Resolve("gallery:011").Id, device.Catalog.Resolve(device.Name("app:delta")).Id);
        Assert.Equal(before, Files(other.Disk.Root));
    }

    [Fact]
    public async Task A_second_data_root_that_is_none_is_named()
    {
        using ImageBench device = await DeviceAsync("000", "002", "/proc/self");

        Assert.Contains("/proc/self", await device.RefusedAsync("app:delta"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_delta_without_as_many_layers_as_its_target_is_refused()
    {
        await LoadAsync(_bench, "000", "002");
        await CreateAsync("gallery:000", "gallery:002", "delta:1");
        using ImageBench device = new();
        await LoadAsync(device, "000");
        Publish(device, _bench.Catalog.Resolve("delta:1"), layers: 1);

        EngineException error = await Assert.ThrowsAsync<EngineException>(() => device.PullAsync("app:delta"));

        Assert.Equal("layers from manifest don't match image configuration", error.Message);
    }

    [Fact(Timeout = 60_000)] // a pull that took it would bring it again and again
    public async Task A_delta_that_makes_another_layer_is_refused()
    {
        await LoadAsync(_bench, "000", "001", "002");
        await CreateAsync("gallery:000", "gallery:001", "delta:1");
        await CreateAsync("gallery:000", "gallery:002", "delta:2");
        using ImageBench device = new();
        await LoadAsync(device, "000");
        Publish(device, _bench.Catalog.Resolve("delta:2"), layersOf: _bench.Catalog.Resolve("delta:1"));

        EngineException error = await Assert.ThrowsAsync<EngineException>(() => device.PullAsync("app:delta").WaitAsync(TestContext.Current.CancellationToken));

        Assert.Contains("its uncompressed content is", error.Message, StringComparison.Ordinal);
        Assert.Single(device.Disk.Store.Images.List());
        Assert.Empty(device.Disk.Staged());
    }

    [Fact]
    public async Task A_delta_loads_as_its_target()
    {
        byte[] archive = await DeltaArchiveAsync("010", "011");
        using ImageBench device = new();
        await LoadAsync(device, "010");

        List<ProgressLine> lines = await SaveLoadTests.LoadAsync(device, archive);

        Assert.Equal("Loaded image: delta:1\n", lines[^1].Status);
        Assert.Equal(_bench.Catalog.Resolve("gallery:011").Id, device.Catalog.Resolve("delta:1").Id);
        Assert.Equal(3, device.Disk.Store.Layers.List().Count);   // the delta's own are gone
        Assert.Empty(device.Disk.Staged());

        Assert.Contains(
            await SaveLoadTests.LoadAsync(device, archive), line => line.Status == "Target image already exists locally, no need to load it.\n");
    }

    [Fact]
    public async Task A_delta_without_its_base_loads_nothing()
    {
        byte[] archive = await DeltaArchiveAsync("000", "002");
        using ImageBench device = new();

        EngineException error = await Assert.ThrowsAsync<EngineException>(() => SaveLoadTests.LoadAsync(device, archive));

        Assert.Contains("loading delta base image", error.Message, StringComparison.Ordinal);
        device.AssertNothingHalfMade();
        Assert.Empty(device.Disk.Store.Layers.List());
    }

    [Theory]
    [InlineData("BAAAAAAD", "Got magic number baaaaaad rather than expected value 72730236")]
    [InlineData("72730236", "unexpected EOF")]
    [InlineData("", "unexpected EOF")]
    [InlineData("7273023600", "its uncompressed content is")]
    public async Task What_is_wrong_with_a_delta_is_said_when_it_is_loaded(string delta, string expected)
    {
        await LoadAsync(_bench, "000");
        byte[] layer = new TestTar().File("delta", Convert.FromHexString(delta)).ToArray();
        string target = JsonEncodedText.Encode(TestArchive.Config("sha256:" + new string('a', 64))).ToString();
        byte[] config = Encoding.UTF8.GetBytes(
            $$$"""{"created":"2024-01-02T03:04:05Z","config":{"Labels":{"io.resin.delta.base":"{{{_bench.Catalog.Resolve("gallery:000").Id}}}","io.resin.delta.config":"{{{target}}}"}},"rootfs":{"type":"layers","diff_ids":["{{{TestArchive.DiffId(layer)}}}"]}}""");
        byte[] archive = new TestTar().File("l/layer.tar", layer).File("c.json", config).File("manifest.json", TestArchive.Manifest("c.json", "d:1", "l/layer.tar")).ToArray();

        EngineException error = await Assert.ThrowsAsync<EngineException>(() => SaveLoadTests.LoadAsync(_bench, archive));

        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
        Assert.Single(_bench.Disk.Store.Images.List());
        Assert.Empty(_bench.Disk.Staged());
    }

    private static async Task LoadAsync(ImageBench bench, params string[] numbers)
    {
        foreach (string number in numbers)
        {
            await SaveLoadTests.LoadAsync(bench, DeltaGallery.Archive(number));
        }
    }

    private async Task<List<ProgressLine>> CreateAsync(string from, string to, string tag = "")
    {
        ProgressLines lines = new();
        await _bench.Parts.BalenaDelta.CreateAsync(from, to, tag, lines, ImageBench.Cancel);
        lines.End();
        return await ImageBench.AllAsync(lines);
    }

    private async Task<byte[]> DeltaArchiveAsync(string from, string to)
    {
        await LoadAsync(_bench, from, to);
        await CreateAsync("gallery:" + from, "gallery:" + to, "delta:1");
        return await SaveLoadTests.SaveAsync(_bench, "delta:1");
    }

    /// <summary>A device that has nothing, and a registry that has the delta.</summary>
    private async Task<ImageBench> DeviceAsync(string from, string to, string? deltaDataRoot = null)
    {
        await LoadAsync(_bench, from, to);
        await CreateAsync("gallery:" + from, "gallery:" + to, "delta:1");
        ImageBench device = new(deltaDataRoot: deltaDataRoot);
        Publish(device, _bench.Catalog.Resolve("delta:1"));
        return device;
    }

    /// <param name="layersOf">Another delta, whose layers it has instead of its own.</param>
    private Digest Publish(ImageBench device, ImageDetails delta, int layers = int.MaxValue, ImageDetails? layersOf = null)
    {
        Descriptor config = device.Registry.AddBlob("app", _bench.Disk.Store.Blobs.Read(delta.Id), MediaTypes.OciConfig);
        string blobs = string.Join(',', (layersOf ?? delta).Layers.Take(layers).Select(layer
            => FakeImage.Describe(device.Registry.AddBlob("app", FakeImage.Gzip(_bench.Disk.ReadTar(layer)), MediaTypes.OciLayerGzip))));
        return device.Registry.AddManifest(
            "app", "delta", $$"""{"schemaVersion":2,"mediaType":"{{MediaTypes.OciManifest}}","config":{{FakeImage.Describe(config)}},"layers":[{{blobs}}]}""");
    }

    private long Size(ImageDetails delta)
        => delta.Layers.Distinct().Select(layer => new FileInfo(_bench.Disk.Diff(layer) + "/delta")).Where(file => file.Exists).Sum(file => file.Length);

    private static string[] Files(string root)
        => [.. Directory.EnumerateFileSystemEntries(root, "*", SearchOption.AllDirectories).Select(path => $"{path} {File.GetLastWriteTimeUtc(path):O}").Order(StringComparer.Ordinal)];
}
