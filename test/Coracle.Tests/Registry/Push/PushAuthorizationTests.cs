using Coracle.E2E;
using Coracle.Oci;
using Coracle.Registry;

namespace Coracle.Tests.Registry;

public sealed class PushAuthorizationTests : PushTest
{
    private static readonly RegistryCredentials _me = new() { Username = "me", Password = "pw" };

    private static readonly TestRegistryOptions _closed = new() { User = "me", Password = "pw" };

    [Fact]
    public async Task The_token_is_for_pushing_here_and_for_pulling_where_blobs_are_mounted_from()
    {
        await using TestRegistry registry = new(_closed);
        byte[] content = Noise(1000);
        registry.Store.PutBlob("c/d", content);
        await using RegistrySession session = await OpenAsync(registry.Address, _me);

        Assert.Equal(BlobPushOutcome.Mounted, await new BlobPush(session, Describe(content), new MemoryStream(content), new PushLog()).RunAsync("c/d", Cancel));
        Assert.Equal(["repository:a/b:pull,push repository:c/d:pull"], registry.Scopes);
    }

    [Fact]
    public async Task A_token_that_ends_in_the_middle_is_renewed_and_the_part_sent_again()
    {
        await using TestRegistry registry = new(_closed with { TokenUses = 3 });
        byte[] content = Noise(1_000_000);
        await using RegistrySession session = await OpenAsync(registry.Address, _me);

        Assert.Equal(BlobPushOutcome.Uploaded, await new BlobPush(session, Describe(content), new MemoryStream(content), new PushLog()).RunAsync(null, Cancel));

        Assert.Equal(content, Stored(registry, Digest.Of(content)));
        Assert.Equal(2, registry.Scopes.Count);
    }

    [Fact]
    public async Task Nobody_may_not_push_and_hears_it_in_Dockers_words()
    {
        await using TestRegistry registry = new(_closed);
        await using RegistrySession session = await OpenAsync(registry.Address);

        RegistryException error = await Assert.ThrowsAsync<RegistryException>(
            () => session.PutManifestAsync("1", MediaTypes.OciManifest, "{}"u8.ToArray(), Cancel));

        Assert.Equal("unauthorized: incorrect username or password", error.Message);
    }

    [Fact]
    public async Task A_denied_push_does_not_speak_of_pulling()
    {
        using FakeRegistry registry = new();
        registry.Intercept = request => request.Method == "POST"
            ? FakeAnswer.Text(403, """{"errors":[{"code":"DENIED","message":"requested access to the resource is denied"}]}""")
            : null;

        RegistryException error = await Assert.ThrowsAsync<RegistryException>(() => PushAsync(registry.Authority, Noise(10)));

        Assert.Equal("denied: requested access to the resource is denied", error.Message);
    }

    [Theory]
    [InlineData(1_000)]
    [InlineData(500_000)]
    public async Task Credentials_stay_with_their_host_when_the_upload_goes_on_elsewhere(int length)
    {
        TestRegistryStore store = new();
        await using TestRegistry elsewhere = new(store: store);
        await using TestRegistry registry = new(_closed with { UploadsAt = elsewhere.Address }, store);
        byte[] content = Noise(length);
        await using RegistrySession session = await OpenAsync(registry.Address, _me);

        Assert.Equal(BlobPushOutcome.Uploaded, await new BlobPush(session, Describe(content), new MemoryStream(content), new PushLog()).RunAsync(null, Cancel));

        Assert.Equal(content, Stored(registry, Digest.Of(content)));
        Assert.Contains(elsewhere.Requests, request => request.Method == "PUT");
        Assert.All(elsewhere.Requests, request => Assert.Null(request["Authorization"]));
        Assert.Contains(registry.Requests, request => request["Authorization"] is not null);
    }

    [Fact]
    public async Task A_place_that_is_a_whole_address_of_the_registry_is_still_the_registry()
    {
        await using TestRegistry registry = new(_closed with { HasAbsolutePlaces = true });
        byte[] content = Noise(500_000);
        await using RegistrySession session = await OpenAsync(registry.Address, _me);

        Assert.Equal(BlobPushOutcome.Uploaded, await new BlobPush(session, Describe(content), new MemoryStream(content), new PushLog()).RunAsync(null, Cancel));
        Assert.All(registry.Requests.Where(request => request.Method == "PATCH"), request => Assert.NotNull(request["Authorization"]));
    }
}
