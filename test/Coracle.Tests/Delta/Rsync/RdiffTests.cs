using System.Diagnostics;
using Coracle.Tests.Tar;

namespace Coracle.Tests.Delta.Rsync;

/// <summary>With librsync's own program, on tars as a base of two layers has them.</summary>
public sealed class RdiffTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("coracle-rdiff-").FullName;
    private readonly byte[] _base = [.. Layer(1, 2, 3).ToArray(), .. Layer(4, 5).ToArray()];
    private readonly byte[] _target = Layer(2, 6, 5, 1).ToArray();

    public RdiffTests()
    {
        File.WriteAllBytes(In("base"), _base);
        File.WriteAllBytes(In("target"), _target);
    }

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public void Our_delta_is_applied_by_rdiff()
    {
        File.WriteAllBytes(In("delta"), RsyncTests.Delta(_base, _target));

        Run("patch", In("base"), In("delta"), In("made"));

        Assert.Equal(_target, File.ReadAllBytes(In("made")));
    }

    [Theory]
    [InlineData("blake2", "512")]
    [InlineData("md4", "64")]
    public void Its_delta_is_applied_by_us_and_ours_is_no_larger(string hash, string block)
    {
        Run("-b", block, "-H", hash, "signature", In("base"), In("signature"));
        Run("delta", In("signature"), In("target"), In("delta"));
        byte[] delta = File.ReadAllBytes(In("delta"));

        Assert.Equal(_target, RsyncTests.Patch(delta, _base, 4096));
        Assert.True(RsyncTests.Delta(_base, _target).Length <= delta.Length);
    }

    private static TestTar Layer(params int[] files)
    {
        TestTar tar = new();
        foreach (int file in files)
        {
            tar.File($"usr/lib/file-{file}", RsyncTests.Noise(file, file * 7777));
        }

        return tar;
    }

    private string In(string name) => Path.Combine(_directory, name);

    private static void Run(params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo("rdiff", arguments) { RedirectStandardError = true })!;
        string errors = process.StandardError.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, errors);
    }
}
