using Coracle.Delta;
using Coracle.Tests.House;

namespace Coracle.Tests.Delta;

/// <summary>Deltas lie in registries for years: what a version was once is read for ever.</summary>
public sealed class DeltaGoldenTests
{
    [Fact]
    public void A_delta_of_version_1_is_read_for_ever()
    {
        var old = new TarLayer(Read("old.tar"));
        byte[] tar = DeltaCase.ReadAll(new DeltaDecoder(new MemoryStream(Read("delta")), id => id == old.DiffId ? old : null), 4096);
        Assert.True(Read("new.tar").AsSpan().SequenceEqual(tar));
    }

    private static byte[] Read(string name)
        => Convert.FromHexString(File.ReadAllText(Path.Combine(Repository.Root, "test/Coracle.Tests/Delta/Version1", name + ".hex")).Replace("\n", "", StringComparison.Ordinal));
}
