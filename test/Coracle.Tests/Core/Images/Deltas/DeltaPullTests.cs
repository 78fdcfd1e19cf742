using Coracle.Core;
using Coracle.Delta;
using Coracle.Oci;
using Coracle.Storage;
using Coracle.Tests.Images;
using Coracle.Tests.Registry;
using Coracle.Tests.Storage;

namespace Coracle.Tests.Core.Images.Deltas;

/// <summary>A pull by delta: the same image as a full one, for fewer bytes; and by the full layer where anything about the delta is wrong.</summary>
public sealed class DeltaPullTests : IDisposable
{
    private static readonly string _old = PublishedImage.Text(1);
    private static readonly string _new = PublishedImage.Text(1, edit: 2);

    private readonly ImageBench _bench = new();

    public void Dispose() => _bench.Dispose();

    private PublishedImage Add(string tag, params string[] contents) => PublishedImage.Add(_bench.Registry, "a/b", tag, contents);

    /// <summary>v1 is here; v2 has one layer of it, one that has a delta, and what else is asked for.</summary>
    private async Task<(PublishedImage Old, PublishedImage New)> OldIsHereAsync(params string[] further)
    {
        PublishedImage old = Add("v1", "shared", _old);
        PublishedImage next = Add("v2", ["shared", _new, .. further]);
        await _bench.PullAsync("a/b:v1");
        return (old, next);
    }

    private static byte[] Sound(PublishedImage old, PublishedImage next)
        => HandmadeDelta.Patch(old.Tars[1], next.Tars[1], old.DiffIds[1], next.DiffIds[1]);

    private int Fetched(PublishedImage image, int layer) => _bench.Registry.Requests.Count(request => request.Path == image.PathOf(layer));

    private void AssertWhole(PublishedImage image, string tag)
    {
        Assert.Equal(image.Image.Id, _bench.Disk.Store.Images.Names[_bench.Name("a/b:" + tag)]);
        Assert.Equal(image.Image.Id, _bench.Disk.Store.Images.Names[_bench.Name($"a/b@{image.Image.Manifest}")]);
        for (int i = 0; i < image.Tars.Length; i++)
        {
            Assert.Equal(image.Tars[i], _bench.Disk.ReadTar(image.DiffIds[i]));
            Assert.True(_bench.Disk.Store.Layers.Verify(image.DiffIds[i], deep: true).IsIntact);
            Assert.Contains(
                new KnownBlob(image.Image.Layers[i].Digest, image.Image.Layers[i].Size, MediaTypes.OciLayerGzip, _bench.Name("a/b")),
                _bench.Disk.Store.Layers.Find(image.DiffIds[i])!.Blobs);
        }

        Assert.Empty(_bench.Disk.Staged());
    }

    [Fact]
    public async Task A_layer_comes_by_its_delta_and_nobody_can_tell_afterwards()
    {
        (PublishedImage old, PublishedImage next) = await OldIsHereAsync("small");
        Descriptor delta = next.Publish(1, Sound(old, next), [old.DiffIds[1]]);

        List<ProgressLine> lines = await _bench.PullAsync("a/b:v2");

        AssertWhole(next, "v2");
        Assert.Equal((0, 1), (Fetched(next, 1), Fetched(next, 2)));
        int summary = lines.FindIndex(line => line.Id == "v2" && line.Status.Contains("by delta", StringComparison.Ordinal));
        Assert.Equal($"1 layer here, 1 by delta ({delta.Size} B instead of {next.Image.Layers[1].Size / 1000.0:0.#} kB), 1 in full", lines[summary].Status);
        Assert.False(lines[summary].IsStep);
        Assert.True(summary < lines.FindIndex(line => line.Status is "Already exists" or "Pulling fs layer"));
        string row = next.Image.Layers[1].Digest.ToHex()[..12];
        Assert.Equal(
            ["Pulling fs layer", "Downloading", "Verifying Checksum", "Download complete", "Extracting", "Pull complete"],
            lines.Where(line => line.Id == row && line.Status != "Waiting").Select(line => line.Status));
        Assert.All(lines.Where(line => line.Id == row && line.Total > 0), line => Assert.Equal(delta.Size, line.Total));
        DeltaCounters counters = _bench.Parts.Deltas;
        Assert.Equal(
            (1L, delta.Size, next.Image.Layers[1].Size - delta.Size, 0L),
            (counters.Applied, counters.BytesFetched, counters.BytesSaved, counters.Fallbacks));
    }

    [Fact]
    public async Task A_delta_of_more_bases_than_may_be_open_at_once_is_applied()
    {
        const int Bases = 11;                                    // DeltaBases has eight open
        string[] contents = [.. Enumerable.Range(0, Bases).Select(i => PublishedImage.Text(100 + i) + new string('=', i))];
        PublishedImage old = Add("v1", contents);
        PublishedImage next = Add("v2", string.Concat(contents) + string.Concat(contents.Reverse()) + "new");
        await _bench.PullAsync("a/b:v1");
        using TemporaryStore builder = new();
        List<ILayerSource> bases = [.. old.Tars.Select(tar => new StoredLayerSource(builder.Store.Layers.OpenEntries(builder.Add(tar))))];
        using StoredLayerSource target = new(builder.Store.Layers.OpenEntries(builder.Add(next.Tars[0])));
        using MemoryStream delta = new();
        DeltaBuilder.Create(bases, target, new DeltaOptions { Threads = 1 }, delta, ImageBench.Cancel);
        bases.ForEach(layer => layer.Dispose());
        next.Publish(0, delta.ToArray(), old.DiffIds);

        await _bench.PullAsync("a/b:v2");

        AssertWhole(next, "v2");
        Assert.Equal((0, 1L), (Fetched(next, 0), _bench.Parts.Deltas.Applied));
    }

    public static TheoryData<string, string> Faults => new()
    {
        { "base flipped", "base-damaged" },
        { "base cut", "base-damaged" },
        { "base file gone", "base-damaged" },
        { "base record gone", "base-damaged" },
        { "base has fewer entries", "delta-damaged" },
        { "delta flipped", "delta-damaged" },
        { "delta cut", "delta-damaged" },
        { "delta is no delta", "delta-damaged" },
        { "delta of another layer", "delta-damaged" },
        { "makes another layer", "wrong-layer" },
        { "later version", "unsupported-version" },
        { "gone", "unavailable" },
        { "denied", "unavailable" },
    };

    [Theory(Timeout = 60_000)] // a pull that took another layer would bring it again and again
    [MemberData(nameof(Faults))]
    public async Task Whatever_is_wrong_with_a_delta_its_layer_comes_in_full(string fault, string reason)
    {
        (PublishedImage old, PublishedImage next) = await OldIsHereAsync();
        byte[] sound = Sound(old, next);
        byte[] delta = fault switch
        {
            "base has fewer entries" => HandmadeDelta.Patch(old.Tars[1], next.Tars[1], old.DiffIds[1], next.DiffIds[1], entries: 2),
            "delta is no delta" => [.. Enumerable.Repeat((byte)'x', 300)],
            "delta of another layer" => HandmadeDelta.Copy(old.Tars[1], old.DiffIds[1], old.DiffIds[1]),
            "makes another layer" => HandmadeDelta.Copy(old.Tars[1], old.DiffIds[1], next.DiffIds[1]),
            "later version" => HandmadeDelta.Patch(old.Tars[1], next.Tars[1], old.DiffIds[1], next.DiffIds[1], version: 2),
            _ => sound,
        };
        Descriptor blob = next.Publish(1, delta, [old.DiffIds[1]]);
        Break(fault, old, sound, next.PathOf(blob));

        List<ProgressLine> lines = await _bench.PullAsync("a/b:v2").WaitAsync(TestContext.Current.CancellationToken);

        AssertWhole(next, "v2");
        Assert.Equal(1, Fetched(next, 1));
        string row = next.Image.Layers[1].Digest.ToHex()[..12];
        Assert.Contains(new ProgressLine($"Delta not used ({reason}): the layer comes in full", row), lines);
        EngineEvent told = Assert.Single(_bench.Events.Subscribe().Past, happened => happened.Action == "delta-fallback");
        Assert.Equal(("image", _bench.Name("a/b:v2"), next.DiffIds[1].ToString(), reason), (told.Type, told.ActorId, told.Attributes["layer"], told.Attributes["reason"]));
        Assert.Equal((0, 1), (_bench.Parts.Deltas.Applied, _bench.Parts.Deltas.FallbacksFor(DeltaCounters.Reasons.IndexOf(reason))));
        Assert.Equal(reason == "base-damaged", _bench.Disk.Store.Layers.DamageOf(old.DiffIds[1]) is not null);
    }

    private void Break(string fault, PublishedImage old, byte[] sound, string path)
    {
        string file = $"{_bench.Disk.Diff(old.DiffIds[1])}/file-{_old.Length}";
        switch (fault)
        {
            case "base flipped":
                byte[] bytes = File.ReadAllBytes(file);
                bytes[100] ^= 1;
                File.WriteAllBytes(file, bytes);
                break;
            case "base cut":
                File.WriteAllBytes(file, File.ReadAllBytes(file)[..5000]);
                break;
            case "base file gone":
                File.Delete(file);
                break;
            case "base record gone":
                File.WriteAllBytes(Path.GetDirectoryName(_bench.Disk.Diff(old.DiffIds[1])) + "/record", [1, 2, 3]);
                break;
            case "delta flipped":
                byte[] flipped = [.. sound];
                flipped[^30] ^= 1;
                _bench.Registry.Intercept = request => request.Path == path ? new FakeAnswer(200, flipped) : null;
                break;
            case "delta cut":
                _bench.Registry.Intercept = request => request.Path == path ? new FakeAnswer(200, sound[..^20], ClaimedLength: -1) : null;
                break;
            case "gone" or "denied":
                FakeAnswer answer = FakeAnswer.Text(fault == "gone" ? 404 : 403, """{"errors":[{"code":"DENIED","message":"no"}]}""");
                _bench.Registry.Intercept = request => request.Path == path ? answer : null;
                break;
            default:
                break;
        }
    }

    [Fact]
    public async Task A_base_that_is_known_to_be_damaged_is_not_tried_again()
    {
        (PublishedImage old, PublishedImage next) = await OldIsHereAsync();
        next.Publish(1, Sound(old, next), [old.DiffIds[1]]);
        _bench.Disk.Store.Layers.MarkDamaged(old.DiffIds[1], "a test says so");

        List<ProgressLine> lines = await _bench.PullAsync("a/b:v2");

        AssertWhole(next, "v2");
        Assert.Equal(0, _bench.Parts.Deltas.Fallbacks);
        Assert.DoesNotContain(lines, line => line.Status.Contains("elta", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Of_two_deltas_one_may_fail_alone()
    {
        string second = PublishedImage.Text(5), secondNew = PublishedImage.Text(5, edit: 9);
        PublishedImage old = Add("v1", _old, second + "x");
        PublishedImage next = Add("v2", _new, secondNew + "x");
        await _bench.PullAsync("a/b:v1");
        next.Publish(0, [1, 2, 3], [old.DiffIds[0]]);
        next.Publish(1, HandmadeDelta.Patch(old.Tars[1], next.Tars[1], old.DiffIds[1], next.DiffIds[1]), [old.DiffIds[1]]);

        List<ProgressLine> lines = await _bench.PullAsync("a/b:v2");

        AssertWhole(next, "v2");
        Assert.Equal((1, 0), (Fetched(next, 0), Fetched(next, 1)));
        Assert.Contains(lines, line => line.Status.StartsWith("0 layers here, 2 by delta (", StringComparison.Ordinal));
        Assert.Equal((1L, 1L), (_bench.Parts.Deltas.Applied, _bench.Parts.Deltas.Fallbacks));
    }

    [Fact]
    public async Task A_dead_line_keeps_to_the_delta_for_the_next_try()
    {
        (PublishedImage old, PublishedImage next) = await OldIsHereAsync();
        Descriptor delta = next.Publish(1, Sound(old, next), [old.DiffIds[1]]);
        _bench.Registry.Intercept = request => request.Path == next.PathOf(delta) ? new FakeAnswer(200, [1], CutAfter: 0, ClaimedLength: delta.Size) : null;

        Assert.Equal("unexpected EOF", (await Assert.ThrowsAsync<EngineException>(() => _bench.PullAsync("a/b:v2"))).Message);
        Assert.Equal((0, 0L), (Fetched(next, 1), _bench.Parts.Deltas.Fallbacks));
        _bench.Registry.Intercept = _ => null;
        await _bench.PullAsync("a/b:v2");

        AssertWhole(next, "v2");
        Assert.Equal(0, Fetched(next, 1));
    }

    [Fact]
    public async Task Two_pulls_at_once_share_one_delta()
    {
        (PublishedImage old, PublishedImage next) = await OldIsHereAsync();
        Descriptor delta = next.Publish(1, Sound(old, next), [old.DiffIds[1]]);
        using CountdownEvent plans = new(2);
        _bench.Registry.Intercept = request =>
        {
            if (request.Path.Contains("/referrers/", StringComparison.Ordinal))
            {
                plans.Signal();
            }
            else if (request.Path == next.PathOf(delta))
            {
                plans.Wait(TimeSpan.FromSeconds(10));
            }

            return null;
        };

        List<ProgressLine>[] lines = await Task.WhenAll(_bench.PullAsync("a/b:v2"), _bench.PullAsync("a/b:v2"));

        AssertWhole(next, "v2");
        Assert.Equal((1, 0), (_bench.Registry.Requests.Count(request => request.Path == next.PathOf(delta)), Fetched(next, 1)));
        Assert.Equal(1, _bench.Parts.Deltas.Applied);
        Assert.All(lines, one => Assert.Contains(one, line => line.Status.Contains("1 by delta", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Cancelling_in_the_middle_of_a_delta_leaves_nothing()
    {
        (PublishedImage old, PublishedImage next) = await OldIsHereAsync();
        byte[] sound = Sound(old, next);
        Descriptor delta = next.Publish(1, sound, [old.DiffIds[1]]);
        TaskCompletionSource asked = new(TaskCreationOptions.RunContinuationsAsynchronously), end = new();
        _bench.Registry.Intercept = request =>
        {
            if (request.Path != next.PathOf(delta))
            {
                return null;
            }

            asked.TrySetResult();
            return new FakeAnswer(200, sound[..50], ClaimedLength: sound.Length) { Silence = end.Task };
        };
        using CancellationTokenSource cancel = new();
        Task pull = _bench.PullAsync("a/b:v2", cancel.Token);
        await asked.Task.WaitAsync(ImageBench.Cancel);

        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => pull);
        end.SetResult();
        Assert.Empty(_bench.Disk.Staged());
        Assert.Equal(0, _bench.Parts.Deltas.Fallbacks);
        Assert.False(_bench.Disk.Store.Layers.Contains(next.DiffIds[1]));
        Assert.Equal(2, _bench.Disk.Store.Layers.List().Count);
        _bench.Parts.Delete.Delete(_bench.Name("a/b:v1"), isForced: true);      // no base is held any more
        Assert.Empty(_bench.Disk.Store.Layers.List());
    }

    [Fact]
    public async Task A_base_stays_while_it_is_needed_whoever_deletes_its_image()
    {
        (PublishedImage old, PublishedImage next) = await OldIsHereAsync();
        byte[] sound = Sound(old, next);
        Descriptor delta = next.Publish(1, sound, [old.DiffIds[1]]);
        _bench.Registry.Intercept = request =>
        {
            if (request.Path == next.PathOf(delta))
            {
                _bench.Parts.Delete.Delete(_bench.Name("a/b:v1"), isForced: true);
            }

            return null;
        };

        await _bench.PullAsync("a/b:v2");

        AssertWhole(next, "v2");
        Assert.Equal((1L, 0L), (_bench.Parts.Deltas.Applied, _bench.Parts.Deltas.Fallbacks));
    }

    [Fact]
    public async Task Only_takes_a_delta_and_refuses_the_full_layer_when_it_fails()
    {
        using ImageBench bench = new(DeltaMode.Only);
        PublishedImage old = PublishedImage.Add(bench.Registry, "a/b", "v1", _old);
        PublishedImage next = PublishedImage.Add(bench.Registry, "a/b", "v2", _new);
        bench.Disk.Add(old.Tars[0]);
        Descriptor delta = next.Publish(0, HandmadeDelta.Patch(old.Tars[0], next.Tars[0], old.DiffIds[0], next.DiffIds[0]), [old.DiffIds[0]]);
        FakeAnswer gone = FakeAnswer.Text(404, "{}");
        bench.Registry.Intercept = request => request.Path == next.PathOf(delta) ? gone : null;

        string refusal = (await Assert.ThrowsAsync<EngineException>(() => bench.PullAsync("a/b:v2"))).Message;

        Assert.StartsWith($"{bench.Name("a/b:v2")}: the delta for layer {next.DiffIds[0]} cannot be used (unavailable): ", refusal, StringComparison.Ordinal);
        Assert.DoesNotContain(bench.Registry.Requests, request => request.Path == next.PathOf(0));
        bench.Registry.Intercept = _ => null;
        await bench.PullAsync("a/b:v2");
        Assert.NotNull(bench.Disk.Store.Images.Find(next.Image.Id));
    }
}
