using Coracle.Core;
using Coracle.Oci;

namespace Coracle.Tests.Core.Images.Deltas;

public sealed class DeltaPlanTests
{
    private static DiffId Layer(char name) => DiffId.Parse("sha256:" + new string(name, 64));

    private static Descriptor Blob(long size) => new("x", Digest.Parse("sha256:" + new string('0', 64)), size);

    private static WantedLayer Wanted(char name, long size) => new(Blob(size), Layer(name));

    /// <summary><c>b:300:ac</c> makes b of a and c with 300 bytes.</summary>
    private static LayerDelta Offer(string text)
    {
        string[] parts = text.Split(':');
        return new LayerDelta(Blob(long.Parse(parts[1])), Layer(parts[0][0]), [.. parts[2].Select(Layer)]);
    }

    [Theory]
    [InlineData("b:300:a", 300)]
    [InlineData("b:300:", 300)]                         // needs nothing
    [InlineData("b:699:a", 699)]
    [InlineData("b:700:a", null)]                       // does not pay
    [InlineData("b:300:af", null)]                      // f is not here
    [InlineData("c:300:a", null)]                       // of another layer
    [InlineData("", null)]
    [InlineData("b:300:a b:200:a b:250:a", 200)]        // the cheapest
    [InlineData("b:200:f b:300:a", 300)]                // the cheapest of those that can be
    [InlineData("b:900:a b:300:ac", 300)]
    [InlineData("b:9223372036854775807:a", null)]
    [InlineData("b:0:a", 0)]
    public void The_cheapest_delta_whose_bases_are_here_is_taken_where_it_pays(string offers, int? size)
    {
        LayerDelta[] deltas = [.. offers.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(Offer)];

        DeltaPlan plan = DeltaPlan.Choose([Wanted('b', 1000), Wanted('d', 1000)], deltas, layer => layer == Layer('a') || layer == Layer('c'));

        Assert.Equal(size, plan.For(Layer('b'))?.Blob.Size);
        Assert.Null(plan.For(Layer('d')));
        Assert.Equal(size is null ? 0 : 1, plan.Count);
    }

    [Fact]
    public void Only_what_would_be_used_is_held()
    {
        List<DiffId> held = [];

        DeltaPlan.Choose([Wanted('b', 1000)], [Offer("c:10:d"), Offer("b:800:e"), Offer("b:100:a"), Offer("b:200:f")], layer =>
        {
            held.Add(layer);
            return true;
        });

        Assert.Equal([Layer('a')], held);
    }

    [Theory]
    [InlineData(3, 23_416_299, 264_424, 0, "3 layers here, 1 by delta (264 kB instead of 23.4 MB)")]
    [InlineData(1, 23_416_299, 1_124, 2, "1 layer here, 1 by delta (1.1 kB instead of 23.4 MB), 2 in full")]
    [InlineData(0, 1_000, 0, 0, "0 layers here, 1 by delta (0 B instead of 1 kB)")]
    [InlineData(2, 999_600, 999, 0, "2 layers here, 1 by delta (999 B instead of 1 MB)")]
    [InlineData(2, 12_000_000_000, 99_960, 0, "2 layers here, 1 by delta (100 kB instead of 12 GB)")]
    public void The_plan_is_one_line_for_people(int here, long full, long delta, int inFull, string line)
    {
        List<WantedLayer> missing = [Wanted('b', full)];
        missing.AddRange(Enumerable.Range(0, inFull).Select(i => Wanted((char)('c' + i), 5)));

        Assert.Equal(line, DeltaPlan.Choose(missing, [Offer($"b:{delta}:")], _ => true).Summary(here, missing));
    }
}
