using Coracle.E2E;
using Coracle.Oci;
using Coracle.Registry;

namespace Coracle.Tests.Registry;

public sealed class ArtifactPushTests : PushTest
{
    private const string Type = "application/x.delta";

    private static readonly Descriptor _subject = new(MediaTypes.OciManifest, Digest.Of("subject"u8), 7);

    private static readonly TestRegistryOptions _old = new() { HasReferrers = false };

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_artifact_is_found_by_its_subject_and_its_blobs_are_there(bool hasReferrers)
    {
        await using TestRegistry registry = new(new TestRegistryOptions { HasReferrers = hasReferrers });
        byte[][] blobs = [Noise(1000, 1), Noise(500_000, 2)];
        ArtifactManifest manifest = ManifestOf(blobs, "1");
        await using RegistrySession session = await OpenAsync(registry.Address);

        Descriptor pushed = await new ArtifactPush(session).PushArtifactAsync(manifest, [.. blobs.Select(blob => new MemoryStream(blob))], [], Cancel);
        AnnotatedDescriptor found = Assert.Single(await new ReferrerSearch(session).GetReferrersAsync(_subject.Digest, Type, Cancel));
        FetchedManifest fetched = await session.GetManifestAsync(found.Descriptor.Digest.ToString(), Cancel);
        ArtifactManifest read = ArtifactManifest.Parse(fetched.Bytes);

        Assert.Equal(pushed, found.Descriptor);
        Assert.Equal("1", found.Annotations["number"]);
        Assert.Equal((Type, _subject), (read.ArtifactType, read.Subject));
        Assert.Equal(["of blob 0", "of blob 1"], read.Layers.Select(layer => layer.Annotations["note"]));
        Assert.All(read.Layers, (layer, i) => Assert.True(blobs[i].AsSpan().SequenceEqual(Stored(registry, layer.Descriptor.Digest))));
        string tag = $"sha256-{_subject.Digest.ToHex()}";
        Assert.Equal(hasReferrers ? [] : [tag, $"{tag}.{pushed.Digest.ToHex()[..16]}"], registry.Store.Tags(Repository));
    }

    [Fact]
    public async Task Pushed_twice_it_is_the_same_artifact_and_nothing_is_sent_twice()
    {
        await using TestRegistry registry = new(_old);

        Descriptor first = await PushAsync(registry, "1"), second = await PushAsync(registry, "1");

        Assert.Equal(first, second);
        Assert.Equal(2, registry.Requests.Count(request => request.Method == "POST"));
        Assert.Single(await FindAsync(registry));
    }

    [Fact]
    public async Task Two_pushes_lose_nothing_wherever_the_one_waits_for_the_other()
    {
        int requests = await CountRequestsAsync();
        for (int first = 1; first <= requests; first++)
        {
            // In step, or the other one wholly in between; every other order is ReferrersTagTests'.
            foreach (int second in new[] { first, int.MaxValue })
            {
                TestRegistryStore store = StoreWithBlobs();
                await using TestRegistry one = new(_old, store), other = new(_old, store);
                Gate early = new(first), late = new(second);
                (one.Turn, other.Turn) = (_ => early.PassAsync(), _ => late.PassAsync());

                // The one comes so far, the other so far; then the one ends, and the other after it.
                Task earlyPush = PushAsync(one, "1");
                await Task.WhenAny(earlyPush, early.Reached);
                Task latePush = PushAsync(other, "2");
                await Task.WhenAny(latePush, late.Reached);
                early.Open();
                await earlyPush;
                late.Open();
                await latePush;

                IEnumerable<string> found = (await FindAsync(one)).Select(entry => entry.Annotations["number"]).Order();
                Assert.True(found.SequenceEqual(["1", "2"]), $"at {first} and {second} of {requests}: {string.Join(' ', found)}");
            }
        }
    }

    private static async Task<int> CountRequestsAsync()
    {
        await using TestRegistry registry = new(_old, StoreWithBlobs());
        await PushAsync(registry, "1");
        return registry.Requests.Count;
    }

    /// <summary>So that the orders are those of the manifests: blobs are by digest and disturb nobody.</summary>
    private static TestRegistryStore StoreWithBlobs()
    {
        TestRegistryStore store = new();
        store.PutBlob(Repository, Noise(10));
        store.PutBlob(Repository, ArtifactManifest.EmptyConfig.ToArray());
        return store;
    }

    private static async Task<Descriptor> PushAsync(TestRegistry registry, string number)
    {
        await using RegistrySession session = await OpenAsync(registry.Address);
        byte[] blob = Noise(10);
        return await new ArtifactPush(session).PushArtifactAsync(ManifestOf([blob], number), [new MemoryStream(blob)], [], Cancel);
    }

    private static async Task<IReadOnlyList<AnnotatedDescriptor>> FindAsync(TestRegistry registry)
    {
        registry.Turn = _ => Task.CompletedTask;
        await using RegistrySession session = await OpenAsync(registry.Address);
        return await new ReferrerSearch(session).GetReferrersAsync(_subject.Digest, Type, Cancel);
    }

    private static ArtifactManifest ManifestOf(byte[][] blobs, string number)
    {
        AnnotatedDescriptor[] layers =
            [.. blobs.Select((blob, i) => new AnnotatedDescriptor(Describe(blob) with { MediaType = Type }, "", new Dictionary<string, string> { ["note"] = $"of blob {i}" }))];
        return new ArtifactManifest(Type, _subject, layers, new Dictionary<string, string> { ["number"] = number });
    }

    /// <summary>Lets so many through, and the rest when it is opened.</summary>
    private sealed class Gate(int free)
    {
        private readonly TaskCompletionSource _reached = new(), _open = new();
        private int _free = free;

        public Task Reached => _reached.Task;

        public Task PassAsync()
        {
            if (Interlocked.Decrement(ref _free) >= 0)
            {
                return Task.CompletedTask;
            }

            _reached.TrySetResult();
            return _open.Task;
        }

        public void Open() => _open.TrySetResult();
    }
}
