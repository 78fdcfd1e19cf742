using Coracle.Linux;
using Coracle.Oci;
using Coracle.Tar;
using Coracle.Tests.Tar;

namespace Coracle.Tests.Storage;

/// <summary>Whiteout devices may be made by anybody since Linux 5.8; the opaque mark is user.* here unless the tests run as root.</summary>
public sealed class WhiteoutTests : IDisposable
{
    private readonly TemporaryStore _store = new();

    public void Dispose() => _store.Dispose();

    [Fact]
    public void A_whiteout_becomes_the_device_that_overlayfs_knows()
    {
        byte[] tar = new TestTar().File("etc/.wh.gone", "").File(".wh.top", "with a body").ToArray();

        DiffId layer = _store.Add(tar);

        Assert.True(IsWhiteout(layer, "etc", "gone"));
        Assert.True(IsWhiteout(layer, "", "top"));
        Assert.Equal(tar, _store.ReadTar(layer));
    }

    [Theory]
    [InlineData(".wh.")]
    [InlineData(".wh..")]
    [InlineData(".wh...")]
    [InlineData("a/.wh...")]
    [InlineData(".wh./")]
    public void A_whiteout_of_nothing_or_of_a_directory_above_is_refused(string name)
    {
        Assert.Throws<InvalidTarException>(() => _store.Apply(new TestTar().File(name, "").ToArray()));
        Assert.Empty(_store.Staged());
    }

    [Fact]
    public void A_component_that_looks_like_a_whiteout_is_a_plain_directory()
    {
        DiffId layer = _store.Add(new TestTar().File(".wh.d/x", "x").ToArray());

        Assert.Equal("x", File.ReadAllText(_store.Diff(layer) + "/.wh.d/x"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void An_opaque_directory_is_marked_whether_its_files_come_before_or_after(bool before)
    {
        TestTar tar = new TestTar().Directory("d");
        tar = before ? tar.File("d/.wh..wh..opq", "").File("d/f", "x") : tar.File("d/f", "x").File("d/.wh..wh..opq", "");

        DiffId layer = _store.Add(tar.ToArray());

        Assert.True(IsOpaque(layer, "d"));
        Assert.Equal(["f"], Names(layer, "d"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_whiteout_beside_a_directory_of_its_name_makes_that_opaque(bool whiteoutFirst)
    {
        TestTar tar = whiteoutFirst
            ? new TestTar().File(".wh.d", "").Directory("d").File("d/f", "x")
            : new TestTar().Directory("d").File("d/f", "x").File(".wh.d", "");

        DiffId layer = _store.Add(tar.ToArray());

        Assert.True(IsOpaque(layer, "d"));
        Assert.Equal(["f"], Names(layer, "d"));
    }

    [Fact]
    public void A_file_below_what_was_hidden_brings_an_opaque_directory_back()
    {
        DiffId layer = _store.Add(new TestTar().File("a/.wh.d", "").File("a/d/e/f", "x").ToArray());

        Assert.True(IsOpaque(layer, "a/d"));
        Assert.Equal("x", File.ReadAllText(_store.Diff(layer) + "/a/d/e/f"));
    }

    [Fact]
    public void A_file_and_a_whiteout_of_its_name_in_one_layer_are_the_file()
    {
        DiffId layer = _store.Add(new TestTar().File(".wh.a", "").File("a", "x").File("b", "y").File(".wh.b", "").ToArray());

        Assert.Equal("x", File.ReadAllText(_store.Diff(layer) + "/a"));
        Assert.Equal("y", File.ReadAllText(_store.Diff(layer) + "/b"));
    }

    [Fact]
    public void The_notes_of_aufs_are_only_in_the_record()
    {
        byte[] tar = new TestTar().Directory(".wh..wh.plnk").File(".wh..wh.aufs", "note").ToArray();

        DiffId layer = _store.Add(tar);

        Assert.Empty(Names(layer, ""));
        Assert.Equal(tar, _store.ReadTar(layer));
    }

    private bool IsWhiteout(DiffId layer, string directory, string name)
    {
        using DirectoryHandle handle = DirectoryHandle.Open($"{_store.Diff(layer)}/{directory}");
        return handle.Stat(name) is { Kind: FileKind.CharacterDevice, DeviceMajor: 0, DeviceMinor: 0 };
    }

    private bool IsOpaque(DiffId layer, string directory)
    {
        using DirectoryHandle parent = DirectoryHandle.Open($"{_store.Diff(layer)}/{Path.GetDirectoryName(directory)}");
        ReadOnlySpan<byte> name = System.Text.Encoding.UTF8.GetBytes(Path.GetFileName(directory));
        return (parent.GetExtendedAttribute(name, "trusted.overlay.opaque"u8) ?? parent.GetExtendedAttribute(name, "user.overlay.opaque"u8))
            is [(byte)'y'];
    }

    private IEnumerable<string?> Names(DiffId layer, string directory)
        => Directory.EnumerateFileSystemEntries($"{_store.Diff(layer)}/{directory}").Select(Path.GetFileName).Order();
}
