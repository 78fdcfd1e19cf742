using System.Diagnostics;
using Coracle.Linux;
using Coracle.Oci;
using Coracle.Storage;
using Coracle.Tests.Tar;

namespace Coracle.Tests.Storage;

/// <summary>
/// At each crash point the data root is copied as it is then; a store opened on the copy is what the next boot finds. (What the
/// page cache had not written yet is the virtual machine tests' business.)
/// </summary>
public sealed class CommitCrashTests : IDisposable
{
    private readonly TemporaryStore _store = new();
    private readonly Dictionary<string, string> _copies = [];

    public void Dispose()
    {
        CrashPoint.Observer = null;
        _store.Dispose();
    }

    [Fact]
    public void Wherever_a_pull_is_cut_nothing_half_made_is_seen_and_the_same_pull_succeeds()
    {
        byte[] config = "{}"u8.ToArray();
        byte[] tar = new TestTar().Directory("d").File("d/f", "first").File("d/f", "second").ToArray();
        Watch();
        Pull(_store.Store, tar, config);
        CrashPoint.Observer = null;

        foreach (string point in new[]
        {
            "staging:create", "layer:unpacked", "layer:staged", "layer:synced", "layer:renamed", "layer:durable", "layer:committed",
            "image:config", "image:recorded", "image:named",
        })
        {
            Assert.Contains(point, _copies.Keys);
        }

        foreach ((string point, string copy) in _copies)
        {
            using Store next = TemporaryStore.Open(copy);
            CheckWhole(next, copy, point);
            ImageRecord image = Pull(next, tar, config);
            Assert.Equal(image.Id, next.Images.Names["docker.io/library/x:1"]);
            Assert.True(next.Layers.Verify(image.Layers[0], deep: true).IsIntact, point);
        }
    }

    [Fact]
    public void Wherever_a_removal_is_cut_the_layer_is_whole_or_gone()
    {
        byte[] config = "{}"u8.ToArray();
        ImageRecord image = Pull(_store.Store, new TestTar().File("f", "x").ToArray(), config);
        Watch();
        Assert.True(_store.Store.Images.Remove(image.Id));
        Assert.Equal(image.Layers, _store.Store.Layers.CollectUnreferenced(new HashSet<DiffId>()));
        CrashPoint.Observer = null;
        Assert.Contains("staging:removing", _copies.Keys);

        foreach ((string point, string copy) in _copies)
        {
            using Store next = TemporaryStore.Open(copy);
            CheckWhole(next, copy, point);
        }
    }

    private static void CheckWhole(Store store, string root, string point)
    {
        Assert.Empty(Directory.EnumerateFileSystemEntries(root + "/staging"));
        Assert.Empty(Directory.EnumerateFiles(root, "*.tmp", SearchOption.AllDirectories));
        foreach (DiffId layer in store.Layers.List())
        {
            Assert.True(store.Layers.Verify(layer, deep: true).IsIntact, $"{point}: {layer}");
        }

        foreach (ImageRecord image in store.Images.List())
        {
            Assert.All(image.Layers, layer => Assert.True(store.Layers.Contains(layer), $"{point}: {layer}"));
            Assert.Equal(image.Id, Digest.Of(store.Blobs.Read(image.Id)));
        }

        Assert.All(store.Images.Names.Values, id => Assert.NotNull(store.Images.Find(id)));
        Assert.All(store.Blobs.List(), blob => Assert.NotNull(store.Images.Find(blob)));
    }

    private static ImageRecord Pull(Store store, byte[] tar, byte[] config)
    {
        using StagedLayer layer = store.Layers.Apply(
            new MemoryStream(tar), LayerCompression.Detect, null, null, TestContext.Current.CancellationToken);
        store.Layers.Commit([layer]);
        var image = new ImageRecord(Digest.Of(config), [layer.DiffId], []);
        store.Images.Put(image, config);
        store.Images.SetName("docker.io/library/x:1", image.Id);
        return image;
    }

    private void Watch() => CrashPoint.Observer = point =>
    {
        if (!_copies.ContainsKey(point))
        {
            string copy = $"{_store.Path}/at-{point}";
            using Process process = Process.Start("cp", ["-a", _store.Root, copy]);
            process.WaitForExit();
            Assert.Equal(0, process.ExitCode);
            _copies[point] = copy;
        }
    };
}
