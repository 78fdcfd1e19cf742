using System.Text;
using Coracle.Core;
using Coracle.E2E;
using Coracle.Oci;

namespace Coracle.Tests.Core.Images.Deltas;

public sealed class DeltaPushTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_delta_stands_beside_the_manifest_in_the_words_that_a_pull_looks_for(bool hasReferrers)
    {
        using DeltaVerbBench verbs = await DeltaVerbBench.StartAsync();
        await using TestRegistry registry = new(new TestRegistryOptions { HasReferrers = hasReferrers });
        string name = Publish(verbs, registry);

        List<string> said = await verbs.PushAsync(name, verbs.OldName);

        string subject = verbs.New.Image.Manifest.ToString();
        Assert.Equal($"The deltas are for {registry.Address}/app@{subject}", said[0]);
        Assert.StartsWith("Published: ", said[^1], StringComparison.Ordinal);
        string digest = said[^1][(said[^1].IndexOf('@', StringComparison.Ordinal) + 1)..];
        ArtifactManifest artifact = ArtifactManifest.Parse(registry.Store.FindManifest("app", digest)!.Value.Bytes);
        Assert.Equal((DeltaArtifact.Type, subject), (artifact.ArtifactType, artifact.Subject!.Digest.ToString()));
        Assert.Equal(verbs.Old.DiffIds[1].ToString(), artifact.Annotations[DeltaArtifact.Bases]);
        Assert.Equal(verbs.Old.Image.Manifest.ToString(), artifact.Annotations[DeltaArtifact.Source]);
        LayerDelta delta = Assert.Single(DeltaArtifact.Read(artifact));
        Assert.Equal(verbs.New.DiffIds[1], delta.Target);
        Assert.True(registry.Store.HasBlob("app", delta.Blob.Digest.ToString()));
        Assert.Equal(!hasReferrers, registry.Store.Tags("app").Any(tag => tag.StartsWith("sha256-", StringComparison.Ordinal)));
        Assert.Empty(verbs.Bench.Disk.Staged());
    }

    [Fact]
    public async Task The_price_in_full_is_the_manifests_where_the_layer_was_here_before_it()
    {
        using DeltaVerbBench verbs = await DeltaVerbBench.StartAsync();
        await using TestRegistry registry = new();
        string name = Publish(verbs, registry);
        File.Delete($"{verbs.Bench.Disk.Root}/layers/{verbs.New.DiffIds[1].ToHex()}/blobs.json");

        List<string> said = await verbs.PushAsync(name, verbs.OldName);

        Assert.Contains(said, line => line.Contains($"instead of {DeltaText.Size(verbs.New.Image.Layers[1].Size)})", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Where_no_delta_pays_nothing_is_published_and_nothing_is_wrong()
    {
        using DeltaVerbBench verbs = await DeltaVerbBench.StartAsync();
        await using TestRegistry registry = new();
        string name = Publish(verbs, registry);
        await AddOtherAsync(verbs, "other", "entirely other");

        List<string> other = await verbs.PushAsync(name, verbs.Bench.Name("other:v1"));
        List<string> itself = await verbs.PushAsync(name, name);

        Assert.Equal("nothing published: no delta is smaller than 70 % of its layer", other[^1]);
        Assert.Equal("nothing published: the old images have all layers of the new one", itself[^1]);
        Assert.Empty(registry.Store.Referrers("app", verbs.New.Image.Manifest.ToString()));
    }

    [Fact]
    public async Task An_image_that_the_registry_does_not_have_is_refused_before_the_work()
    {
        using DeltaVerbBench verbs = await DeltaVerbBench.StartAsync();
        await using TestRegistry registry = new();
        verbs.Bench.Parts.Tagging.Tag(verbs.NewName, $"{registry.Address}/app", "v2");

        EngineException error = await Assert.ThrowsAsync<EngineException>(() => verbs.PushAsync($"{registry.Address}/app:v2", verbs.OldName));

        Assert.Equal(
            (Refusal.NotFound, $"{registry.Address}/app has no manifest {verbs.New.Image.Manifest}: push the image there first, then its deltas"), (error.Refusal, error.Message));
    }

    [Fact]
    public async Task An_image_without_a_manifest_is_refused()
    {
        using DeltaVerbBench verbs = await DeltaVerbBench.StartAsync();
        using MemoryStream saved = new();
        await verbs.Bench.Parts.Save.WriteAsync([verbs.NewName], null, saved, DeltaVerbBench.Cancel);
        using Coracle.Tests.Images.ImageBench device = new();
        await DeltaVerbBench.LoadAsync(device, saved.ToArray());
        ProgressLines lines = new();

        EngineException error = await Assert.ThrowsAsync<EngineException>(() => device.Parts.DeltaPush.RunAsync(
            ImageReference.Parse(verbs.NewName), new DeltaRequest([verbs.NewName], verbs.NewName), null, lines, DeltaVerbBench.Cancel));

        Assert.Equal(Refusal.Conflict, error.Refusal);
        Assert.Contains("was never pulled from a registry nor pushed to one", error.Message, StringComparison.Ordinal);
    }

    /// <summary>The new image's manifest in another registry, and its name here.</summary>
    private static string Publish(DeltaVerbBench verbs, TestRegistry registry)
    {
        registry.Store.PutManifest("app", "v2", MediaTypes.OciManifest, Encoding.UTF8.GetBytes(verbs.New.Image.Json));
        verbs.Bench.Parts.Tagging.Tag(verbs.NewName, $"{registry.Address}/app", "v2");
        return $"{registry.Address}/app:v2";
    }

    private static async Task AddOtherAsync(DeltaVerbBench verbs, string repository, string content)
    {
        PublishedImage.Add(verbs.Bench.Registry, repository, "v1", content);
        await verbs.Bench.PullAsync(repository + ":v1");
    }
}
