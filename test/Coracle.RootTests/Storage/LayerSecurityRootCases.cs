using System.Text;
using Coracle.Linux;
using Coracle.Runtime;
using Coracle.Storage;
using Coracle.Tar;
using Microsoft.Extensions.Logging.Abstractions;

namespace Coracle.RootTests.Storage;

/// <summary>The layer cases that need root; the list and the rest are in <c>Coracle.Tests/Storage/LayerSecurityCases</c>.</summary>
[Trait("Needs", "root")]
public sealed class LayerSecurityRootCases : IDisposable
{
    private readonly string _path = Directory.CreateTempSubdirectory("coracle-root-cases-").FullName;
    private readonly Store _store;

    public LayerSecurityRootCases() => _store = Store.Open(new StorageOptions(_path + "/root"), TimeProvider.System, NullLogger.Instance);

    public void Dispose()
    {
        Assert.Empty(Directory.EnumerateFileSystemEntries(_path + "/root/staging"));
        _store.Dispose();
        using DirectoryHandle parent = DirectoryHandle.Open(Path.GetDirectoryName(_path)!);
        parent.RemoveTree(Path.GetFileName(_path));
    }

    [Theory]
    [InlineData("/tmp")]
    [InlineData("../../../../../../tmp")]
    [InlineData("/proc/self/root/tmp")]
    public void A_file_through_a_link_of_the_layer_below_makes_a_directory_of_it(string target)
    {
        string lower = Apply(Directory_("tmp"), Link("l", target));
        string upper = Apply(File_("l/coracle-case", "in"));

        See([upper, lower], root =>
        {
            Assert.Equal(FileKind.Directory, root.Stat("l").Kind);
            Assert.Equal(["coracle-case"], Names(root, "l"));
            Assert.Empty(Names(root, "tmp"));
        });
        Assert.False(File.Exists("/tmp/coracle-case"));
    }

    [Fact]
    public void A_directory_that_is_a_link_in_the_next_layer_is_the_link()
    {
        string lower = Apply(Directory_("d"), File_("d/f", "below"), Directory_("etc"), File_("etc/images-own", "x"));
        string upper = Apply(Link("d", "/etc"));

        See([upper, lower], root =>
        {
            Assert.Equal(FileKind.SymbolicLink, root.Stat("d").Kind);
            Assert.Equal(["images-own"], Names(root, "d"));
        });
    }

    [Fact]
    public void What_a_layer_changes_the_type_of_hides_what_was_below()
    {
        string lower = Apply(Directory_("a"), File_("a/f", "below"), File_("b", "below"), Link("c", "b"), Entry("p", TarEntryType.Fifo));
        string upper = Apply(File_("a", "file"), Directory_("b"), File_("b/f", "in b"), File_("c", "file"), Directory_("p"));

        See([upper, lower], root =>
        {
            Assert.Equal((FileKind.File, FileKind.Directory, FileKind.File, FileKind.Directory), (root.Stat("a").Kind, root.Stat("b").Kind, root.Stat("c").Kind, root.Stat("p").Kind));
            Assert.Equal(["f"], Names(root, "b"));
        });
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Whiteouts_and_opaque_marks_hide_the_layer_below_in_any_order(bool marksFirst)
    {
        string lower = Apply(Directory_("d"), File_("d/old", "x"), Directory_("e"), File_("e/old", "x"), File_("gone", "x"), Directory_("kept"), File_("kept/old", "x"));
        TarEntry[] marks = [File_("d/.wh..wh..opq", ""), File_(".wh.e", ""), File_(".wh.gone", ""), File_("kept/.wh.nothing", "")];
        TarEntry[] files = [File_("d/new", "x"), File_("e/new", "x"), File_("kept/new", "x")];
        string upper = Apply(marksFirst ? [.. marks, .. files] : [.. files, .. marks]);

        See([upper, lower], root =>
        {
            Assert.Equal(["new"], Names(root, "d"));
            Assert.Equal(["new"], Names(root, "e"));
            Assert.Equal(["new", "old"], Names(root, "kept"));
            Assert.False(root.Exists("gone"));
        });
    }

    /// <summary>A whiteout may not reach what the layer does not name: the directory above, or one that a link leads to.</summary>
    [Fact]
    public void A_whiteout_through_a_link_hides_nothing_of_another_directory_of_the_layer_below()
    {
        string lower = Apply(Directory_("etc"), File_("etc/passwd", "x"), Link("l", "etc"));
        string upper = Apply(File_("l/.wh.passwd", ""));

        See([upper, lower], root => Assert.Equal(["passwd"], Names(root, "etc")));
    }

    [Fact]
    public void Setuid_setgid_and_sticky_are_set_after_the_owner()
    {
        using DirectoryHandle diff = Open(Apply(
            File_("s", "x", 0x9ED, 1234), File_("g", "x", 0x5ED, 1234), Directory_("t", 0x3FF, 1234), File_("target", "x", 0x1ED, 1234), Hard("h", "target", 0xDED)));

        Assert.Equal((0x9ED, 0x5ED, 0x3FF, 0xDED), (diff.Stat("s").Mode, diff.Stat("g").Mode, diff.Stat("t").Mode, diff.Stat("target").Mode));
        Assert.Equal((1234u, 1234u, 1234u), (diff.Stat("s").Uid, diff.Stat("g").Uid, diff.Stat("t").Uid));
    }

    [Theory]
    [InlineData("0100000200200000000000000000000000000000")] // revision 2
    [InlineData("0100000300200000000000000000000000000000a0860100")] // revision 3, of the user namespace whose root is 100000
    public void File_capabilities_are_kept_though_chown_clears_them(string hex)
    {
        byte[] capability = Convert.FromHexString(hex);
        TarEntry file = File_("f", "x", 0x1ED, 1234);
        file.Xattrs.Add(new TarXattr("security.capability"u8.ToArray(), capability));
        using DirectoryHandle diff = Open(Apply(file));

        // The kernel shows revision 3 to the initial namespace as it is, with its root.
        Assert.Equal(capability, diff.GetExtendedAttribute("f"u8, "security.capability"u8));
    }

    [Fact]
    public void Devices_and_fifos_are_nodes_and_a_size_is_no_body()
    {
        TarEntry null_ = Entry("null", TarEntryType.CharacterDevice);
        (null_.DeviceMajor, null_.DeviceMinor, null_.Mode) = (1, 3, 0x1B6);
        TarEntry disk = Entry("disk", TarEntryType.BlockDevice);
        (disk.DeviceMajor, disk.DeviceMinor) = (0xfff, 0xfffff);
        null_.Size = disk.Size = 512;
        using DirectoryHandle diff = Open(Apply(null_, disk, Entry("fifo", TarEntryType.Fifo), File_("after", "x")));

        Assert.Equal((FileKind.CharacterDevice, 1u, 3u), (diff.Stat("null").Kind, diff.Stat("null").DeviceMajor, diff.Stat("null").DeviceMinor));
        Assert.Equal((FileKind.BlockDevice, 0xfffu, 0xfffffu), (diff.Stat("disk").Kind, diff.Stat("disk").DeviceMajor, diff.Stat("disk").DeviceMinor));
        Assert.Equal((FileKind.Fifo, FileKind.File), (diff.Stat("fifo").Kind, diff.Stat("after").Kind));
    }

    /// <summary>That device is overlayfs's own whiteout, in a tar as on disk; Docker unpacks it the same way. No host file is behind it.</summary>
    [Fact]
    public void The_device_0_0_hides_and_is_not_linked()
    {
        string lower = Apply(File_("f", "below"));
        string upper = Apply(Entry("f", TarEntryType.CharacterDevice));
        See([upper, lower], root => Assert.False(root.Exists("f")));

        Assert.Equal(Errno.ENOENT, Assert.Throws<LinuxException>(() => Apply(Entry("f", TarEntryType.CharacterDevice), Hard("g", "f", 0x1A4))).Errno);
    }

    [Fact]
    public void No_attribute_of_overlayfs_gets_in_and_none_is_followed()
    {
        string lower = Apply(Directory_("etc"), File_("etc/shadow", "secret"), File_("secret", "secret"));
        TarEntry redirect = Directory_("d"), metacopy = File_("m", ""), opaque = Directory_("etc"), user = Directory_("u");
        Add(redirect, "trusted.overlay.redirect", "/etc");
        Add(metacopy, "trusted.overlay.metacopy", "");
        Add(metacopy, "trusted.overlay.redirect", "/secret");
        Add(opaque, "trusted.overlay.opaque", "y");
        Add(user, "user.overlay.redirect", "/etc");
        string upper = Apply(redirect, metacopy, opaque, user);

        See([upper, lower], root =>
        {
            Assert.Empty(Names(root, "d"));
            Assert.Empty(Names(root, "u"));
            Assert.Equal(0, root.Stat("m").Size);
            Assert.Equal(["shadow"], Names(root, "etc"));
        });
    }

    private static void Add(TarEntry entry, string name, string value)
        => entry.Xattrs.Add(new TarXattr(Encoding.ASCII.GetBytes(name), Encoding.ASCII.GetBytes(value)));

    private static void See(IReadOnlyList<string> layers, Action<DirectoryHandle> look) => ImageView.Visit(layers, look);

    private static DirectoryHandle Open(string path) => DirectoryHandle.Open(path);

    private static string[] Names(DirectoryHandle root, string path)
    {
        using DirectoryHandle directory = root.OpenInside(Encoding.UTF8.GetBytes(path));
        return [.. directory.List().Order(StringComparer.Ordinal)];
    }

    /// <returns>The layer's diff directory.</returns>
    private string Apply(params TarEntry[] entries)
    {
        using var tar = new MemoryStream();
        var writer = new TarWriter(tar);
        foreach (TarEntry entry in entries)
        {
            byte[] body = entry.Type == TarEntryType.File ? _bodies[entry] : [];
            writer.WriteHeader(entry);
            writer.Write(body);
        }

        writer.Complete();
        tar.Position = 0;
        using StagedLayer layer = _store.Layers.Apply(tar, LayerCompression.None, null, null, TestContext.Current.CancellationToken);
        _store.Layers.Commit([layer]);
        Assert.True(_store.Layers.Verify(layer.DiffId, deep: true).IsIntact);
        return _store.Layers.Find(layer.DiffId)!.DiffDirectory;
    }

    private readonly Dictionary<TarEntry, byte[]> _bodies = [];

    private TarEntry File_(string name, string content, int mode = 0x1A4, uint owner = 0)
    {
        TarEntry entry = Entry(name, TarEntryType.File);
        (entry.Mode, entry.Uid, entry.Gid, entry.Size) = (mode, owner, owner, content.Length);
        _bodies[entry] = Encoding.UTF8.GetBytes(content);
        return entry;
    }

    private static TarEntry Directory_(string name, int mode = 0x1ED, uint owner = 0)
    {
        TarEntry entry = Entry(name, TarEntryType.Directory);
        (entry.Mode, entry.Uid, entry.Gid) = (mode, owner, owner);
        return entry;
    }

    private static TarEntry Link(string name, string target) => Entry(name, TarEntryType.SymbolicLink, target);

    private static TarEntry Hard(string name, string target, int mode)
    {
        TarEntry entry = Entry(name, TarEntryType.HardLink, target);
        (entry.Mode, entry.Uid, entry.Gid) = (mode, 1234, 1234);
        return entry;
    }

    private static TarEntry Entry(string name, TarEntryType type, string target = "") => new()
    {
        Name = Encoding.UTF8.GetBytes(name),
        LinkName = Encoding.UTF8.GetBytes(target),
        Type = type,
        Mode = 0x1A4,
        ModifiedAt = new TarTime(1_700_000_000, 0),
    };
}
