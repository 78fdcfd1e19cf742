using System.Text;
using Coracle.Core;
using Coracle.Oci;
using Coracle.Storage;
using Coracle.Tests.Registry;

namespace Coracle.Tests.Images;

public sealed class ImagePullTests : IDisposable
{
    private readonly ImageBench _bench = new();

    public void Dispose() => _bench.Dispose();

    [Fact]
    public async Task A_pull_brings_config_layers_and_names_and_says_so_as_Docker_does()
    {
        FakeImage image = FakeImage.Add(_bench.Registry, "a/b", "v1", ["one", "two2"]);

        List<ProgressLine> lines = await _bench.PullAsync("a/b:v1");

        ImageRecord record = Assert.Single(_bench.Disk.Store.Images.List());
        Assert.Equal(image.Id, record.Id);
        Assert.All(record.Layers, layer => Assert.True(_bench.Disk.Store.Layers.Contains(layer)));
        Assert.Equal("two2", File.ReadAllText(_bench.Disk.Diff(record.Layers[1]) + "/file-4"));
        Assert.Equal(
            [_bench.Name("a/b:v1"), _bench.Name("a/b@" + image.Manifest)],
            _bench.Disk.Store.Images.Names.Keys.Order(StringComparer.Ordinal));
        Assert.Empty(_bench.Disk.Staged());
        Assert.Equal($"pull {_bench.Name("a/b:v1")}", Assert.Single(_bench.EventNames()));

        Assert.Equal(new ProgressLine("Pulling from a/b", "v1"), lines[0]);
        Assert.Equal($"Digest: {image.Manifest}", lines[^2].Status);
        Assert.Equal($"Status: Downloaded newer image for {_bench.Name("a/b:v1")}", lines[^1].Status);
        string row = image.Layers[0].Digest.ToHex()[..12];
        Assert.Equal(
            ["Pulling fs layer", "Downloading", "Verifying Checksum", "Download complete", "Extracting", "Pull complete"],
            lines.Where(line => line.Id == row && line.Status != "Waiting").Select(line => line.Status));
    }

    [Fact]
    public async Task What_is_here_is_not_fetched_again()
    {
        FakeImage.Add(_bench.Registry, "a/b", "v1", ["one", "two2"]);
        FakeImage second = FakeImage.Add(_bench.Registry, "a/b", "v2", ["one", "three"], label: "y");
        await _bench.PullAsync("a/b:v1");
        _bench.Registry.Requests.Clear();

        List<ProgressLine> again = await _bench.PullAsync("a/b:v1");
        Assert.DoesNotContain(_bench.Registry.Requests, request => request.Path.Contains("/blobs/"));
        Assert.Equal($"Status: Image is up to date for {_bench.Name("a/b:v1")}", again[^1].Status);

        List<ProgressLine> other = await _bench.PullAsync("a/b:v2");
        Assert.Contains(other, line => line.Status == "Already exists" && line.Id == second.Layers[0].Digest.ToHex()[..12]);
        Assert.Equal(2, _bench.Registry.Requests.Count(request => request.Path.Contains("/blobs/")));
    }

    [Fact]
    public async Task An_index_gives_the_manifest_for_the_platform_and_keeps_its_own_digest()
    {
        FakeImage image = FakeImage.Add(_bench.Registry, "a/b", "inner", ["one"]);
        Descriptor entry = new(MediaTypes.OciManifest, image.Manifest, Encoding.UTF8.GetByteCount(image.Json));
        string described = FakeImage.Describe(entry)[..^1];
        Digest index = _bench.Registry.AddManifest(
            "a/b", "multi",
            $$$"""{"schemaVersion":2,"mediaType":"{{{MediaTypes.OciIndex}}}","manifests":[{{{described}}},"platform":{"os":"linux","architecture":"s390x"}},{{{described}}},"platform":{"os":"linux","architecture":"{{{Platform.Host.Architecture}}}"}}]}""",
            MediaTypes.OciIndex);

        List<ProgressLine> lines = await _bench.PullAsync("a/b:multi");

        Assert.Equal($"Digest: {index}", lines[^2].Status);
        Assert.Equal(image.Id, _bench.Disk.Store.Images.Names[_bench.Name($"a/b@{index}")]);
        Assert.Equal([index, image.Manifest], _bench.Disk.Store.Images.Find(image.Id)!.Manifests);
    }

    [Fact]
    public async Task An_index_without_this_platform_is_refused_by_name()
    {
        _bench.Registry.AddManifest("a/b", "v1", $$"""{"schemaVersion":2,"mediaType":"{{MediaTypes.OciIndex}}","manifests":[]}""", MediaTypes.OciIndex);

        Assert.Equal($"no matching manifest for {Platform.Host.WithoutLevel()} in the manifest list entries", await _bench.RefusedAsync("a/b:v1"));
    }

    [Fact]
    public async Task A_pull_by_digest_has_only_that_name()
    {
        FakeImage image = FakeImage.Add(_bench.Registry, "a/b", "v1", ["one"]);

        List<ProgressLine> lines = await _bench.PullAsync("a/b@" + image.Manifest);

        Assert.Equal(new ProgressLine("Pulling from a/b", image.Manifest.ToString()), lines[0]);
        Assert.Equal([_bench.Name("a/b@" + image.Manifest)], _bench.Disk.Store.Images.Names.Keys);
    }

    [Fact]
    public async Task The_same_layer_twice_in_one_image_is_fetched_once()
    {
        FakeImage.Add(_bench.Registry, "a/b", "v1", ["one", "one", "two2"]);

        await _bench.PullAsync("a/b:v1");

        Assert.Equal(3, Assert.Single(_bench.Disk.Store.Images.List()).Layers.Count);
        Assert.Equal(3, _bench.Registry.Requests.Count(request => request.Path.Contains("/blobs/")));   // config, two layers
    }

    [Fact]
    public async Task Two_pulls_at_once_share_the_download()
    {
        FakeImage image = FakeImage.Add(_bench.Registry, "a/b", "v1", ["one", "two2"]);
        using ManualResetEventSlim bothAsked = new();
        using CountdownEvent configs = new(2);
        string configPath = $"/v2/a/b/blobs/{image.Id}";
        _bench.Registry.Intercept = request =>
        {
            if (request.Path == configPath && configs.Signal())
            {
                bothAsked.Set();
            }

            if (request.Path == $"/v2/a/b/blobs/{image.Layers[0].Digest}")
            {
                bothAsked.Wait(TimeSpan.FromSeconds(10));
            }

            return null;
        };

        await Task.WhenAll(_bench.PullAsync("a/b:v1"), _bench.PullAsync("a/b:v1"));

        foreach (Descriptor layer in image.Layers)
        {
            Assert.Equal(1, _bench.Registry.Requests.Count(request => request.Path == $"/v2/a/b/blobs/{layer.Digest}"));
        }
    }

    [Fact]
    public async Task Pulls_and_deletions_at_once_leave_no_name_without_its_image()
    {
        const int Rounds = 15;
        FakeImage.Add(_bench.Registry, "a/b", "v1", ["one", "two2"]);
        FakeImage.Add(_bench.Registry, "a/b", "v2", ["one", "three"], label: "y");
        for (int i = 0; i < Rounds; i++)
        {
            await Task.WhenAll(_bench.PullAsync("a/b:v1"), _bench.PullAsync("a/b:v1"), _bench.PullAsync("a/b:v2"), DeleteAsync("a/b:v1"), DeleteAsync("a/b:v2"));

            Assert.All(_bench.Disk.Store.Images.Names.Values, id => Assert.NotNull(_bench.Disk.Store.Images.Find(id)));
            Assert.All(
                _bench.Disk.Store.Images.List().SelectMany(image => image.Layers), layer => Assert.True(_bench.Disk.Store.Layers.Contains(layer)));
            Assert.Empty(_bench.Disk.Staged());
        }

        await _bench.PullAsync("a/b:v1");
    }

    private Task DeleteAsync(string name) => Task.Run(() =>
    {
        try
        {
            _bench.Parts.Delete.Delete(_bench.Name(name), isForced: true);
        }
        catch (EngineException gone) when (gone.Refusal == Refusal.NotFound)
        {
            // It had not come yet.
        }
    });

    [Fact]
    public async Task When_the_one_who_downloads_gives_up_the_one_who_waits_takes_over()
    {
        FakeImage image = FakeImage.Add(_bench.Registry, "a/b", "v1", ["one"]);
        string layerPath = $"/v2/a/b/blobs/{image.Layers[0].Digest}";
        TaskCompletionSource firstAsked = new(TaskCreationOptions.RunContinuationsAsynchronously);
        TaskCompletionSource secondWaits = new(TaskCreationOptions.RunContinuationsAsynchronously);
        TaskCompletionSource end = new();
        int layerRequests = 0, configRequests = 0;
        _bench.Registry.Intercept = request =>
        {
            if (request.Path.EndsWith(image.Id.ToString(), StringComparison.Ordinal) && Interlocked.Increment(ref configRequests) == 2)
            {
                secondWaits.SetResult();
            }

            if (request.Path != layerPath || Interlocked.Increment(ref layerRequests) > 1)
            {
                return null;
            }

            firstAsked.SetResult();
            return new FakeAnswer(200, [], ClaimedLength: image.Layers[0].Size) { Silence = end.Task };
        };
        using CancellationTokenSource giveUp = new();
        Task first = _bench.PullAsync("a/b:v1", giveUp.Token);
        await firstAsked.Task.WaitAsync(ImageBench.Cancel);
        Task<List<ProgressLine>> second = _bench.PullAsync("a/b:v1");
        await secondWaits.Task.WaitAsync(ImageBench.Cancel);

        await giveUp.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        Assert.StartsWith("Status: Downloaded newer image", (await second)[^1].Status, StringComparison.Ordinal);
        end.SetResult();
        Assert.Empty(_bench.Disk.Staged());
    }

    [Fact]
    public async Task After_a_dead_line_the_whole_layers_are_kept_and_nothing_else()
    {
        FakeImage image = FakeImage.Add(_bench.Registry, "a/b", "v1", ["one", "two2"]);
        string dead = $"/v2/a/b/blobs/{image.Layers[1].Digest}";
        string good = $"/v2/a/b/blobs/{image.Layers[0].Digest}";
        TaskCompletionSource goodSent = new(TaskCreationOptions.RunContinuationsAsynchronously);
        _bench.Registry.Intercept = request =>
        {
            if (request.Path == good)
            {
                goodSent.TrySetResult();
            }

            return request.Path == dead ? new FakeAnswer(200, [1], CutAfter: 0, ClaimedLength: image.Layers[1].Size) : null;
        };

        Assert.Equal("unexpected EOF", await _bench.RefusedAsync("a/b:v1"));
        _bench.Registry.Intercept = _ => null;
        await _bench.PullAsync("a/b:v1");

        Assert.Single(_bench.Disk.Store.Images.List());
    }

    [Theory]
    [InlineData("flipped", "filesystem layer verification failed for digest")]
    [InlineData("short", "unexpected size")]
    [InlineData("long", "unexpected size")]
    [InlineData("html", "unexpected size")]
    [InlineData("gone", "blob unknown: blob unknown to registry")]
    public async Task A_layer_that_is_not_the_promised_one_leaves_nothing(string fault, string message)
    {
        FakeImage image = FakeImage.Add(_bench.Registry, "a/b", "v1", ["one", "two2"]);
        byte[] blob = FakeImage.Gzip(FakeImage.Tar("file-4", "two2"));
        byte[] flipped = [.. blob];
        flipped[^10] ^= 1;
        FakeAnswer answer = fault switch
        {
            "flipped" => new FakeAnswer(200, flipped),
            "short" => new FakeAnswer(200, blob[..^1], ClaimedLength: -1),
            "long" => new FakeAnswer(200, [.. blob, 0], ClaimedLength: -1),
            "html" => FakeAnswer.Text(200, "<html>login here</html>", "text/html"),
            _ => FakeAnswer.Text(404, """{"errors":[{"code":"BLOB_UNKNOWN","message":"blob unknown to registry"}]}"""),
        };
        _bench.Registry.Intercept = request => request.Path.EndsWith(image.Layers[1].Digest.ToString(), StringComparison.Ordinal) ? answer : null;

        Assert.Contains(message, await _bench.RefusedAsync("a/b:v1"), StringComparison.Ordinal);
    }

    [Fact(Timeout = 60_000)] // a pull that took it would bring it again and again
    public async Task A_layer_whose_content_is_not_the_configs_is_refused()
    {
        FakeImage.Add(_bench.Registry, "a/b", "v1", ["one"], diffIds: ["sha256:" + new string('0', 64)]);

        Assert.Contains("its uncompressed content is", await _bench.RefusedAsync("a/b:v1").WaitAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Layers_and_diff_ids_must_be_as_many()
    {
        FakeImage.Add(_bench.Registry, "a/b", "v1", ["one"], diffIds: []);

        Assert.Equal("layers from manifest don't match image configuration", await _bench.RefusedAsync("a/b:v1"));
    }

    [Fact]
    public async Task An_image_for_another_system_is_refused()
    {
        FakeImage.Add(_bench.Registry, "a/b", "v1", ["one"], os: "windows");

        Assert.Equal("image operating system \"windows\" cannot be used on this platform", await _bench.RefusedAsync("a/b:v1"));
    }

    [Fact]
    public async Task More_than_127_layers_are_refused_before_anything_is_fetched()
    {
        FakeImage.Add(_bench.Registry, "a/b", "v1", [.. Enumerable.Range(0, 128).Select(i => "layer " + i)]);

        Assert.Contains("max depth exceeded", await _bench.RefusedAsync("a/b:v1"), StringComparison.Ordinal);
        Assert.DoesNotContain(_bench.Registry.Requests, request => request.Path.Contains("/blobs/"));
    }

    [Theory]
    [InlineData("text/html", "<html>", "unsupported manifest media type and no default available: text/html")]
    [InlineData(MediaTypes.OciManifest, "{nonsense", "manifest is not valid JSON")]
    [InlineData("application/x-strange", "{}", "unsupported manifest media type and no default available: application/x-strange")]
    [InlineData("application/vnd.docker.distribution.manifest.v1+prettyjws", "{}", "[DEPRECATION NOTICE] Docker Image Format v1")]
    [InlineData(MediaTypes.OciManifest, """{"layers":[],"manifests":[]}""", "expected manifest but found index")]
    public async Task What_is_no_manifest_is_refused(string contentType, string body, string message)
    {
        _bench.Registry.Intercept = request => request.Path.Contains("/manifests/") ? FakeAnswer.Text(200, body, contentType) : null;

        Assert.StartsWith(message, (await _bench.RefusedAsync("a/b:v1")).Replace("ocischema: ", ""), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_tag_that_is_not_there_is_not_found()
    {
        FakeImage.Add(_bench.Registry, "a/b", "v1", ["one"]);

        EngineException error = await Assert.ThrowsAsync<EngineException>(() => _bench.PullAsync("a/b:nosuch"));

        Assert.Equal(Refusal.NotFound, error.Refusal);
        Assert.Equal($"manifest for {_bench.Name("a/b:nosuch")} not found: manifest unknown: manifest unknown", error.Message);
    }
}
