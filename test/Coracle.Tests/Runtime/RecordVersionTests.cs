using Coracle.Linux;
using Coracle.Runtime;
using Coracle.Tests.House;
using Coracle.Tests.Linux;

namespace Coracle.Tests.Runtime;

/// <summary>Records of every version that an engine has written, kept as they were: monitors and engines of later builds meet them.</summary>
public sealed class RecordVersionTests : IDisposable
{
    private readonly ScratchDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData("launch-1")]
    [InlineData("launch-2")]
    public void A_launch_record_of_every_version_is_read(string name)
    {
        LaunchSpec spec = LaunchSpecCodec.Decode(Bytes(name));
        Assert.Equal(("id", "docker/id"), (spec.ContainerId, spec.Resources.CgroupPath));
        Assert.Equal(["sh", "-c", "ü"], spec.Process.Arguments);
        Assert.Equal(("/log", 10L, 3), (spec.Log.Path, spec.Log.MaxBytes, spec.Log.MaxFiles));
        Assert.Equal(name == "launch-1" ? "" : "a/b", Assert.Single(spec.Binds).Subpath);
        Assert.Equal("docker/id", LaunchSpecCodec.DecodeResources(Bytes(name)).CgroupPath);
    }

    /// <summary>By an engine that cleans up after the monitor of a later one; a monitor must not run what it does not understand.</summary>
    [Fact]
    public void A_launch_record_of_a_later_version_says_where_its_processes_are_and_nothing_else()
    {
        byte[] later = [.. LaunchSpecCodec.Encode(LaunchSpecCodec.Decode(Bytes("launch-2"))), 4, 0, 0, 0, .. "more"u8];
        later[4] = 99;
        Assert.Equal("docker/id", LaunchSpecCodec.DecodeResources(later).CgroupPath);
        Assert.Throws<InvalidDataException>(() => LaunchSpecCodec.Decode(later));
    }

    [Fact]
    public void An_exec_record_of_the_first_version_is_read_and_a_later_one_refused()
    {
        byte[] bytes = Bytes("exec-1");
        ExecSpec spec = ExecSpecCodec.Decode(bytes);
        Assert.Equal(("id", true, false, 24, 80), (spec.ContainerId, spec.Tty, spec.Stdin, spec.Rows, spec.Columns));
        Assert.Equal(["sh", "-c", "ü"], spec.Process.Arguments);
        bytes[4] = 99;
        Assert.Throws<InvalidDataException>(() => ExecSpecCodec.Decode(bytes));
    }

    [Fact]
    public void An_exit_record_of_any_version_is_read()
    {
        byte[] bytes = Bytes("exit-1");
        ExitRecord exit = Read(bytes);
        Assert.Equal((7, true, false, "why"), (exit.ExitCode, exit.OomKilled, exit.MonitorLost, exit.Error));
        Assert.Equal(DateTimeOffset.UnixEpoch.AddSeconds(1_700_000_000), exit.FinishedAt);
        byte[] later = [.. bytes, 1, 2, 3];
        later[4] = 99;
        Assert.Equal(exit, Read(later));
        Assert.True(Read(bytes[..^1]).MonitorLost); // cut off
    }

    private ExitRecord Read(byte[] bytes)
    {
        File.WriteAllBytes(_directory.Path + "/exit", bytes);
        using DirectoryHandle directory = DirectoryHandle.Open(_directory.Path);
        return ExitRecordFile.TryRead(directory)!;
    }

    private static byte[] Bytes(string name)
        => Convert.FromHexString(File.ReadAllText(Path.Combine(Repository.Root, "test/Coracle.Tests/Runtime/Records", name + ".hex")).Replace("\n", "", StringComparison.Ordinal));
}
