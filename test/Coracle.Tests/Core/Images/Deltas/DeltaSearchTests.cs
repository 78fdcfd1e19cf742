using Coracle.Core;
using Coracle.Oci;
using Coracle.Tests.Images;
using Coracle.Tests.Registry;

namespace Coracle.Tests.Core.Images.Deltas;

/// <summary>When a pull asks for deltas, what it asks, and that nothing it hears fails it.</summary>
public sealed class DeltaSearchTests : IDisposable
{
    private readonly ImageBench _bench = new();

    public void Dispose() => _bench.Dispose();

    private int Asked(PublishedImage image) => _bench.Registry.Requests.Count(request => request.Path.StartsWith(
        $"/v2/a/b/referrers/{image.Image.Manifest}?artifactType=application%2Fvnd.coracle.image.delta.v1", StringComparison.Ordinal));

    private PublishedImage Add(string tag, params string[] contents) => PublishedImage.Add(_bench.Registry, "a/b", tag, contents);

    [Fact]
    public async Task The_first_image_of_a_repository_asks_nobody()
    {
        PublishedImage first = Add("v1", "one");
        await _bench.PullAsync("a/b:v1");

        Assert.Equal(0, Asked(first));
    }

    [Fact]
    public async Task The_next_one_asks_once_and_a_no_is_kept()
    {
        Add("v1", "one");
        PublishedImage next = Add("v2", "one", "two2");
        await _bench.PullAsync("a/b:v1");

        await _bench.PullAsync("a/b:v2");
        Assert.Equal(1, Asked(next));

        _bench.Parts.Delete.Delete(_bench.Name("a/b:v2"), isForced: true);
        await _bench.PullAsync("a/b:v2");
        Assert.Equal(1, Asked(next));
    }

    [Fact]
    public async Task Where_every_layer_is_here_nobody_is_asked()
    {
        Add("v1", "one");
        PublishedImage same = Add("v2", "one");
        await _bench.PullAsync("a/b:v1");

        await _bench.PullAsync("a/b:v2");

        Assert.Equal(0, Asked(same));
    }

    [Fact]
    public async Task A_layer_that_was_seen_in_the_repository_is_enough()
    {
        Add("v1", "one");
        PublishedImage next = Add("v2", "two2");
        await _bench.PullAsync("a/b:v1");
        _bench.Parts.Tagging.Tag(_bench.Name("a/b:v1"), "elsewhere", "x");
        foreach (string name in _bench.Disk.Store.Images.Names.Keys.Where(name => name.Contains("a/b", StringComparison.Ordinal)).ToList())
        {
            _bench.Disk.Store.Images.RemoveName(name);
        }

        await _bench.PullAsync("a/b:v2");

        Assert.Equal(1, Asked(next));
    }

    [Fact]
    public async Task Another_repository_asks_nobody()
    {
        Add("v1", "one");
        PublishedImage other = PublishedImage.Add(_bench.Registry, "other", "v1", "two2");
        await _bench.PullAsync("a/b:v1");

        await _bench.PullAsync("other:v1");

        Assert.DoesNotContain(_bench.Registry.Requests, request => request.Path.Contains("/referrers/", StringComparison.Ordinal));
        Assert.NotNull(other.Image.Id);
    }

    [Theory]
    [InlineData(500, "{}", "application/json")]
    [InlineData(401, "{}", "application/json")]
    [InlineData(429, "{}", "application/json")]
    [InlineData(200, "{nonsense", MediaTypes.OciIndex)]
    [InlineData(200, "{}", MediaTypes.OciIndex)]
    [InlineData(200, """{"schemaVersion":2,"manifests":[{"mediaType":"x","digest":"sha256:x","size":1}]}""", MediaTypes.OciIndex)]
    public async Task Whatever_the_registry_says_about_deltas_the_pull_goes_on(int status, string body, string type)
    {
        Add("v1", "one");
        PublishedImage next = Add("v2", "one", "two2");
        await _bench.PullAsync("a/b:v1");
        _bench.Registry.Intercept = request => request.Path.Contains("/referrers/", StringComparison.Ordinal) ? FakeAnswer.Text(status, body, type) : null;

        await _bench.PullAsync("a/b:v2");

        Assert.NotNull(_bench.Disk.Store.Images.Find(next.Image.Id));
    }

    [Theory]
    [InlineData("gone")]
    [InlineData("html")]
    [InlineData("other")]
    [InlineData("huge")]
    public async Task An_artifact_that_is_none_costs_a_request(string fault)
    {
        Add("v1", PublishedImage.Text(1));
        PublishedImage next = Add("v2", PublishedImage.Text(1, edit: 2));
        await _bench.PullAsync("a/b:v1");
        next.Publish(0, [1, 2, 3], []);
        string list = next.ReferrersTag;
        FakeAnswer answer = fault switch
        {
            "gone" => FakeAnswer.Text(404, "{}"),
            "html" => FakeAnswer.Text(200, "<html>", "text/html"),
            "huge" => new FakeAnswer(200, new byte[5 << 20]),
            _ => FakeAnswer.Text(200, next.Image.Json, MediaTypes.OciManifest),
        };
        _bench.Registry.Intercept = request => request.Path.Contains("/manifests/sha256:", StringComparison.Ordinal) && request.Path != list ? answer : null;

        List<ProgressLine> lines = await _bench.PullAsync("a/b:v2");

        Assert.NotNull(_bench.Disk.Store.Images.Find(next.Image.Id));
        Assert.DoesNotContain(lines, line => line.Status.Contains("by delta", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Of_many_artifacts_the_newest_that_can_be_used_are_read_and_no_more_than_eight()
    {
        PublishedImage old = Add("v1", PublishedImage.Text(1));
        PublishedImage next = Add("v2", PublishedImage.Text(1, edit: 2));
        await _bench.PullAsync("a/b:v1");
        for (byte i = 0; i < 12; i++)
        {
            next.Publish(0, [i, 1], old.DiffIds);                               // can be used
            next.Publish(0, [i, 2], [DiffId.Parse("sha256:" + new string('e', 64))]); // cannot
            next.Publish(0, [i, 3], old.DiffIds, saysBases: false);             // nobody knows
        }

        _bench.Registry.Requests.Clear();
        await _bench.PullAsync("a/b:v2");

        Assert.Equal(8, _bench.Registry.Requests.Count(request => request.Path.Contains("/manifests/sha256:", StringComparison.Ordinal)));
        Assert.Equal(1, _bench.Parts.Deltas.Fallbacks);                          // one of them was tried
    }

    [Fact]
    public async Task Off_asks_nobody()
    {
        using ImageBench bench = new(DeltaMode.Off);
        PublishedImage.Add(bench.Registry, "a/b", "v1", "one");
        PublishedImage next = PublishedImage.Add(bench.Registry, "a/b", "v2", "two2");
        next.Publish(0, [1], []);
        await bench.PullAsync("a/b:v1");

        await bench.PullAsync("a/b:v2");

        Assert.DoesNotContain(bench.Registry.Requests, request => request.Path.Contains("/referrers/", StringComparison.Ordinal));
        Assert.NotNull(bench.Disk.Store.Images.Find(next.Image.Id));
    }

    [Fact]
    public async Task Only_names_the_layer_that_has_none_and_asks_again_the_next_time()
    {
        using ImageBench bench = new(DeltaMode.Only);
        PublishedImage image = PublishedImage.Add(bench.Registry, "a/b", "v1", "one", "two2");

        for (int i = 1; i <= 2; i++)
        {
            Assert.Equal(
                $"{bench.Name("a/b:v1")}: no delta for layer {image.DiffIds[0]} ({image.Image.Layers[0].Size} bytes in full), and this engine takes deltas only (--delta=only)",
                await bench.RefusedAsync("a/b:v1"));
            Assert.Equal(i, bench.Registry.Requests.Count(request => request.Path.Contains("/referrers/", StringComparison.Ordinal)));
        }

        Assert.DoesNotContain(bench.Registry.Requests, request => request.Path == image.PathOf(0));
    }
}
