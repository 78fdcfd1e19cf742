using System.Text;
using Coracle.Linux;
using Coracle.Storage;
using Coracle.Tar;
using Microsoft.Extensions.Logging.Abstractions;

namespace Coracle.RootTests.Storage;

/// <summary>What only root may give a file: owners, devices, trusted attributes, file capabilities.</summary>
[Trait("Needs", "root")]
public sealed class LayerAttributeTests : IDisposable
{
    /// <summary>Version 2, permitted cap_net_raw, effective: what <c>setcap cap_net_raw+ep</c> writes.</summary>
    private static readonly byte[] _capability = [1, 0, 0, 2, 0, 0x20, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];

    private readonly string _path = Directory.CreateTempSubdirectory("coracle-root-store-").FullName;
    private readonly Store _store;

    public LayerAttributeTests() => _store = Store.Open(new StorageOptions(_path + "/root"), TimeProvider.System, NullLogger.Instance);

    public void Dispose()
    {
        _store.Dispose();
        using DirectoryHandle parent = DirectoryHandle.Open(Path.GetDirectoryName(_path)!);
        parent.RemoveTree(Path.GetFileName(_path));
    }

    [Fact]
    public void Setuid_and_capabilities_survive_a_foreign_owner()
    {
        TarEntry file = Entry("ping", TarEntryType.File, 0xDED, 1234, 5678);
        file.Xattrs.Add(new TarXattr("security.capability"u8.ToArray(), _capability));
        using DirectoryHandle diff = Apply(file, Entry("dir", TarEntryType.Directory, 0x7ED, 1234, 5678), Entry("link", TarEntryType.SymbolicLink, 0x1FF, 7, 8));

        FileStatus status = diff.Stat("ping");
        Assert.Equal((0xDED, 1234u, 5678u), (status.Mode, status.Uid, status.Gid));
        Assert.Equal(_capability, diff.GetExtendedAttribute("ping"u8, "security.capability"u8));
        Assert.Equal((0x7ED, 1234u), (diff.Stat("dir").Mode, diff.Stat("dir").Uid));
        Assert.Equal((7u, 8u), (diff.Stat("link").Uid, diff.Stat("link").Gid));
    }

    [Fact]
    public void Devices_and_fifos_are_made_as_they_are_named()
    {
        TarEntry character = Entry("null", TarEntryType.CharacterDevice, 0x1B6, 0, 0);
        (character.DeviceMajor, character.DeviceMinor) = (1, 3);
        TarEntry block = Entry("disk", TarEntryType.BlockDevice, 0x1B0, 0, 6);
        (block.DeviceMajor, block.DeviceMinor) = (259, 70_000);
        using DirectoryHandle diff = Apply(character, block, Entry("fifo", TarEntryType.Fifo, 0x180, 5, 5));

        Assert.Equal((FileKind.CharacterDevice, 1u, 3u, 0x1B6), Node(diff.Stat("null")));
        Assert.Equal((FileKind.BlockDevice, 259u, 70_000u, 0x1B0), Node(diff.Stat("disk")));
        Assert.Equal(FileKind.Fifo, diff.Stat("fifo").Kind);
    }

    [Fact]
    public void An_image_cannot_speak_to_overlayfs_and_opaque_is_ours_alone()
    {
        TarEntry directory = Entry("d", TarEntryType.Directory, 0x1ED, 0, 0);
        directory.Xattrs.Add(new TarXattr("trusted.overlay.redirect"u8.ToArray(), "/etc"u8.ToArray()));
        directory.Xattrs.Add(new TarXattr("trusted.other"u8.ToArray(), "kept"u8.ToArray()));
        using DirectoryHandle diff = Apply(directory, Entry("d/.wh..wh..opq", TarEntryType.File, 0x1A4, 0, 0));

        Assert.Null(diff.GetExtendedAttribute("d"u8, "trusted.overlay.redirect"u8));
        Assert.Equal("kept"u8.ToArray(), diff.GetExtendedAttribute("d"u8, "trusted.other"u8));
        Assert.Equal("y"u8.ToArray(), diff.GetExtendedAttribute("d"u8, "trusted.overlay.opaque"u8));
    }

    [Fact]
    public void Parents_that_the_tar_does_not_name_are_roots_even_below_a_setgid_directory()
    {
        using DirectoryHandle diff = Apply(Entry("d", TarEntryType.Directory, 0x5ED, 9, 9), Entry("d/e/f", TarEntryType.Fifo, 0x1A4, 9, 9));

        using DirectoryHandle d = diff.OpenDirectory("d");
        FileStatus made = d.Stat("e");
        Assert.Equal((0x1ED, 0u, 0u), (made.Mode, made.Uid, made.Gid));
    }

    private DirectoryHandle Apply(params TarEntry[] entries)
    {
        using var tar = new MemoryStream();
        var writer = new TarWriter(tar);
        foreach (TarEntry entry in entries)
        {
            writer.WriteHeader(entry);
        }

        writer.Complete();
        tar.Position = 0;
        using StagedLayer layer = _store.Layers.Apply(tar, LayerCompression.Detect, null, null, TestContext.Current.CancellationToken);
        _store.Layers.Commit([layer]);
        Assert.True(_store.Layers.Verify(layer.DiffId, deep: true).IsIntact);
        return DirectoryHandle.Open(_store.Layers.Find(layer.DiffId)!.DiffDirectory);
    }

    private static (FileKind Kind, uint Major, uint Minor, int Mode) Node(FileStatus status)
        => (status.Kind, status.DeviceMajor, status.DeviceMinor, status.Mode);

    private static TarEntry Entry(string name, TarEntryType type, int mode, uint uid, uint gid) => new()
    {
        Name = Encoding.UTF8.GetBytes(name),
        LinkName = "target"u8.ToArray(),
        Type = type,
        Mode = mode,
        Uid = uid,
        Gid = gid,
        ModifiedAt = new TarTime(1_700_000_000, 0),
    };
}
