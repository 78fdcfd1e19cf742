using System.Text;
using Coracle.Linux;
using Microsoft.Win32.SafeHandles;

namespace Coracle.Tests.Linux;

public sealed class DirectoryHandleTests : IDisposable
{
    private readonly ScratchDirectory _scratch = new();

    private DirectoryHandle Root => _scratch.Root;

    public void Dispose() => _scratch.Dispose();

    [Theory]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("..")]
    [InlineData("a/b")]
    [InlineData("/etc")]
    [InlineData("a\0b")]
    public void A_name_that_is_more_than_a_name_is_refused(string name)
    {
        Assert.Equal(Errno.EINVAL, Assert.Throws<LinuxException>(() => Root.OpenRead(name)).Errno);
        Assert.Equal(Errno.EINVAL, Assert.Throws<LinuxException>(() => Root.RemoveTree(name)).Errno);
        Assert.Equal(Errno.EINVAL, Assert.Throws<LinuxException>(() => Root.MakeDirectory(Encoding.UTF8.GetBytes(name), 0)).Errno);
    }

    [Fact]
    public void A_failure_names_call_file_and_reason()
    {
        var failure = Assert.Throws<LinuxException>(() => Root.OpenRead("nothing"));
        Assert.Equal($"open {_scratch.Path}/nothing: ENOENT (no such file or directory)", failure.Message);
    }

    [Fact]
    public void What_is_missing_is_an_answer_and_not_a_failure()
    {
        Assert.False(Root.Exists("nothing"));
        Assert.False(Root.TryOpenRead("nothing", out _));
        Assert.False(Root.TryOpenDirectory("nothing", out _));
        Assert.False(Root.RemoveIfPresent("nothing"));
        Assert.False(Root.RemoveTree("nothing"));
    }

    [Fact]
    public void A_link_is_never_followed()
    {
        File.CreateSymbolicLink(_scratch.At("file"), "/etc/passwd");
        File.CreateSymbolicLink(_scratch.At("directory"), "/etc");
        Assert.Equal(Errno.ELOOP, Assert.Throws<LinuxException>(() => Root.OpenRead("file")).Errno);
        Assert.Equal(Errno.ELOOP, Assert.Throws<LinuxException>(() => Root.OpenAppend("file")).Errno);
        Assert.Equal(Errno.ENOTDIR, Assert.Throws<LinuxException>(() => Root.OpenDirectory("directory")).Errno);
        Assert.Equal(FileKind.SymbolicLink, Root.Stat("file").Kind);
        Assert.Equal("/etc/passwd"u8, Root.ReadLink("file"u8));
    }

    [Fact]
    public void Something_that_is_no_file_is_not_read()
    {
        Root.MakeNode("fifo"u8, FileKind.Fifo, 0x1A4, 0, 0);
        Root.MakeDirectory("directory"u8, 0x1ED);
        Assert.Equal(Errno.EINVAL, Assert.Throws<LinuxException>(() => Root.OpenRead("fifo")).Errno); // and does not wait for a writer
        Assert.Equal(Errno.EINVAL, Assert.Throws<LinuxException>(() => Root.OpenRead("directory")).Errno);
    }

    [Fact]
    public void A_directory_made_with_its_parents_opens()
    {
        using DirectoryHandle deep = DirectoryHandle.CreateAndOpen(_scratch.At("a", "b", "c"));
        using DirectoryHandle again = DirectoryHandle.CreateAndOpen(_scratch.At("a", "b", "c"));
        Assert.Equal(deep.Status().Inode, again.Status().Inode);
        Assert.Equal(0x1C0, deep.Status().Mode);
    }

    [Fact]
    public void Names_that_are_not_text_survive()
    {
        byte[] name = [0xFF, 0x0A, 0x80, (byte)'x'];
        using (Root.CreateNew(name, 0x180))
        {
        }

        using DirectoryReader reader = Root.ReadEntries();
        Assert.True(reader.Next());
        Assert.Equal(name, reader.Name);
        Assert.False(reader.Next());
    }

    [Fact]
    public void Every_entry_of_a_large_directory_is_listed_once()
    {
        var expected = Enumerable.Range(0, 3000).Select(n => $"file-with-a-longish-name-{n}").Order().ToList();
        expected.ForEach(name => Root.CreateNew(name).Dispose());
        Assert.Equal(expected, Root.List().Order());
    }

    [Fact]
    public void Mode_times_and_links_are_set_exactly()
    {
        using (SafeFileHandle file = Root.CreateNew("file"))
        {
            OpenFile.SetMode(file, 0xDFF); // octal 6777
            OpenFile.SetModified(file, -1_500_000_001);
        }

        FileStatus status = Root.Stat("file");
        Assert.Equal(0xDFF, status.Mode);
        Assert.Equal(-1_500_000_001, status.ModifiedNanoseconds);

        Root.SetMode("file"u8, 0x124);
        Root.MakeHardLink("second"u8, Root, "file"u8);
        Assert.Equal((0x124, 2u, status.Inode), (Root.Stat("second").Mode, Root.Stat("second").LinkCount, Root.Stat("second").Inode));

        Root.MakeSymbolicLink("link"u8, "../../nowhere"u8);
        Root.SetModified("link"u8, 1_700_000_000_123_456_789);
        Assert.Equal(1_700_000_000_123_456_789, Root.Stat("link").ModifiedNanoseconds);
        Assert.Equal(Errno.EOPNOTSUPP, Assert.Throws<LinuxException>(() => Root.SetMode("link"u8, 0)).Errno);
    }

    [Fact]
    public void Extended_attributes_keep_every_byte()
    {
        using (SafeFileHandle file = Root.CreateNew("file"))
        {
            OpenFile.SetExtendedAttribute(file, "user.one"u8, [1, 0, 0xFF, 10]);
        }

        Root.SetExtendedAttribute("file"u8, "user.two"u8, []);
        Assert.Equal([1, 0, 0xFF, 10], Root.GetExtendedAttribute("file"u8, "user.one"u8)!);
        Assert.Empty(Root.GetExtendedAttribute("file"u8, "user.two"u8)!);
        Assert.Null(Root.GetExtendedAttribute("file"u8, "user.three"u8));
        Assert.Equal(["user.one", "user.two"], Root.ListExtendedAttributes("file"u8).Select(Encoding.UTF8.GetString).Order());
        Assert.True(Root.RemoveExtendedAttribute("file"u8, "user.one"u8));
        Assert.False(Root.RemoveExtendedAttribute("file"u8, "user.one"u8));
    }

    [Fact]
    public void Two_directories_change_places_in_one_step()
    {
        using DirectoryHandle first = Root.CreateDirectory("first");
        using DirectoryHandle second = Root.CreateDirectory("second");
        Root.Exchange("first", Root, "second");
        Assert.Equal(second.Status().Inode, Root.Stat("first").Inode);
        Assert.Equal(first.Status().Inode, Root.Stat("second").Inode);
    }

    [Fact]
    public void A_tree_deeper_than_any_path_and_any_descriptor_table_is_removed()
    {
        DirectoryHandle current = Root.CreateDirectory("tree");
        for (int depth = 0; depth < 3000; depth++)
        {
            current.CreateNew("file").Dispose();
            current.MakeSymbolicLink("link"u8, "/"u8);
            DirectoryHandle next = current.CreateDirectory(depth % 2 == 0 ? "directory" : ".coracle-rm-1");
            current.Dispose();
            current = next;
        }

        current.Dispose();
        Assert.True(Root.RemoveTree("tree"));
        Assert.False(Root.Exists("tree"));
        Assert.True(Directory.Exists("/etc"));
    }

    [Fact]
    public void A_handle_disposed_by_another_thread_never_becomes_another_directory()
    {
        DirectoryHandle handle = Root.CreateDirectory("directory");
        handle.Dispose();
        Assert.Throws<ObjectDisposedException>(() => handle.Exists("x"));
    }
}
