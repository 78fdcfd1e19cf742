using System.Text;
using Coracle.Linux;
using Coracle.Storage;

namespace Coracle.Tests.Storage;

public sealed class VolumeStoreTests : IDisposable
{
    private static readonly DateTimeOffset _made = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    private readonly TemporaryStore _store = new();

    private VolumeStore Volumes => _store.Store.Volumes;

    public void Dispose() => _store.Dispose();

    [Fact]
    public void A_volume_survives_with_all_that_was_said_about_it()
    {
        VolumeRecord record = new("data", _made, new Dictionary<string, string> { ["a"] = "b" }, new Dictionary<string, string>(), "owner");
        Assert.True(Volumes.TryCreate(record));
        Assert.True(Volumes.TryCreate(new VolumeRecord("bare", _made)));
        Assert.False(Volumes.TryCreate(new VolumeRecord("data", _made)));
        File.WriteAllText(Volumes.DataPath("data") + "/f", "kept");
        _store.Reopen(_store.Root);

        Assert.Equal(["bare", "data"], Volumes.List().Select(volume => volume.Name));
        VolumeRecord found = Volumes.Find("data")!;
        Assert.Equal(("data", _made, "owner", "b"), (found.Name, found.Created, found.Owner, found.Labels!["a"]));
        Assert.Empty(found.Options!);
        Assert.Null(Volumes.Find("bare")!.Labels);
        Assert.Equal("kept", File.ReadAllText(Volumes.DataPath("data") + "/f"));
    }

    [Fact]
    public void Directories_have_Dockers_modes()
    {
        Volumes.TryCreate(new VolumeRecord("data", _made));
        Assert.Equal(Octal("0701"), TemporaryStore.ModeOf(_store.Root + "/volumes"));
        Assert.Equal(Octal("0701"), TemporaryStore.ModeOf(_store.Root + "/volumes/data"));
        Assert.Equal(Octal("0755"), TemporaryStore.ModeOf(Volumes.DataPath("data")));
    }

    [Theory]
    [InlineData("not json")]
    [InlineData("{}")]
    [InlineData("""{"version":99,"name":"data","created":"2026-01-02T03:04:05Z","labels":null,"options":null,"owner":""}""")]
    [InlineData("""{"version":1,"name":"../other","created":"2026-01-02T03:04:05Z","labels":null,"options":null,"owner":""}""")]
    [InlineData("""{"version":1,"name":"data","created":"yesterday","labels":null,"options":null,"owner":""}""")]
    [InlineData("""{"version":1,"name":"data","created":"2026-01-02T03:04:05Z","labels":[1],"options":null,"owner":""}""")]
    public void A_damaged_record_costs_the_labels_and_not_the_data(string content)
    {
        Volumes.TryCreate(new VolumeRecord("data", _made, new Dictionary<string, string> { ["a"] = "b" }));
        File.WriteAllText(Volumes.DataPath("data") + "/f", "kept");
        File.WriteAllText(_store.Root + "/volumes/data/volume.json", content);
        _store.Reopen(_store.Root);

        Assert.Null(Volumes.Find("data")!.Labels);
        Assert.Equal("kept", File.ReadAllText(Volumes.DataPath("data") + "/f"));
        Assert.True(File.Exists(_store.Root + "/volumes/data/volume.json.damaged"));
        Assert.True(Volumes.Remove("data"));
        Assert.False(Directory.Exists(_store.Root + "/volumes/data"));
    }

    [Fact]
    public void A_removed_volume_is_gone_with_its_files_and_its_name_is_free()
    {
        Volumes.TryCreate(new VolumeRecord("data", _made));
        Directory.CreateDirectory(Volumes.DataPath("data") + "/deep/er");
        Assert.True(Volumes.Remove("data"));
        Assert.False(Volumes.Remove("data"));
        Assert.Empty(_store.Staged());
        Assert.True(Volumes.TryCreate(new VolumeRecord("data", _made)));
        Assert.True(Volumes.IsEmpty("data"));
    }

    [Fact]
    public void Sizes_are_exact_and_count_a_file_of_two_names_once()
    {
        Volumes.TryCreate(new VolumeRecord("data", _made));
        string data = Volumes.DataPath("data");
        File.WriteAllBytes(data + "/a", new byte[1000]);
        Directory.CreateDirectory(data + "/d");
        File.WriteAllBytes(data + "/d/b", new byte[234]);
        using (DirectoryHandle handle = DirectoryHandle.Open(data))
        {
            handle.MakeHardLink("same"u8, handle, "a"u8);
        }

        Assert.Equal(1234, Volumes.SizeOf("data"));
    }

    [Fact]
    public void A_copy_has_content_links_modes_and_times()
    {
        Volumes.TryCreate(new VolumeRecord("data", _made));
        using DirectoryHandle source = Tree();
        Fill("data", source, isMounted: false);

        string data = Volumes.DataPath("data");
        Assert.Equal("content", File.ReadAllText(data + "/sub/file"));
        Assert.Equal(Octal("02750"), TemporaryStore.ModeOf(data + "/sub"));
        Assert.Equal("../../etc/passwd", new FileInfo(data + "/link").LinkTarget);
        Assert.Equal(_made.UtcDateTime, File.GetLastWriteTimeUtc(data + "/sub/file"));
        Assert.Equal(_made.UtcDateTime, Directory.GetLastWriteTimeUtc(data + "/sub"));
        using DirectoryHandle copy = DirectoryHandle.Open(data);
        Assert.Equal(2u, copy.Stat("other").LinkCount);
        Assert.Equal(Octal("04711"), copy.Stat("program").Mode);
        Assert.Equal(FileKind.Fifo, copy.Stat("fifo").Kind);
        Assert.Equal("value", Encoding.UTF8.GetString(copy.GetExtendedAttribute("program"u8, "user.note"u8)!));
        Assert.Equal(Octal("0711"), copy.Status().Mode);
    }

    [Fact]
    public void Only_an_empty_volume_is_filled()
    {
        Volumes.TryCreate(new VolumeRecord("data", _made));
        File.WriteAllText(Volumes.DataPath("data") + "/mine", "mine");
        using DirectoryHandle source = Tree();
        Fill("data", source, isMounted: false);
        Assert.Equal([Volumes.DataPath("data") + "/mine"], Directory.EnumerateFileSystemEntries(Volumes.DataPath("data")));
        Assert.Empty(_store.Staged());
    }

    [Fact]
    public void A_directory_that_a_process_sees_stays_itself()
    {
        Volumes.TryCreate(new VolumeRecord("data", _made));
        ulong before = InodeOf(Volumes.DataPath("data"));
        using DirectoryHandle source = Tree();
        Fill("data", source, isMounted: true);
        Assert.Equal(before, InodeOf(Volumes.DataPath("data")));
        Assert.Equal("content", File.ReadAllText(Volumes.DataPath("data") + "/sub/file"));
        Assert.Equal(Octal("0711"), TemporaryStore.ModeOf(Volumes.DataPath("data")));
        Assert.Empty(_store.Staged());
    }

    /// <summary>An image may have a file that is larger with its holes than the disk.</summary>
    [Fact]
    public void Holes_stay_holes_in_a_copy_however_large()
    {
        const long Far = 1L << 39;
        string source = Directory.CreateDirectory(_store.Path + "/holes").FullName;
        using (FileStream file = File.Create(source + "/f"))
        {
            file.Position = 5000;
            file.Write("near"u8);
            for (long at = 1 << 20; at < 66 << 20; at += 132_000) // closer to each other than a buffer is long
            {
                file.Position = at;
                file.WriteByte(1);
            }

            file.Position = Far;
            file.Write("far"u8);
            file.SetLength(2 * Far);
        }

        Volumes.TryCreate(new VolumeRecord("data", _made));
        using (DirectoryHandle tree = DirectoryHandle.Open(source))
        {
            Fill("data", tree, isMounted: false);
        }

        using DirectoryHandle copy = DirectoryHandle.Open(Volumes.DataPath("data"));
        Assert.Equal(2 * Far, copy.Stat("f").Size);
        Assert.InRange(copy.Stat("f").AllocatedBytes, 1, 4 << 20);
        using FileStream content = File.OpenRead(Volumes.DataPath("data") + "/f");
        byte[] bytes = new byte[4];
        content.Position = 5000;
        content.ReadExactly(bytes);
        Assert.Equal("near"u8, bytes);
        content.Position = Far - 1;
        content.ReadExactly(bytes);
        Assert.Equal("\0far"u8, bytes);
    }

    private void Fill(string volume, DirectoryHandle source, bool isMounted)
    {
        using VolumeCopy copy = Volumes.Copy(volume, source);
        Volumes.Place(copy, isMounted);
    }

    private DirectoryHandle Tree()
    {
        DirectoryHandle tree = DirectoryHandle.CreateAndOpen(_store.Path + "/tree");
        tree.MakeDirectory("sub"u8, 0x1FF);
        string path = _store.Path + "/tree";
        File.WriteAllText(path + "/sub/file", "content");
        File.WriteAllText(path + "/program", "#!");
        tree.SetExtendedAttribute("program"u8, "user.note"u8, "value"u8);
        tree.SetMode("program"u8, Octal("04711"));
        tree.MakeSymbolicLink("link"u8, "../../etc/passwd"u8);
        tree.MakeNode("fifo"u8, FileKind.Fifo, Octal("0600"), 0, 0);
        using (DirectoryHandle sub = tree.OpenDirectory("sub"))
        {
            tree.MakeHardLink("other"u8, sub, "file"u8);
            sub.SetModified("file"u8, _made.ToUnixTimeMilliseconds() * 1_000_000);
        }

        tree.SetMode("sub"u8, Octal("02750"));
        tree.SetModified("sub"u8, _made.ToUnixTimeMilliseconds() * 1_000_000);
        tree.SetItsMode(Octal("0711"));
        return tree;
    }

    private static ulong InodeOf(string path)
    {
        using DirectoryHandle handle = DirectoryHandle.Open(path);
        return handle.Status().Inode;
    }

    private static int Octal(string digits) => Convert.ToInt32(digits, 8);
}
