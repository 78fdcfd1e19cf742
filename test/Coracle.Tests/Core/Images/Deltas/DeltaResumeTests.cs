using System.Formats.Tar;
using Coracle.Core;
using Coracle.Oci;
using Coracle.Tests.Images;
using Coracle.Tests.Registry;

namespace Coracle.Tests.Core.Images.Deltas;

/// <summary>A delta that was cut off goes on at the segment where it was.</summary>
public sealed class DeltaResumeTests : IDisposable
{
    private const int Segment = 300_000;
    private const int Small = 1_000_000;
    private const int Large = 3_000_000;

    private readonly ImageBench _bench = new();

    public void Dispose() => _bench.Dispose();

    private static byte[] Tar(params (string Name, int Seed, int Length)[] files)
    {
        using MemoryStream output = new();
        using (TarWriter tar = new(output, TarEntryFormat.Ustar, leaveOpen: true))
        {
            foreach ((string name, int seed, int length) in files)
            {
                byte[] bytes = new byte[length];
                new Random(seed).NextBytes(bytes);
                tar.WriteEntry(new UstarTarEntry(TarEntryType.RegularFile, name) { DataStream = new MemoryStream(bytes), ModificationTime = DateTimeOffset.UnixEpoch });
            }
        }

        return output.ToArray();
    }

    /// <summary>v1 is here, and a pull of v2 has broken off after two thirds of the delta.</summary>
    private async Task<(PublishedImage Image, Descriptor Delta)> CutOffAsync()
    {
        PublishedImage old = PublishedImage.Add(_bench.Registry, "a/b", "v1", Tar(("a", 1, Large)));
        PublishedImage next = PublishedImage.Add(_bench.Registry, "a/b", "v2", Tar(("a", 1, Large), ("b", 2, Small), ("c", 3, 1000)));
        await _bench.PullAsync("a/b:v1");
        int copied = 512 + ((Large + 511) / 512 * 512);
        byte[] bytes = HandmadeDelta.Extend(next.Tars[0], copied, Segment, old.DiffIds[0], next.DiffIds[0]);
        Descriptor delta = next.Publish(0, bytes, old.DiffIds);
        int tries = 0;
        _bench.Registry.Intercept = request => request.Path != next.PathOf(delta) ? null
            : ++tries == 1 ? new FakeAnswer(200, bytes[..800_000], CutAfter: 800_000, ClaimedLength: bytes.Length) : FakeAnswer.Text(503, "{}");
        Assert.IsType<EngineException>(await Assert.ThrowsAnyAsync<Exception>(() => _bench.PullAsync("a/b:v2")));
        Assert.Single(_bench.Disk.Staged());
        _bench.Registry.Intercept = _ => null;
        _bench.Registry.Requests.Clear();
        return (next, delta);
    }

    private string?[] Ranges(PublishedImage image, Descriptor delta)
        => [.. _bench.Registry.Requests.Where(request => request.Path == image.PathOf(delta)).Select(request => request["Range"])];

    private void AssertWhole(PublishedImage image)
    {
        Assert.Equal(image.Tars[0], _bench.Disk.ReadTar(image.DiffIds[0]));
        Assert.True(_bench.Disk.Store.Layers.Verify(image.DiffIds[0], deep: true).IsIntact);
        Assert.Empty(_bench.Disk.Staged());
        Assert.DoesNotContain(_bench.Registry.Requests, request => request.Path == image.PathOf(0));
        Assert.Equal((1L, 0L), (_bench.Parts.Deltas.Applied, _bench.Parts.Deltas.Fallbacks));
    }

    [Fact]
    public async Task The_next_pull_reads_the_header_again_and_goes_on_at_a_segment()
    {
        (PublishedImage image, Descriptor delta) = await CutOffAsync();
        long before = _bench.Parts.Deltas.BytesFetched;

        await _bench.PullAsync("a/b:v2");

        AssertWhole(image);
        string?[] ranges = Ranges(image, delta);
        Assert.Equal("bytes=0-4095", ranges[0]);
        long from = long.Parse(ranges[1]!["bytes=".Length..^1]);
        Assert.InRange(from, 300_000, 800_000);
        Assert.Equal(2, ranges.Length);
        Assert.Equal(4096 + delta.Size - from, _bench.Parts.Deltas.BytesFetched - before);
    }

    [Fact]
    public async Task What_was_made_and_is_damaged_begins_anew()
    {
        (PublishedImage image, Descriptor delta) = await CutOffAsync();
        string file = Assert.Single(Directory.GetFiles(_bench.Disk.Staged()[0] + "/diff", "a"));
        byte[] bytes = File.ReadAllBytes(file);
        bytes[5] ^= 1;
        File.WriteAllBytes(file, bytes);

        await _bench.PullAsync("a/b:v2");

        AssertWhole(image);
        Assert.Null(Ranges(image, delta)[^1]);                                              // the whole delta
    }

    [Fact]
    public async Task What_is_left_is_shown_as_used_and_a_prune_takes_it()
    {
        await CutOffAsync();
        long layers = _bench.Parts.Queries.LayersSize, whole = _bench.Disk.Store.Layers.List().Sum(layer => _bench.Disk.Store.Layers.Find(layer)!.Size);
        Assert.InRange(layers - whole, Large, long.MaxValue);

        Assert.Equal(0, _bench.Parts.Prune.Run(Filters.Parse("""{"label":["x"]}""", "label")).Bytes);
        Assert.Equal(layers - whole, _bench.Parts.Prune.Run(Filters.None).Bytes);
        Assert.Empty(_bench.Disk.Staged());
        Assert.Equal(whole, _bench.Parts.Queries.LayersSize);
    }
}
