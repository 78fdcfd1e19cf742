using System.Text;
using Coracle.Linux;

namespace Coracle.Tests.Linux;

public sealed class HostTests
{
    [Theory]
    [InlineData("6.1.0-18-amd64", 6, 1)]
    [InlineData("5.10", 5, 10)]
    [InlineData("4.19.0+", 4, 19)]
    [InlineData("6", 6, 0)]
    [InlineData("", 0, 0)]
    [InlineData("99999999999.1", 9999999, 1)]
    public void A_release_has_two_numbers_that_count(string release, int major, int minor)
        => Assert.Equal(new KernelVersion(major, minor), KernelVersion.Parse(release));

    [Fact]
    public void Versions_are_ordered_by_number_and_not_by_text()
    {
        Assert.True(new KernelVersion(5, 10) > new KernelVersion(5, 9));
        Assert.True(new KernelVersion(6, 0) > new KernelVersion(5, 19));
        Assert.True(KernelVersion.Running >= new KernelVersion(4, 0));
    }

    [Fact]
    public void The_machine_has_memory() => Assert.InRange(Machine.MemoryBytes, 1 << 20, 1L << 50);

    [Fact]
    public void Processors_are_counted_as_the_kernel_allows_them_whatever_the_quota()
    {
        // "Cpus_allowed:   ff,ffffffff": the same mask in words of 32 bits, with those that are not there.
        string line = File.ReadLines("/proc/thread-self/status").Single(text => text.StartsWith("Cpus_allowed:", StringComparison.Ordinal));
        int allowed = line.Split('\t')[1].Split(',').Sum(word => System.Numerics.BitOperations.PopCount(Convert.ToUInt32(word, 16)));
        Assert.InRange(Machine.CountProcessors(), Environment.ProcessorCount, allowed);
    }

    [Fact]
    public void A_file_of_the_kernel_is_read_whole_or_not_at_all()
    {
        Assert.StartsWith("Linux version", Encoding.UTF8.GetString(KernelFile.Read("/proc/version")), StringComparison.Ordinal);
        Assert.Equal(Errno.EFBIG, Assert.Throws<LinuxException>(() => KernelFile.Read("/proc/self/status", 100)).Errno);
        Assert.False(KernelFile.TryRead("/proc/nothing", out _));
        Assert.Throws<LinuxException>(() => KernelFile.Write("/proc/version", "x"u8));
    }

    [Fact]
    public void Words_are_those_of_go() // clients match on them
    {
        Assert.Equal("no such file or directory", ErrnoWords.Of(Errno.ENOENT));
        Assert.Equal("permission denied", ErrnoWords.Of(Errno.EACCES));
        Assert.Equal("input/output error", ErrnoWords.Of(Errno.EIO));
        Assert.Equal("RFS specific error", ErrnoWords.Of(Errno.EDOTDOT));
        Assert.Equal("errno 999", ErrnoWords.Of((Errno)999));
        foreach (Errno errno in Enum.GetValues<Errno>().Where(errno => errno != Errno.None))
        {
            Assert.Equal(errno.ToString(), ErrnoWords.NameOf(errno));
        }
    }
}
