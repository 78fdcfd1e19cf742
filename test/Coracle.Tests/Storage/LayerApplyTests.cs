using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using Coracle.Linux;
using Coracle.Oci;
using Coracle.Storage;
using Coracle.Tar;
using Coracle.Tests.Tar;

namespace Coracle.Tests.Storage;

public sealed class LayerApplyTests : IDisposable
{
    private readonly TemporaryStore _store = new();

    public void Dispose() => _store.Dispose();

    [Fact]
    public void A_layer_is_unpacked_and_gives_its_exact_tar_back()
    {
        byte[] tar = new TestTar().Directory("etc").File("etc/motd", "hello\n").Link("etc/m", "motd").HardLink("etc/n", "etc/motd").ToArray();

        DiffId layer = _store.Add(tar);

        Assert.Equal(Digest.Of(tar), layer.Digest);
        Assert.Equal("hello\n", File.ReadAllText(_store.Diff(layer) + "/etc/n"));
        Assert.Equal("motd", new FileInfo(_store.Diff(layer) + "/etc/m").LinkTarget);
        Assert.Equal(tar, _store.ReadTar(layer));
        Assert.True(_store.Store.Layers.Verify(layer, deep: true).IsIntact);
        Assert.Empty(_store.Staged());
    }

    [Theory]
    [InlineData("../../x", "x")]
    [InlineData("/etc/x", "etc/x")]
    [InlineData("./a/./b", "a/b")]
    [InlineData("a//b", "a/b")]
    [InlineData("a/../../b", "b")]
    public void Names_never_leave_the_layer(string name, string place)
    {
        DiffId layer = _store.Add(new TestTar().File(name, "in").ToArray());

        Assert.Equal("in", File.ReadAllText($"{_store.Diff(layer)}/{place}"));
    }

    [Theory]
    [InlineData("/")]
    [InlineData("/etc")]
    [InlineData("../../../../../../etc")]
    public void A_link_out_of_the_layer_leads_into_it(string target)
    {
        string tar = target.Trim('/', '.');
        DiffId layer = _store.Add(new TestTar().Directory("etc").Link("l", target).File("l/coracle-probe", "in").ToArray());

        Assert.Equal("in", File.ReadAllText($"{_store.Diff(layer)}/{(tar.Length > 0 ? "etc/" : "")}coracle-probe"));
        Assert.False(File.Exists("/etc/coracle-probe"));
        Assert.False(File.Exists("/coracle-probe"));
    }

    [Theory]
    [InlineData("/etc/passwd")]
    [InlineData("../../../etc/passwd")]
    [InlineData("missing")]
    [InlineData("")]
    [InlineData(".wh.gone")]
    public void A_hard_link_needs_its_target_in_this_layer(string target)
    {
        var error = Assert.Throws<LinuxException>(() => _store.Apply(new TestTar().HardLink("x", target).ToArray()));

        Assert.Equal(Errno.ENOENT, error.Errno);
        Assert.Empty(_store.Staged());
    }

    [Fact]
    public void A_hard_link_to_a_symbolic_link_is_the_link_itself()
    {
        DiffId layer = _store.Add(new TestTar().Link("l", "/nowhere").HardLink("h", "l").ToArray());

        Assert.Equal("/nowhere", new FileInfo(_store.Diff(layer) + "/h").LinkTarget);
    }

    [Fact]
    public void A_hard_link_keeps_what_its_target_was_when_that_is_replaced()
    {
        byte[] tar = new TestTar().File("a", "old").HardLink("b", "a").File("a", "new!").ToArray();

        DiffId layer = _store.Add(tar);

        Assert.Equal("old", File.ReadAllText(_store.Diff(layer) + "/b"));
        Assert.Equal("new!", File.ReadAllText(_store.Diff(layer) + "/a"));
        Assert.Equal(tar, _store.ReadTar(layer));
    }

    [Fact]
    public void What_a_later_entry_replaces_is_still_in_the_tar()
    {
        byte[] tar = new TestTar()
            .File("f", "first").File("f", "second").File("f", "first")
            .Directory("d").File("d/deep/x", "lost with its directory").File("d", "a file now")
            .Link("l", "d2").Directory("d2").File("l/y", "written through a link").Directory("l").File("l/y", "written beside it")
            .ToArray();

        DiffId layer = _store.Add(tar);

        Assert.Equal("first", File.ReadAllText(_store.Diff(layer) + "/f"));
        Assert.Equal("a file now", File.ReadAllText(_store.Diff(layer) + "/d"));
        Assert.Equal(tar, _store.ReadTar(layer));
        Assert.True(_store.Store.Layers.Verify(layer, deep: true).IsIntact);
        Assert.Equal(["diff", "record"], Directory.EnumerateFileSystemEntries(_store.Diff(layer) + "/..").Select(Path.GetFileName).Order());
    }

    [Fact]
    public void A_file_in_the_way_of_a_directory_is_replaced_and_a_directory_is_merged()
    {
        DiffId layer = _store.Add(new TestTar().File("a", "x").Directory("a").File("a/b", "y").Directory("a", 0x1C0).ToArray());

        Assert.Equal("y", File.ReadAllText(_store.Diff(layer) + "/a/b"));
        Assert.Equal(0x1C0, TemporaryStore.ModeOf(_store.Diff(layer) + "/a"));
    }

    [Fact]
    public void A_file_is_no_directory_for_others()
    {
        Assert.Throws<LinuxException>(() => _store.Apply(new TestTar().File("a", "x").File("a/b", "y").ToArray()));
        Assert.Empty(_store.Staged());
    }

    [Theory]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("/")]
    [InlineData("a/..")]
    public void A_file_without_a_name_is_refused_and_a_directory_without_one_changes_nothing(string name)
    {
        Assert.Throws<InvalidTarException>(() => _store.Apply(new TestTar().File(name, "x").ToArray()));

        DiffId layer = _store.Add(new TestTar().Directory(name, 0x1C0).ToArray());
        Assert.Equal(0x1ED, TemporaryStore.ModeOf(_store.Diff(layer)));
    }

    [Fact]
    public void Parents_that_the_tar_does_not_name_are_0755()
    {
        DiffId layer = _store.Add(new TestTar().File("a/b/c", "x").ToArray());

        Assert.Equal(0x1ED, TemporaryStore.ModeOf(_store.Diff(layer) + "/a"));
        Assert.Equal(0x1ED, TemporaryStore.ModeOf(_store.Diff(layer) + "/a/b"));
    }

    [Fact]
    public void Modes_and_times_are_exact_those_of_directories_too()
    {
        DiffId layer = _store.Add(new TestTar().Directory("d", 0x3FF).File("d/suid", "x", 0x9ED).Link("d/l", "suid").ToArray());

        using DirectoryHandle diff = DirectoryHandle.Open(_store.Diff(layer));
        using DirectoryHandle d = diff.OpenDirectory("d");
        Assert.Equal(0x3FF, diff.Stat("d").Mode);
        Assert.Equal(0x9ED, d.Stat("suid").Mode);
        foreach (FileStatus status in new[] { diff.Stat("d"), d.Stat("suid"), d.Stat("l") })
        {
            Assert.Equal(1_700_000_000_123_456_789, status.ModifiedNanoseconds);
        }
    }

    [Fact]
    public void Attributes_are_bytes_and_those_of_overlayfs_are_taken_away()
    {
        byte[] value = [0, (byte)'\n', 0xff, 0x80, (byte)'='];
        byte[] tar = new TestTar().File(
            "f", "x"u8.ToArray(), 0x1A4, ("user.mine", value), ("trusted.overlay.redirect", value), ("user.overlay.opaque", value)).ToArray();

        DiffId layer = _store.Add(tar);

        using DirectoryHandle diff = DirectoryHandle.Open(_store.Diff(layer));
        Assert.Equal(value, diff.GetExtendedAttribute("f"u8, "user.mine"u8));
        Assert.Equal(["user.mine"], diff.ListExtendedAttributes("f"u8).Select(Encoding.ASCII.GetString));
        Assert.Equal(tar, _store.ReadTar(layer));
    }

    [Fact]
    public void A_gzip_blob_of_many_members_is_one_tar()
    {
        byte[] tar = new TestTar().File("f", RandomNumberGenerator.GetBytes(300_000)).ToArray();
        byte[] blob = [.. Gzip(tar[..100_000]), .. Gzip([]), .. Gzip(tar[100_000..])];

        using StagedLayer layer = _store.Apply(blob);

        Assert.Equal(Digest.Of(tar), layer.DiffId.Digest);
    }

    [Fact]
    public void A_cut_or_damaged_gzip_blob_is_refused()
    {
        byte[] blob = Gzip(new TestTar().File("f", RandomNumberGenerator.GetBytes(100_000)).ToArray());

        for (int cut = 0; cut < blob.Length; cut += 4999)
        {
            if (cut > 0)
            {
                Assert.ThrowsAny<IOException>(() => _store.Apply(blob[..cut]));
            }

            byte[] damaged = [.. blob];
            damaged[cut] ^= 0x40;
            Assert.ThrowsAny<IOException>(() => _store.Apply(damaged, LayerCompression.Gzip).Dispose());
        }

        Assert.Empty(_store.Staged());
    }

    [Fact]
    public void The_blob_is_read_to_its_end_whatever_follows_the_tar()
    {
        byte[] tar = new TestTar().File("f", "x").ToArray();
        using var blob = new MemoryStream([.. Gzip([.. tar, .. new byte[20_000]]), .. "trailing"u8]);

        using StagedLayer layer = _store.Store.Layers.Apply(blob, LayerCompression.Detect, null, null, TestContext.Current.CancellationToken);
        _store.Store.Layers.Commit([layer]);

        Assert.Equal(blob.Length, blob.Position);
        Assert.Equal([.. tar, .. new byte[20_000]], _store.ReadTar(layer.DiffId));
    }

    [Fact]
    public void A_layer_that_is_not_the_expected_one_leaves_nothing()
    {
        byte[] tar = new TestTar().File("f", "x").ToArray();
        var other = new DiffId(Digest.Of("other"u8));

        Assert.Throws<ContentMismatchException>(() => _store.Store.Layers.Apply(
            new MemoryStream(tar), LayerCompression.None, other, null, TestContext.Current.CancellationToken));

        Assert.Empty(_store.Staged());
        Assert.Empty(_store.Store.Layers.List());
    }

    [Theory]
    [InlineData(new byte[] { 0x28, 0xb5, 0x2f, 0xfd, 0, 0, 0, 0 }, "zstd")]
    [InlineData(new byte[] { (byte)'B', (byte)'Z', (byte)'h', (byte)'9', 0, 0, 0, 0 }, "bzip2")]
    public void Other_compressions_are_named_when_they_are_refused(byte[] blob, string name)
        => Assert.Contains(name, Assert.Throws<LayerFormatException>(() => _store.Apply(blob)).Message, StringComparison.Ordinal);

    [Fact]
    public void Cancelling_leaves_nothing()
    {
        using var cancel = new CancellationTokenSource();
        byte[] tar = new TestTar().File("f", new byte[1_000_000]).ToArray();

        Assert.Throws<OperationCanceledException>(() => _store.Store.Layers.Apply(
            new MemoryStream(tar), LayerCompression.None, null, seen => cancel.Cancel(), cancel.Token));

        Assert.Empty(_store.Staged());
    }

    internal static byte[] Gzip(byte[] content)
    {
        using var bytes = new MemoryStream();
        using (var gzip = new GZipStream(bytes, CompressionLevel.Fastest, leaveOpen: true))
        {
            gzip.Write(content);
        }

        // .NET writes nothing at all for no input.
        return bytes.Length > 0 ? bytes.ToArray() : [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    }
}
