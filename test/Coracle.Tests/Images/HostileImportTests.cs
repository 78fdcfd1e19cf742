using Coracle.Core;
using Coracle.Oci;
using Coracle.Tests.Tar;

namespace Coracle.Tests.Images;

/// <summary>The tar of an import is a layer like any other: what is wrong with it is said, and nothing of it stays.</summary>
public sealed class HostileImportTests : IDisposable
{
    private readonly ImageBench _bench = new();

    public void Dispose() => _bench.Dispose();

    [Fact]
    public async Task What_is_no_tar_is_refused()
    {
        byte[] noise = new byte[5000];
        new Random(7).NextBytes(noise);

        Assert.StartsWith("failed to register layer: invalid tar", await RefusedAsync(noise), StringComparison.Ordinal);
        Assert.StartsWith("failed to register layer: invalid tar", await RefusedAsync(FakeImage.Gzip(noise)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Cut_anywhere_it_is_refused()
    {
        byte[] tar = new TestTar().File("a", new string('a', 3000)).File("b", new string('b', 3000)).ToArray();
        byte[] gzip = FakeImage.Gzip(tar);
        for (int length = 100; length < 3000; length += 300)
        {
            await RefusedAsync(tar[..length]);
        }

        for (int length = 20; length < gzip.Length; length += 5)
        {
            await RefusedAsync(gzip[..length]);
        }
    }

    [Fact]
    public async Task A_hard_link_to_what_is_not_in_it_is_refused()
        => await RefusedAsync(new TestTar().HardLink("link", "../../etc/passwd").ToArray());

    [Fact]
    public async Task A_traversal_stays_inside()
    {
        Digest id = await ImportAsync(new TestTar().File("../../../escaped", "x").Directory("etc/").Link("out", "/etc").File("out/inside", "y").ToArray());

        DiffId layer = Assert.Single(_bench.Catalog.Find(id)!.Layers);
        Assert.True(File.Exists(_bench.Disk.Diff(layer) + "/escaped"));
        Assert.True(File.Exists(_bench.Disk.Diff(layer) + "/etc/inside"));
        Assert.False(File.Exists("/etc/inside"));
    }

    [Fact]
    public async Task Every_compression_is_imported()
    {
        byte[] tar = new TestTar().File("a", "content").ToArray();
        Digest plain = await ImportAsync(tar);
        Digest packed = await ImportAsync(FakeImage.Gzip(tar));

        Assert.Equal(_bench.Catalog.Find(plain)!.Layers, _bench.Catalog.Find(packed)!.Layers);
        Assert.Single(_bench.Disk.Store.Layers.List());
    }

    private Task<Digest> ImportAsync(byte[] body)
        => _bench.Parts.Import.RunAsync(new MemoryStream(body), new ImportRequest(null, "test", [], Platform.Host), ImageBench.Cancel);

    private async Task<string> RefusedAsync(byte[] body)
    {
        EngineException error = await Assert.ThrowsAsync<EngineException>(() => ImportAsync(body));
        _bench.AssertNothingHalfMade();
        Assert.Empty(_bench.Disk.Store.Layers.List());
        return error.Message;
    }
}
