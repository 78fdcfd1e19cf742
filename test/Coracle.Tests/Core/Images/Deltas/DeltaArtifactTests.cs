using Coracle.Core;
using Coracle.Oci;

namespace Coracle.Tests.Core.Images.Deltas;

public sealed class DeltaArtifactTests
{
    private static readonly string _a = "sha256:" + new string('a', 64);
    private static readonly string _b = "sha256:" + new string('b', 64);

    private static ArtifactManifest Manifest(string? to, string? from, string mediaType = DeltaArtifact.LayerType, string type = DeltaArtifact.Type)
    {
        Dictionary<string, string> annotations = [];
        if (to is not null)
        {
            annotations[DeltaArtifact.To] = to;
        }

        if (from is not null)
        {
            annotations[DeltaArtifact.From] = from;
        }

        AnnotatedDescriptor layer = new(new Descriptor(mediaType, Digest.Parse(_b), 5), "", annotations);
        return new ArtifactManifest(type, null, [layer], new Dictionary<string, string>());
    }

    [Fact]
    public void A_layer_of_an_artifact_is_a_delta_by_its_annotations()
    {
        LayerDelta delta = Assert.Single(DeltaArtifact.Read(Manifest(_a, $"{_b},{_a}")));

        Assert.Equal((DiffId.Parse(_a), 5L), (delta.Target, delta.Blob.Size));
        Assert.Equal([DiffId.Parse(_b), DiffId.Parse(_a)], delta.Bases.ToArray());
    }

    [Theory]
    [InlineData("", "sha256:x")]
    [InlineData("nonsense", "")]
    [InlineData("A", "A,")]
    [InlineData("A", ",A")]
    [InlineData("A", "A, A")]
    [InlineData("A", "A;A")]
    [InlineData("A", null)]
    [InlineData(null, "A")]
    public void What_is_no_delta_is_passed_over(string? to, string? from)
        => Assert.Empty(DeltaArtifact.Read(Manifest(to?.Replace("A", _a), from?.Replace("A", _a))));

    [Fact]
    public void Other_types_are_passed_over()
    {
        Assert.Empty(DeltaArtifact.Read(Manifest(_a, _b, mediaType: "application/vnd.coracle.layer.delta.v2")));
        Assert.Empty(DeltaArtifact.Read(Manifest(_a, _b, type: "application/vnd.example")));
    }

    [Theory]
    [InlineData(127, true)]
    [InlineData(128, false)]
    [InlineData(100_000, false)]
    public void Bases_are_at_most_as_many_as_an_image_has_layers(int count, bool isTaken)
        => Assert.Equal(isTaken ? count : null, DeltaArtifact.TryParseBases(string.Join(',', Enumerable.Repeat(_a, count)))?.Length);
}
