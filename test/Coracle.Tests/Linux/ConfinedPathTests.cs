using System.Text;
using Coracle.Linux;
using Microsoft.Win32.SafeHandles;

namespace Coracle.Tests.Linux;

/// <summary>One contract, held by the kernel's openat2 and by our walker.</summary>
public abstract class ConfinedPathSuite : IDisposable
{
    private readonly ScratchDirectory _scratch = new();
    private readonly DirectoryHandle _root;

    private protected ConfinedPathSuite(PathResolution resolution)
    {
        Directory.CreateDirectory(_scratch.At("root", "etc"));
        Directory.CreateDirectory(_scratch.At("root", "usr", "share"));
        File.WriteAllText(_scratch.At("secret"), "outside");
        File.WriteAllText(_scratch.At("root", "etc", "passwd"), "inside");
        _root = DirectoryHandle.Open(_scratch.At("root"), resolution);
    }

    public void Dispose()
    {
        _root.Dispose();
        _scratch.Dispose();
        GC.SuppressFinalize(this);
    }

    [Theory]
    [InlineData("etc/passwd")]
    [InlineData("/etc/passwd")]
    [InlineData("../../../etc/passwd")]
    [InlineData("./etc//./passwd")]
    [InlineData("usr/../etc/passwd")]
    [InlineData("usr/share/../../../../etc/passwd")]
    public void However_it_is_spelled_it_is_the_file_inside(string path) => Assert.Equal("inside", Read(path));

    [Theory]
    [InlineData("/etc")]
    [InlineData("../../etc")]
    [InlineData("../root/../etc")]
    [InlineData("usr/../etc/.")]
    public void A_link_is_resolved_as_if_the_root_were_the_machines(string target)
    {
        Link("conf", target);
        Link("chain", "conf");
        if (target.Contains("root", StringComparison.Ordinal))
        {
            Assert.False(_root.TryOpenReadInside("chain/passwd"u8, out _)); // there is no /root in there
            return;
        }

        Assert.Equal("inside", Read("chain/passwd"));
    }

    [Fact]
    public void A_final_link_is_followed_inside()
    {
        Link("etc/shadow", "/etc/passwd");
        Link("etc/out", "../../secret");
        Assert.Equal("inside", Read("etc/shadow"));
        Assert.False(_root.TryOpenReadInside("etc/out"u8, out _));
    }

    [Fact]
    public void Links_in_a_circle_end()
    {
        Link("a", "b");
        Link("b", "a");
        Assert.Equal(Errno.ELOOP, Assert.Throws<LinuxException>(() => _root.OpenInside("a"u8)).Errno);
    }

    [Fact]
    public void Forty_links_are_followed_and_no_more()
    {
        Link("link0", "etc");
        for (int n = 1; n <= 40; n++)
        {
            Link($"link{n}", $"link{n - 1}");
        }

        Assert.Equal("inside", Read("link39/passwd"));
        Assert.Equal(Errno.ELOOP, Assert.Throws<LinuxException>(() => _root.OpenInside("link40"u8)).Errno);
    }

    [Fact]
    public void A_file_on_the_way_is_no_directory()
    {
        Assert.Equal(Errno.ENOTDIR, Assert.Throws<LinuxException>(() => _root.OpenInside("etc/passwd/x"u8)).Errno);
        Assert.Equal(Errno.ENOTDIR, Assert.Throws<LinuxException>(() => _root.OpenInside("etc/passwd"u8)).Errno);
        Assert.False(_root.TryOpenReadInside("etc/passwd/"u8, out _));
    }

    [Fact]
    public void The_parent_of_a_path_stays_inside()
    {
        Link("lib", "/usr");
        using DirectoryHandle parent = _root.OpenParent("../lib/share/./"u8, out ReadOnlySpan<byte> leaf);
        Assert.Equal("share"u8, leaf);
        Assert.True(parent.Exists("share"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("/")]
    [InlineData("..")]
    [InlineData("a/..")]
    [InlineData("././.")]
    [InlineData("a/b\0c/d")]
    public void A_path_without_a_last_name_is_refused(string path)
        => Assert.Equal(Errno.EINVAL, Assert.Throws<LinuxException>(() => _root.OpenParent(Encoding.UTF8.GetBytes(path), out _)).Errno);

    [Fact]
    public void Missing_parents_are_made_as_moby_makes_them()
    {
        Link("var", "usr/share");
        using (DirectoryHandle parent = _root.OpenOrCreateParent("var/a/../b/./c/file"u8, out ReadOnlySpan<byte> leaf))
        {
            Assert.Equal("file"u8, leaf);
            parent.CreateNew(leaf, 0x180).Dispose();
        }

        Assert.True(File.Exists(_scratch.At("root", "usr", "share", "b", "c", "file")));
        using DirectoryHandle share = _root.OpenInside("usr/share"u8);
        Assert.Equal(0x1ED, share.Stat("b").Mode);
    }

    [Fact]
    public void Missing_parents_are_not_made_through_a_dangling_link()
    {
        Link("gone", "../../outside");
        Assert.Equal(Errno.ENOENT, Assert.Throws<LinuxException>(() => _root.OpenOrCreateParent("gone/x/file"u8, out _)).Errno);
        Assert.False(Directory.Exists(_scratch.At("outside")));
        Assert.False(Directory.Exists(_scratch.At("root", "outside")));
    }

    [Fact]
    public void A_fifo_is_not_opened_for_reading()
    {
        using DirectoryHandle etc = _root.OpenDirectory("etc");
        etc.MakeNode("fifo"u8, FileKind.Fifo, 0x1B6, 0, 0);
        Assert.Equal(Errno.EINVAL, Assert.Throws<LinuxException>(() => _root.TryOpenReadInside("etc/fifo"u8, out _)).Errno);
    }

    [Fact]
    public void A_link_of_proc_that_jumps_out_does_not()
    {
        using DirectoryHandle proc = DirectoryHandle.Open("/proc", _root.Resolution);
        Assert.ThrowsAny<IOException>(() => proc.OpenInside("self/root/proc/self/root/etc"u8));
    }

    private void Link(string name, string target) => File.CreateSymbolicLink(_scratch.At("root", name), target);

    private string Read(string path)
    {
        Assert.True(_root.TryOpenReadInside(Encoding.UTF8.GetBytes(path), out SafeFileHandle? file), path);
        using var reader = new StreamReader(new FileHandleStream(file!));
        return reader.ReadToEnd();
    }
}

public sealed class ConfinedByKernelTests() : ConfinedPathSuite(PathResolution.BestOfKernel)
{
    [Fact]
    public void This_kernel_has_openat2() => Assert.True(OpenAt2.Exists); // else the suite ran twice on the walker
}

public sealed class ConfinedByWalkerTests() : ConfinedPathSuite(PathResolution.Walker)
{
    [Fact]
    public void No_descriptor_is_left_behind()
    {
        string deep = string.Join('/', Enumerable.Repeat("x", 300));
        using var scratch = new ScratchDirectory();
        using DirectoryHandle root = DirectoryHandle.Open(scratch.Path, PathResolution.Walker);
        for (int n = 0; n < 2000; n++)
        {
            Assert.Throws<LinuxException>(() => root.OpenInside(Encoding.UTF8.GetBytes("missing/" + deep)));
        }

        root.OpenInside([]).Dispose();
    }
}
