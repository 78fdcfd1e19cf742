using Coracle.E2E;
using Coracle.Oci;
using Coracle.Registry;

namespace Coracle.Tests.Registry;

public sealed class ManifestPushTests : PushTest
{
    private static readonly byte[] _index = """{"schemaVersion":2,"manifests":[]}"""u8.ToArray();

    [Fact]
    public async Task A_manifest_is_found_again_by_tag_and_by_digest()
    {
        await using TestRegistry registry = new();
        await using RegistrySession session = await OpenAsync(registry.Address);

        Assert.False(await session.PutManifestAsync("v1", MediaTypes.OciIndex, _index, Cancel));
        Assert.False(await session.PutManifestAsync(Digest.Of(_index).ToString(), MediaTypes.OciIndex, _index, Cancel));

        FetchedManifest? byTag = await session.FindManifestAsync("v1", Cancel), byDigest = await session.FindManifestAsync(Digest.Of(_index).ToString(), Cancel);
        Assert.Equal(_index, byTag?.Bytes);
        Assert.Equal(MediaTypes.OciIndex, byDigest?.ContentType);
        Assert.Null(await session.FindManifestAsync("v2", Cancel));
        Assert.Equal(["v1"], await session.GetTagsAsync(Cancel));
    }

    [Fact]
    public async Task A_registry_that_stored_another_manifest_is_told()
    {
        await using TestRegistry registry = new() { Fault = _ => new TestFault { IsWrong = true } };
        await using RegistrySession session = await OpenAsync(registry.Address);

        RegistryException error = await Assert.ThrowsAsync<RegistryException>(() => session.PutManifestAsync("v1", MediaTypes.OciIndex, _index, Cancel));

        Assert.Equal($"the registry has stored another digest than {Digest.Of(_index)}", error.Message);
    }

    [Fact]
    public async Task A_manifest_whose_blobs_are_missing_is_refused_in_the_registrys_words()
    {
        await using TestRegistry registry = new();
        await using RegistrySession session = await OpenAsync(registry.Address);
        byte[] manifest = new ArtifactManifest("a/b", null, [], new Dictionary<string, string>()).ToBytes();

        RegistryException error = await Assert.ThrowsAsync<RegistryException>(() => session.PutManifestAsync("v1", MediaTypes.OciManifest, manifest, Cancel));

        Assert.Equal("manifest blob unknown: manifest blob unknown", error.Message);
    }

    [Theory]
    [InlineData(400, "DIGEST_INVALID")]
    [InlineData(500, "UNKNOWN")]
    public async Task A_link_that_somebody_is_writing_is_asked_for_again(int status, string code)
    {
        int faults = 0;
        await using TestRegistry registry = new();
        registry.Fault = request => request.Path.Contains("/manifests/", StringComparison.Ordinal) && faults++ % 3 < 2
            ? new TestFault { Status = status, Code = code }
            : null;
        await using RegistrySession session = await OpenAsync(registry.Address);

        await session.PutManifestAsync("v1", MediaTypes.OciIndex, _index, Cancel);
        FetchedManifest? found = await session.FindManifestAsync("v1", Cancel);

        Assert.Equal(_index, found?.Bytes);
        Assert.Equal(6, faults);
    }

    [Fact]
    public async Task A_manifest_that_is_refused_for_its_digest_every_time_is_refused_in_the_registrys_words()
    {
        await using TestRegistry registry = new() { Fault = _ => new TestFault { Status = 400, Code = "DIGEST_INVALID" } };
        await using RegistrySession session = await OpenAsync(registry.Address);

        RegistryException error = await Assert.ThrowsAsync<RegistryException>(() => session.PutManifestAsync("v1", MediaTypes.OciIndex, _index, Cancel));

        Assert.Equal("digest invalid: digest invalid", error.Message);
    }

    [Fact]
    public async Task One_flipped_bit_in_a_manifest_by_digest_is_noticed()
    {
        await using TestRegistry registry = new();
        string digest = registry.Store.PutManifest(Repository, null, MediaTypes.OciIndex, _index);
        registry.Fault = request => request.Path.Contains("/manifests/", StringComparison.Ordinal) ? new TestFault { IsWrong = true } : null;
        await using RegistrySession session = await OpenAsync(registry.Address);

        RegistryException error = await Assert.ThrowsAsync<RegistryException>(() => session.FindManifestAsync(digest, Cancel));

        Assert.Equal($"manifest verification failed for digest {digest}", error.Message);
    }

    [Fact]
    public async Task The_test_registry_serves_ranges_slowly_or_cut_and_counts()
    {
        await using TestRegistry registry = new();
        byte[] content = Noise(10_000);
        string digest = registry.Store.PutBlob(Repository, content);
        using HttpClient client = new();
        Uri address = new($"http://{registry.Address}/v2/{Repository}/blobs/{digest}");
        using HttpRequestMessage part = new(HttpMethod.Get, address) { Headers = { Range = new System.Net.Http.Headers.RangeHeaderValue(9_000, null) } };

        using HttpResponseMessage answer = await client.SendAsync(part, Cancel);
        registry.Fault = _ => new TestFault { BytesPerSecond = 50_000 };
        long start = Environment.TickCount64;
        byte[] slow = await client.GetByteArrayAsync(address, Cancel);
        long took = Environment.TickCount64 - start;
        registry.Fault = _ => new TestFault { CutAnswerAfter = 500 };
        await Assert.ThrowsAnyAsync<HttpRequestException>(() => client.GetByteArrayAsync(address, Cancel));

        Assert.Equal((206, "bytes 9000-9999/10000"), ((int)answer.StatusCode, answer.Content.Headers.ContentRange?.ToString()));
        Assert.Equal(content[9_000..], await answer.Content.ReadAsByteArrayAsync(Cancel));
        Assert.Equal(content, slow);
        Assert.True(took >= 150, $"{took} ms");
        Assert.Equal(11_500, registry.Store.BytesServed(digest));
    }
}
