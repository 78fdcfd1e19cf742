using System.Text;
using Coracle.E2E;
using Coracle.Oci;
using Coracle.Registry;

namespace Coracle.Tests.Registry;

public sealed class ReferrerSearchTests : PushTest
{
    private const string Wanted = "application/x.wanted";

    private static readonly Descriptor _subject = new(MediaTypes.OciManifest, Digest.Of("subject"u8), 7);

    [Theory]
    [InlineData(true, 100)]
    [InlineData(false, 100)]
    [InlineData(true, 2)]
    [InlineData(false, 2)]
    public async Task Those_of_the_type_are_found_over_all_pages_filtered_there_or_here(bool filters, int pageSize)
    {
        await using TestRegistry registry = new(new TestRegistryOptions { FiltersReferrers = filters, PageSize = pageSize });
        string[] wanted = [Store(registry, Wanted, 1), Store(registry, Wanted, 2), Store(registry, Wanted, 3)];
        Store(registry, "application/x.other", 4);

        IReadOnlyList<AnnotatedDescriptor> found = await SearchAsync(registry.Address);

        Assert.Equal(wanted.Order(StringComparer.Ordinal), found.Select(entry => entry.Descriptor.Digest.ToString()));
        Assert.Equal(["1", "2", "3"], found.Select(entry => entry.Annotations["number"]).Order());
        Assert.DoesNotContain(registry.Requests, request => request.Path.Contains("/manifests/", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_registry_without_any_has_none_known_to_it_or_not()
    {
        await using TestRegistry modern = new(), old = new(new TestRegistryOptions { HasReferrers = false });

        Assert.Empty(await SearchAsync(modern.Address));
        Assert.Empty(await SearchAsync(old.Address));
        Assert.Equal($"/v2/a/b/manifests/sha256-{_subject.Digest.ToHex()}", old.Requests.Last().Path);
    }

    [Theory]
    [InlineData(404, "404 page not found", "text/plain")]
    [InlineData(405, "", "text/plain")]
    [InlineData(400, "{}", "application/json")]
    [InlineData(403, "", "text/plain")]
    [InlineData(501, "", "text/plain")]
    [InlineData(200, "<html>", "text/html")]
    public async Task Where_the_registry_cannot_be_asked_a_tag_says_it(int status, string body, string type)
    {
        using FakeRegistry registry = new();
        registry.AddManifest(Repository, "sha256-" + _subject.Digest.ToHex(), IndexOf(Entry(Wanted, 1), Entry("other", 2)), MediaTypes.OciIndex);
        registry.Intercept = request => IsReferrers(request) ? FakeAnswer.Text(status, body, type) : null;

        AnnotatedDescriptor found = Assert.Single(await SearchAsync(registry.Authority));

        Assert.Equal("1", found.Annotations["number"]);
    }

    [Theory]
    [InlineData(429, "toomanyrequests")]
    [InlineData(401, "unauthorized")]
    [InlineData(500, "received unexpected HTTP status: 500")]
    public async Task A_registry_that_cannot_answer_now_is_not_taken_for_an_old_one(int status, string message)
    {
        using FakeRegistry registry = new();
        registry.Intercept = request => IsReferrers(request)
            ? FakeAnswer.Text(status, """{"errors":[{"code":"CODE","message":"m"}]}""".Replace("CODE", status == 429 ? "TOOMANYREQUESTS" : "UNAUTHORIZED"))
            : null;

        RegistryException error = await Assert.ThrowsAsync<RegistryException>(() => SearchAsync(registry.Authority));

        Assert.StartsWith(message, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("{")]
    [InlineData("{}")]
    [InlineData("""{"manifests":{}}""")]
    [InlineData("""{"manifests":[],"layers":[]}""")]
    [InlineData("""{"mediaType":"application/vnd.oci.image.manifest.v1+json","manifests":[]}""")]
    public async Task A_list_that_is_none_is_told(string body)
    {
        using FakeRegistry registry = new();
        registry.Intercept = request => IsReferrers(request) ? FakeAnswer.Text(200, body, MediaTypes.OciIndex) : null;

        RegistryException error = await Assert.ThrowsAsync<RegistryException>(() => SearchAsync(registry.Authority));

        Assert.Equal(RegistryProblem.Protocol, error.Problem);
    }

    [Fact]
    public async Task Entries_that_cannot_be_read_are_passed_over()
    {
        using FakeRegistry registry = new();
        string odd = """{"digest":"sha512:00","size":1,"artifactType":"application/x.wanted"},7,{"size":-1}""";
        registry.Intercept = request => IsReferrers(request) ? FakeAnswer.Text(200, IndexOf(odd, Entry(Wanted, 1)), MediaTypes.OciIndex) : null;

        Assert.Single(await SearchAsync(registry.Authority));
    }

    [Fact]
    public async Task A_registry_that_never_ends_is_left_after_a_thousand_entries_or_a_hundred_pages()
    {
        using FakeRegistry registry = new();
        string page = IndexOf([.. Enumerable.Range(0, 300).Select(number => Entry(Wanted, number))]);
        registry.Intercept = request => IsReferrers(request) ? Linked(page) : null;
        Assert.Equal(ReferrerIndex.MaxEntries, (await SearchAsync(registry.Authority)).Count);
        Assert.Equal(4, registry.Requests.Count(IsReferrers));

        registry.Requests.Clear();
        page = IndexOf();
        Assert.Empty(await SearchAsync(registry.Authority));
        Assert.Equal(100, registry.Requests.Count(IsReferrers));

        page = IndexOf([.. Enumerable.Range(0, 1001).Select(number => Entry(Wanted, number))]);
        await Assert.ThrowsAsync<RegistryException>(() => SearchAsync(registry.Authority));
    }

    [Fact]
    public async Task More_than_four_MiB_are_not_read()
    {
        using FakeRegistry registry = new();
        registry.Intercept = request => IsReferrers(request) ? FakeAnswer.Text(200, new string(' ', ManifestDocument.MaxBytes + 1), MediaTypes.OciIndex) : null;

        await Assert.ThrowsAsync<RegistryException>(() => SearchAsync(registry.Authority));
    }

    [Fact]
    public async Task Credentials_do_not_follow_a_link_to_another_host()
    {
        using FakeRegistry registry = new(), elsewhere = new();
        elsewhere.Intercept = request => FakeAnswer.Text(200, IndexOf(Entry(Wanted, 1)), MediaTypes.OciIndex);
        registry.Intercept = request =>
        {
            FakeAnswer challenge = FakeAnswer.Text(401, "");
            challenge.Headers["WWW-Authenticate"] = "Basic realm=\"x\"";
            return request["Authorization"] is null ? challenge : IsReferrers(request) ? Linked(IndexOf(), $"http://{elsewhere.Authority}/next") : null;
        };

        Assert.Single(await SearchAsync(registry.Authority, new RegistryCredentials { Username = "me", Password = "pw" }));
        Assert.Null(Assert.Single(elsewhere.Requests)["Authorization"]);
    }

    private static async Task<IReadOnlyList<AnnotatedDescriptor>> SearchAsync(string authority, RegistryCredentials? credentials = null)
    {
        await using RegistrySession session = await OpenAsync(authority, credentials);
        return await new ReferrerSearch(session).GetReferrersAsync(_subject.Digest, Wanted, Cancel);
    }

    private static string Store(TestRegistry registry, string type, int number)
        => registry.Store.PutManifest(
            Repository, null, MediaTypes.OciManifest, new ArtifactManifest(type, _subject, [], new Dictionary<string, string> { ["number"] = $"{number}" }).ToBytes());

    private static string Entry(string type, int number)
        => $$"""{"mediaType":"{{MediaTypes.OciManifest}}","digest":"{{Digest.Of(Encoding.UTF8.GetBytes($"{number}"))}}","size":1,"artifactType":"{{type}}","annotations":{"number":"{{number}}"} }""";

    private static string IndexOf(params string[] entries) => $$"""{"schemaVersion":2,"mediaType":"{{MediaTypes.OciIndex}}","manifests":[{{string.Join(',', entries)}}]}""";

    private static FakeAnswer Linked(string page, string next = "/v2/a/b/referrers/next")
    {
        FakeAnswer answer = FakeAnswer.Text(200, page, MediaTypes.OciIndex);
        answer.Headers["Link"] = $"<{next}>; rel=\"next\"";
        return answer;
    }

    private static bool IsReferrers(FakeRequest request) => request.Path.Contains("/referrers/", StringComparison.Ordinal);
}
