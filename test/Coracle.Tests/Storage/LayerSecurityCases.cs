using System.Diagnostics;
using System.Text;
using Coracle.Linux;
using Coracle.Oci;
using Coracle.Storage;
using Coracle.Tar;
using Coracle.Tests.Tar;
using Microsoft.Extensions.Logging.Abstractions;
using static Coracle.Tests.Tar.RawTar;

namespace Coracle.Tests.Storage;

/// <summary>
/// The layer cases that every engine must survive, one test each, in the order of the list. What needs root (owners, devices, trusted
/// attributes, two layers under overlayfs) is in <c>Coracle.RootTests/Storage/LayerSecurityRootCases</c>; what goes through a registry
/// in <c>Coracle.E2E/Images/LayerSecurityTests</c>.
/// </summary>
/// <remarks>
/// Names: <c>../../x</c>, absolute, <c>./</c>, empty, loops, too long. Links: a link and then a file through it; hard links to outside, to a
/// link, to what is replaced. Whiteouts. Types that change. Headers: PAX overrides, GNU long names, sparse, sizes. Streams: cut, trailing
/// bytes, bombs, members, digests.
/// </remarks>
[System.Runtime.Versioning.SupportedOSPlatform("linux")]
public sealed class LayerSecurityCases : IDisposable
{
    private readonly TemporaryStore _store = new();

    public void Dispose()
    {
        Assert.Empty(_store.Staged()); // whatever was refused left nothing
        _store.Dispose();
    }

    [Theory]
    [InlineData("../../x", "x")]
    [InlineData("../../../../../../../../tmp/coracle-case", "tmp/coracle-case")]
    [InlineData("a/../../../x", "x")]
    [InlineData("..", null)]
    [InlineData("/../..", null)]
    [InlineData("a/..", null)]
    public void Dot_dot_stops_at_the_root_of_the_layer(string name, string? place) => CheckPlace(name, place);

    [Theory]
    [InlineData("/etc/coracle-case", "etc/coracle-case")]
    [InlineData("//etc//coracle-case", "etc/coracle-case")]
    public void An_absolute_name_is_one_in_the_layer(string name, string place) => CheckPlace(name, place);

    [Theory]
    [InlineData("/tmp", "tmp")]
    [InlineData("../../../../../../tmp", "tmp")]
    [InlineData("/proc/self/root/tmp", "proc/self/root/tmp")]
    [InlineData("/proc/self/cwd", "proc/self/cwd")]
    [InlineData("/proc/self/fd/0", "proc/self/fd/0")]
    [InlineData("d/../../../../tmp", "tmp")]
    public void A_file_through_a_link_of_the_same_layer_stays_in_the_layer(string target, string place)
    {
        TestTar directories = new TestTar().Directory("d").Directory("tmp").Directory("proc/self/root/tmp").Directory("proc/self/cwd").Directory("proc/self/fd/0");
        byte[] tar = directories.Link("l", target).File("l/coracle-case", "in").ToArray();
        DiffId layer = _store.Add(tar);

        Assert.Equal("in", File.ReadAllText($"{_store.Diff(layer)}/{place}/coracle-case"));
        Assert.False(File.Exists("/tmp/coracle-case"));
        Assert.False(File.Exists(Environment.CurrentDirectory + "/coracle-case"));
        Assert.Equal(tar, _store.ReadTar(layer));
    }

    /// <summary>As Moby: it makes parents that are missing, not what a link misses.</summary>
    [Theory]
    [InlineData("/tmp")]
    [InlineData("/proc/self/cwd")]
    [InlineData("nothing")]
    public void A_file_through_a_link_to_nothing_of_this_layer_is_refused(string target)
    {
        Assert.Equal(Errno.ENOENT, Refused<LinuxException>(new TestTar().Link("l", target).File("l/coracle-case", "in").ToArray()).Errno);
        Assert.False(File.Exists("/tmp/coracle-case"));
    }

    [Fact]
    public void The_last_component_is_never_followed()
    {
        DiffId layer = _store.Add(new TestTar().Link("l", "/tmp/coracle-case").File("l", "a file now").ToArray());

        Assert.Equal("a file now", File.ReadAllText(_store.Diff(layer) + "/l"));
        Assert.False(File.Exists("/tmp/coracle-case"));
    }

    [Fact]
    public void A_directory_that_becomes_a_link_takes_what_follows_into_the_layer()
    {
        byte[] tar = new TestTar().Directory("tmp").Directory("d").File("d/f", "first").Link("d", "/tmp").File("d/coracle-case", "in").ToArray();
        DiffId layer = _store.Add(tar);

        Assert.Equal("in", File.ReadAllText(_store.Diff(layer) + "/tmp/coracle-case"));
        Assert.False(File.Exists("/tmp/coracle-case"));
        Assert.Equal(tar, _store.ReadTar(layer));
    }

    [Fact]
    public void Links_that_lead_in_a_circle_are_an_error_and_no_hang()
        => Assert.Equal(Errno.ELOOP, Refused<LinuxException>(new TestTar().Link("a", "b").Link("b", "a").File("a/f", "x").ToArray()).Errno);

    [Theory]
    [InlineData("/etc/passwd")]
    [InlineData("../../../../etc/passwd")]
    [InlineData("l/passwd")]
    [InlineData("")]
    [InlineData("..")]
    public void A_hard_link_to_outside_finds_nothing(string target)
        => Assert.Equal(Errno.ENOENT, Refused<LinuxException>(new TestTar().Directory("etc").Link("l", "/etc").HardLink("h", target).ToArray()).Errno);

    [Fact]
    public void A_hard_link_to_a_link_is_that_link_and_writes_go_into_the_layer()
    {
        DiffId layer = _store.Add(new TestTar().Directory("tmp").Link("l", "/tmp").HardLink("h", "l").File("h/coracle-case", "in").ToArray());

        Assert.Equal("in", File.ReadAllText(_store.Diff(layer) + "/tmp/coracle-case"));
        Assert.False(File.Exists("/tmp/coracle-case"));
    }

    /// <summary>The header of a hard link sets attributes once more: through a link it would be somebody else's file.</summary>
    [Fact]
    public void A_hard_link_to_a_link_changes_nothing_outside()
    {
        string outside = _store.Path + "/outside";
        File.WriteAllText(outside, "x");
        File.SetUnixFileMode(outside, UnixFileMode.UserRead);
        DateTime before = File.GetLastWriteTimeUtc(outside);
        _store.Add(new TestTar().Link("l", outside).HardLink("h", "l").ToArray());

        Assert.Equal((UnixFileMode.UserRead, before), (File.GetUnixFileMode(outside), File.GetLastWriteTimeUtc(outside)));
    }

    [Fact]
    public void A_hard_link_to_a_target_that_is_replaced_keeps_the_old_content()
    {
        byte[] tar = new TestTar().File("a", "old").HardLink("h", "a").Link("a", "/etc/passwd").HardLink("g", "a").ToArray();
        DiffId layer = _store.Add(tar);

        Assert.Equal("old", File.ReadAllText(_store.Diff(layer) + "/h"));
        Assert.Equal("/etc/passwd", new FileInfo(_store.Diff(layer) + "/g").LinkTarget);
        Assert.Equal(tar, _store.ReadTar(layer));
    }

    [Fact]
    public void A_hard_link_to_itself_or_to_a_directory_is_refused()
    {
        Assert.Equal(Errno.ENOENT, Refused<LinuxException>(new TestTar().HardLink("a", "a").ToArray()).Errno);
        Assert.Equal(Errno.EPERM, Refused<LinuxException>(new TestTar().Directory("d").HardLink("a", "d").ToArray()).Errno);
        // The name is made free first, as Moby does: then there is nothing to link.
        Assert.Equal(Errno.ENOENT, Refused<LinuxException>(new TestTar().File("a", "x").HardLink("a", "a").ToArray()).Errno);
    }

    [Theory]
    [InlineData(".wh...")] // of ..
    [InlineData("a/.wh...")]
    [InlineData("a/b/../.wh...")]
    [InlineData(".wh..")] // of .
    [InlineData(".wh.")] // of nothing
    [InlineData("a/.wh./")]
    public void A_whiteout_of_nothing_of_the_directory_or_of_the_one_above_is_refused(string name)
        => Refused<InvalidTarException>(new TestTar().Directory("a").Directory("a/b").File(name, "").ToArray());

    [Theory]
    [InlineData(".wh.a/b")]
    [InlineData(".wh../b")]
    [InlineData(".wh.../b")]
    public void A_whiteout_with_a_slash_is_a_name_in_a_directory(string name)
    {
        DiffId layer = _store.Add(new TestTar().File(name, "x").ToArray());

        Assert.Equal("x", File.ReadAllText($"{_store.Diff(layer)}/{name}"));
    }

    [Fact]
    public void A_whiteout_through_a_link_hides_in_the_layer()
    {
        DiffId layer = _store.Add(new TestTar().Directory("tmp").Link("l", "/tmp").File("l/.wh.coracle-case", "").File("l/.wh..wh..opq", "").ToArray());

        Assert.Equal([_store.Diff(layer) + "/tmp/coracle-case"], Directory.EnumerateFileSystemEntries(_store.Diff(layer) + "/tmp"));
    }

    [Theory]
    [InlineData("opq a b")]
    [InlineData("a opq b")]
    [InlineData("a b opq")]
    [InlineData("opq a opq b opq")]
    public void An_opaque_mark_before_between_or_behind_its_siblings_says_the_same(string order)
    {
        TestTar tar = new TestTar().Directory("d");
        foreach (string word in order.Split(' '))
        {
            tar = word == "opq" ? tar.File("d/.wh..wh..opq", "") : tar.File("d/" + word, word);
        }

        DiffId layer = _store.Add(tar.ToArray());

        Assert.True(IsOpaque(layer, "d"));
        Assert.Equal(["a", "b"], Directory.EnumerateFileSystemEntries(_store.Diff(layer) + "/d").Select(Path.GetFileName).Order());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_whiteout_of_the_parent_of_a_file_of_this_layer_hides_the_lower_layers_only(bool first)
    {
        TestTar tar = first ? new TestTar().File("a/.wh.d", "").File("a/d/f", "x") : new TestTar().File("a/d/f", "x").File("a/.wh.d", "");
        byte[] bytes = tar.ToArray();
        DiffId layer = _store.Add(bytes);

        Assert.Equal("x", File.ReadAllText(_store.Diff(layer) + "/a/d/f"));
        Assert.True(IsOpaque(layer, "a/d"));
        Assert.Equal(bytes, _store.ReadTar(layer));
    }

    /// <summary>All 42 changes in one layer.</summary>
    [Fact]
    public void An_entry_may_become_any_other_in_one_layer()
    {
        string[] types = ["file", "directory", "link", "hardlink", "fifo", "whiteout", "sparse"];
        (string From, string To)[] changes = [.. types.SelectMany(from => types.Where(to => to != from).Select(to => (from, to)))];
        byte[] tar = [.. Entry("other", "file"), .. changes.SelectMany(change => (byte[])[.. Entry(change.From + change.To, change.From), .. Entry(change.From + change.To, change.To)]), .. End];
        DiffId layer = _store.Add(tar);

        using DirectoryHandle diff = DirectoryHandle.Open(_store.Diff(layer));
        foreach ((string from, string to) in changes)
        {
            // Whiteouts are about lower layers: what this layer has stays.
            FileKind expected = (to == "whiteout" ? from : to) switch
            {
                "directory" => FileKind.Directory,
                "link" => FileKind.SymbolicLink,
                "fifo" => FileKind.Fifo,
                _ => FileKind.File,
            };
            Assert.True(expected == diff.Stat(from + to).Kind, $"{from} that becomes {to}");
        }

        Assert.Equal(tar, _store.ReadTar(layer));
        Assert.True(_store.Store.Layers.Verify(layer, deep: true).IsIntact);
    }

    [Fact]
    public void Attributes_of_overlayfs_are_left_out_and_the_others_kept()
    {
        byte[] y = "y"u8.ToArray();
        byte[] tar = new TestTar().File(
            "f", [], 0x1A4, ("user.overlay.redirect", "/etc"u8.ToArray()), ("user.overlay.opaque", y), ("trusted.overlay.metacopy", y),
            ("trusted.overlay.overlay.opaque", y), ("user.overlayed", y)).ToArray();
        DiffId layer = _store.Add(tar);

        using DirectoryHandle diff = DirectoryHandle.Open(_store.Diff(layer));
        Assert.Equal(["user.overlayed"], diff.ListExtendedAttributes("f"u8).Select(Encoding.ASCII.GetString));
        Assert.Equal(tar, _store.ReadTar(layer));
    }

    [Fact]
    public void An_attribute_whose_name_holds_a_NUL_is_refused()
        => Refused<InvalidTarException>([.. Pax(("SCHILY.xattr.user.a\0b", "x")), .. Block("f", '0', 0), .. End]);

    [Theory]
    [InlineData("../../../../tmp/coracle-case", "tmp/coracle-case")]
    [InlineData("/tmp/coracle-case", "tmp/coracle-case")]
    public void Names_of_PAX_and_GNU_headers_are_as_little_believed(string name, string place)
    {
        byte[] body = "in"u8.ToArray();
        foreach (byte[] header in new[]
        {
            Pax(("path", name)), Extended('L', name + "\0"),
            Pax(("GNU.sparse.name", name), ("GNU.sparse.size", "2"), ("GNU.sparse.numblocks", "1"), ("GNU.sparse.map", "0,2")),
        })
        {
            byte[] tar = [.. header, .. FileEntry("harmless", body), .. End];
            DiffId layer = _store.Add(tar);
            Assert.Equal("in", File.ReadAllText($"{_store.Diff(layer)}/{place}"));
            Assert.Equal(tar, _store.ReadTar(layer));
            Assert.False(File.Exists("/tmp/coracle-case"));
        }
    }

    /// <summary>Two readers that do not agree about a size see two different archives (CVE-2007-4131's cousins; "tar smuggling").</summary>
    [Fact]
    public void The_size_of_a_PAX_header_is_the_size()
    {
        byte[] inner = [.. Block("smuggled", '0', 0), .. new byte[512]];
        byte[] tar = [.. Pax(("size", $"{inner.Length}")), .. Block("f", '0', 0), .. inner, .. End];
        DiffId layer = _store.Add(tar);

        Assert.Equal(["f"], Directory.EnumerateFileSystemEntries(_store.Diff(layer)).Select(Path.GetFileName));
        Assert.Equal(inner, File.ReadAllBytes(_store.Diff(layer) + "/f"));
        Assert.Equal(tar, _store.ReadTar(layer));
    }

    [Fact]
    public void A_size_on_an_entry_without_a_body_is_no_body()
    {
        foreach (char type in "12356")
        {
            byte[] tar = [.. FileEntry("t", "x"u8.ToArray()), .. Block("e", type, 512, link: "t"), .. FileEntry("after", "y"u8.ToArray()), .. End];
            if (type is '3')
            {
                continue; // needs root: LayerSecurityRootCases
            }

            DiffId layer = _store.Add(tar);
            Assert.Equal("y", File.ReadAllText(_store.Diff(layer) + "/after"));
            Assert.Equal(tar, _store.ReadTar(layer));
        }
    }

    [Theory]
    [InlineData("\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff")] // -1
    [InlineData("\u00ff\u0080\u0000\u0000\u0000\u0000\u0000\u0000\u0000\u0000\u0000\u0000")] // below 64 bits
    [InlineData("\u0080\u0000\u0000\u0000\u007f\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff")] // 2^63-1
    [InlineData("\u0080\u0001\u0000\u0000\u0000\u0000\u0000\u0000\u0000\u0000\u0000\u0000")] // 2^80
    [InlineData("-0000000001")]
    public void A_negative_or_huge_size_is_refused(string size) => Refused<InvalidTarException>([.. Block("f", '0', size), .. End]);

    [Fact]
    public void A_size_beyond_the_stream_is_refused() => Refused<InvalidTarException>([.. Block("f", '0', 1L << 32), .. End]);

    [Fact]
    public void A_tar_cut_anywhere_is_never_the_layer_that_was_expected()
    {
        byte[] tar = [.. new TestTar().Directory("d").File("d/f", new byte[1500]).Link("l", new string('t', 150)).HardLink("h", "d/f").ToArray()];
        for (int cut = 0; cut < tar.Length; cut += 37)
        {
            Assert.ThrowsAny<IOException>(() => _store.Store.Layers.Apply(
                new MemoryStream(tar[..cut]), LayerCompression.None, new DiffId(Digest.Of(tar)), null, TestContext.Current.CancellationToken));
        }

        Assert.Empty(_store.Store.Layers.List());
    }

    /// <summary>Docker keeps what follows the end mark as part of the layer; so do we, up to a bound.</summary>
    [Fact]
    public void What_follows_the_end_of_the_tar_is_kept_and_not_read_as_entries()
    {
        byte[] tar = [.. new TestTar().File("f", "x").ToArray(), .. FileEntry("hidden", "y"u8.ToArray()), .. Encoding.ASCII.GetBytes(new string('g', 1000))];
        DiffId layer = _store.Add(tar);

        Assert.Equal(["f"], Directory.EnumerateFileSystemEntries(_store.Diff(layer)).Select(Path.GetFileName));
        Assert.Equal(tar, _store.ReadTar(layer));
    }

    [Fact]
    public void Of_duplicate_names_the_last_one_counts_and_the_tar_has_all()
    {
        byte[] tar = new TestTar().File("f", "one").File("./f", "two").File("/f", "three").File("d/../f", "four").ToArray();
        DiffId layer = _store.Add(tar);

        Assert.Equal("four", File.ReadAllText(_store.Diff(layer) + "/f"));
        Assert.Equal(tar, _store.ReadTar(layer));
    }

    [Theory]
    [InlineData("./", 0x1C0)]
    [InlineData(".", 0x1C0)]
    [InlineData("", 0x1C0)]
    [InlineData("/", 0x1C0)]
    public void The_roots_own_entry_changes_nothing_and_a_file_of_that_name_is_refused(string name, int mode)
    {
        DiffId layer = _store.Add(new TestTar().Directory(name, mode).File("./f", "x").ToArray());
        Assert.Equal(0x1ED, TemporaryStore.ModeOf(_store.Diff(layer)));

        Refused<InvalidTarException>(new TestTar().File(name, "x").ToArray());
    }

    [Fact]
    public void A_name_or_a_path_that_is_too_long_is_refused()
    {
        Assert.Equal(Errno.ENAMETOOLONG, Refused<LinuxException>(new TestTar().File(new string('n', 256), "x").ToArray()).Errno);
        Refused<LinuxException>(new TestTar().File(string.Join('/', Enumerable.Repeat(new string('n', 200), 30)) + "/f", "x").ToArray());
    }

    [Theory]
    [InlineData("gzip -9")]
    [InlineData("zstd -q -19")]
    [InlineData("xz")]
    [InlineData("bzip2")]
    public void A_bomb_ends_where_the_reserve_of_the_disk_begins_and_leaves_nothing(string tool)
    {
        string blob = Shell($"(head -c 512 {HeaderOf('0', 1L << 40)}; head -c 40000000 /dev/zero) | {tool} > {_store.Path}/bomb");
        using Store store = Store.Open(new StorageOptions(_store.Path + "/small", ReserveBytes: long.MaxValue), TimeProvider.System, NullLogger.Instance);
        using FileStream stream = File.OpenRead(blob);
        LinuxException full = Assert.Throws<LinuxException>(() => store.Layers.Apply(stream, LayerCompression.Detect, null, null, TestContext.Current.CancellationToken));

        Assert.Equal(Errno.ENOSPC, full.Errno);
        Assert.Empty(Directory.EnumerateFileSystemEntries(_store.Path + "/small/staging"));
    }

    /// <summary>Bytes that become no file have bounds of their own: behind the end, and in headers.</summary>
    [Fact]
    public void A_bomb_that_is_no_file_ends_at_its_bound()
    {
        string trailer = Shell($"(cat {HeaderOf('0', 0)}; head -c 100000000 /dev/zero) | gzip -1 > {_store.Path}/trailer");
        Assert.Contains("follow the end", RefusedFile<InvalidTarException>(trailer).Message, StringComparison.Ordinal);

        string header = Shell($"(cat {HeaderOf('x', 1L << 30)}; head -c 100000000 /dev/zero) | gzip -1 > {_store.Path}/header");
        Assert.Contains("extended header", RefusedFile<InvalidTarException>(header).Message, StringComparison.Ordinal);

        byte[] noise = new byte[20 << 20];
        new Random(8).NextBytes(noise);
        Refused<RecordTooLargeException>(new TestTar().File(".wh.x", noise).ToArray());
    }

    [Fact]
    public void A_layer_of_another_digest_than_the_configuration_says_is_refused()
    {
        byte[] tar = new TestTar().File("f", "x").ToArray();
        Assert.Throws<ContentMismatchException>(() => _store.Store.Layers.Apply(
            new MemoryStream(tar), LayerCompression.Detect, new DiffId(Digest.Of("other"u8)), null, TestContext.Current.CancellationToken));
    }

    [Fact]
    public void A_gzip_blob_of_many_members_is_one_tar()
    {
        byte[] tar = new TestTar().File("f", new byte[100_000]).ToArray();
        DiffId layer = _store.Add([.. LayerApplyTests.Gzip(tar[..700]), .. LayerApplyTests.Gzip([]), .. LayerApplyTests.Gzip(tar[700..])]);

        Assert.Equal(Digest.Of(tar), layer.Digest);
    }

    [Fact]
    public void A_gzip_blob_cut_anywhere_is_refused()
    {
        byte[] blob = LayerApplyTests.Gzip(new TestTar().File("f", Encoding.ASCII.GetBytes(string.Join(' ', Enumerable.Range(0, 9000)))).ToArray());
        for (int cut = 1; cut < blob.Length; cut += 97)
        {
            Refused<IOException>(blob[..cut], any: true);
        }
    }

    private static byte[] Entry(string name, string type) => type switch
    {
        "file" => FileEntry(name, Encoding.ASCII.GetBytes(name)),
        "directory" => Block(name, '5', 0),
        "link" => Block(name, '2', 0, link: "/etc"),
        "hardlink" => Block(name, '1', 0, link: "other"),
        "fifo" => Block(name, '6', 0),
        "whiteout" => Block(".wh." + name, '0', 0),
        _ => [.. Pax(("GNU.sparse.size", "9000"), ("GNU.sparse.numblocks", "1"), ("GNU.sparse.map", "8000,3")), .. FileEntry(name, "abc"u8.ToArray())],
    };

    private void CheckPlace(string name, string? place)
    {
        byte[] tar = new TestTar().File(name, "in").ToArray();
        if (place is null)
        {
            Refused<InvalidTarException>(tar);
            return;
        }

        DiffId layer = _store.Add(tar);
        Assert.Equal("in", File.ReadAllText($"{_store.Diff(layer)}/{place}"));
        Assert.False(File.Exists("/" + place));
        Assert.Equal(tar, _store.ReadTar(layer));
    }

    private T Refused<T>(byte[] tar, bool any = false)
        where T : Exception
    {
        T error = any ? Assert.ThrowsAny<T>(() => _store.Apply(tar)) : Assert.Throws<T>(() => _store.Apply(tar));
        Assert.Empty(_store.Staged());
        return error;
    }

    private T RefusedFile<T>(string blob)
        where T : Exception
    {
        using FileStream stream = File.OpenRead(blob);
        return Assert.Throws<T>(() => _store.Store.Layers.Apply(stream, LayerCompression.Detect, null, null, TestContext.Current.CancellationToken));
    }

    private bool IsOpaque(DiffId layer, string directory)
    {
        using DirectoryHandle parent = DirectoryHandle.Open($"{_store.Diff(layer)}/{Path.GetDirectoryName(directory)}");
        ReadOnlySpan<byte> name = Encoding.UTF8.GetBytes(Path.GetFileName(directory));
        return (parent.GetExtendedAttribute(name, "trusted.overlay.opaque"u8) ?? parent.GetExtendedAttribute(name, "user.overlay.opaque"u8)) is [(byte)'y'];
    }

    private string HeaderOf(char type, long size)
    {
        string file = $"{_store.Path}/header-{type}";
        File.WriteAllBytes(file, Block("f", type, size < 1L << 33 ? Octal(size, 11) : "\u0080\0\0\0\0\0" + Encoding.Latin1.GetString([(byte)(size >> 40), 0, 0, 0, 0, 0])));
        return file;
    }

    /// <returns>The file it writes to.</returns>
    private static string Shell(string line)
    {
        using Process process = Process.Start("/bin/sh", ["-c", line]);
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
        return line[(line.LastIndexOf('>') + 2)..];
    }
}
