using System.Text.Json;
using System.Text.RegularExpressions;

namespace Coracle.E2E;

/// <summary>A plain <c>docker pull</c> of an update, for which its publisher has pushed deltas; what is wrong with some of them is <see cref="DeltaFaultTests"/>.</summary>
[Trait("Engine", "coracle")] // dockerd knows none
public sealed partial class DeltaPullTests(Stage stage, Reference reference) : EngineTest(stage), IClassFixture<Reference>
{
    private const int Length = 3_000_000;
    private const int Changed = 50_000;

    /// <summary>Of a pull by delta beside the delta: two manifests, a config, a list of referrers, headers of answers.</summary>
    private const int Beside = 12_000;

    [Theory]
    [InlineData("docker-registry")]      // no referrers API: found under a tag
    [InlineData("specification")]
    public async Task An_update_comes_by_delta_and_is_the_image_that_a_full_pull_gives(string kind)
    {
        string repository = "delta-" + kind;
        Versions versions = await Versions.PushAsync(Images, repository, 50 + kind.Length, Length, Changed); // dockerd is the same for both rows
        await using TestRegistry ours = new();
        Versions.Copy(Registry, ours, repository, versions.Old, versions.New);
        await using CuttingProxy debians = new(Registry, int.MaxValue); // counts what it passes on
        bool isOurs = kind == "specification";
        string publishedAt = $"{(isOurs ? ours.Address : Registry.Address)}/{repository}", from = $"{(isOurs ? ours.Address : debians.Address)}/{repository}";
        await using (BuildServer publisher = await BuildServer.StartAsync(publishedAt + ":1", publishedAt + ":2"))
        {
            await publisher.PublishAsync(publishedAt + ":2", publishedAt + ":1");
        }

        await using Engine device = await Engine.StartAsync();
        DockerCli cli = new(DockerCli.Newest, device);
        await cli.SayAsync("pull", "-q", from + ":1");
        long fullBefore = ours.Store.BytesServed(versions.New.Layers[1].Digest), before = isOurs ? ours.Store.BytesServedInAll : debians.Sent;

        CommandResult pull = (await cli.RunAsync("pull", from + ":2")).Succeeds();

        Assert.Contains(pull.Lines, line => Plan().IsMatch(line));
        Assert.Contains($"{TestImage.Short(versions.New.Layers[1])}: Pull complete", pull.Lines);
        Assert.Contains($"Digest: {versions.New.ManifestDigest}", pull.Lines);
        Assert.InRange((isOurs ? ours.Store.BytesServedInAll : debians.Sent) - before, Changed, Changed + Beside);
        Assert.Equal(fullBefore, ours.Store.BytesServed(versions.New.Layers[1].Digest));
        await IsCountedAsync(device, versions.New.Layers[1]);
        await Versions.AreWholeAsync(cli, from + ":2", versions.New);
        await RunsAsync(cli, from + ":2", versions);
        await IsWhatAFullPullGivesAsync(publishedAt + ":2", versions.New);
    }

    [GeneratedRegex(@"^2: 1 layer here, 1 by delta \(5[0-9](\.[0-9])? kB instead of 3(\.[0-9])? MB\)$")]
    private static partial Regex Plan();

    private static async Task IsCountedAsync(Engine device, Layer layer)
    {
        JsonElement deltas = (await device.Api.GetAsync("/info")).Has(200).Json.GetProperty("Deltas");
        Assert.Equal((1, 0), (deltas.GetProperty("Applied").GetInt32(), deltas.GetProperty("FallBacks").GetInt32()));
        Assert.InRange(deltas.GetProperty("BytesFetched").GetInt64(), Changed, Changed + Beside);
        Assert.Equal(layer.Blob.Length, deltas.GetProperty("BytesFetched").GetInt64() + deltas.GetProperty("BytesSaved").GetInt64());
        string metrics = (await device.Api.GetAsync("/metrics")).Has(200).Body;
        Assert.Contains("\ncoracle_delta_layers_total 1\n", metrics, StringComparison.Ordinal);
        Assert.Contains($"\ncoracle_delta_fetched_bytes_total {deltas.GetProperty("BytesFetched")}\n", metrics, StringComparison.Ordinal);
    }

    private static async Task RunsAsync(DockerCli cli, string image, Versions versions)
        => Assert.Equal(
            LayerTar.DigestOf(versions.Bytes)["sha256:".Length..] + "  /data/app",
            await cli.SayAsync("run", "--rm", "--network", "none", image, "sha256sum", "/data/app"));

    /// <summary>By an engine of ours that takes no deltas, and by dockerd.</summary>
    private async Task IsWhatAFullPullGivesAsync(string image, TestImage wanted)
    {
        await using Engine full = await Engine.StartAsync(new EngineSetting("", "--delta", "off"));
        DockerCli cli = new(DockerCli.Newest, full);
        CommandResult pull = (await cli.RunAsync("pull", image)).Succeeds();
        Assert.DoesNotContain("by delta", pull.Output, StringComparison.Ordinal);
        await Versions.AreWholeAsync(cli, image, wanted);
        Assert.Equal(0, (await full.Api.GetAsync("/info")).Has(200).Json.GetProperty("Deltas").GetProperty("BytesFetched").GetInt64());

        ReferenceEngine dockerd = await reference.WithAsync(App);
        (await dockerd.RunAsync("pull", "-q", image)).Succeeds();
        Assert.Equal(
            await cli.SayAsync("inspect", "--format", "{{.Id}} {{json .RepoDigests}} {{json .RootFS.Layers}}", image),
            (await dockerd.RunAsync("inspect", "--format", "{{.Id}} {{json .RepoDigests}} {{json .RootFS.Layers}}", image)).Succeeds().Text);
    }

    [Fact]
    public async Task Of_many_layers_each_comes_by_the_cheapest_way()
    {
        Layer[] shared = [Images.Busybox, Gallery.Noise("shared", 61, 100_000)];
        (Layer oldOne, Layer newOne) = Patched("one", 62);
        (Layer oldTwo, Layer newTwo) = Patched("two", 63);
        TestImage old = await Images.PushAsync("delta-many", "1", [.. shared, oldOne, oldTwo], new RunSettings(["sh"]));
        TestImage next = await Images.PushAsync("delta-many", "2", [shared[0], newTwo, newOne, shared[1], Gallery.Noise("new", 64, 200_000)], new RunSettings(["sh"]));
        await using BuildServer publisher = await BuildServer.StartAsync(old.Reference, next.Reference);
        PublishedDelta[] deltas = PublishedDelta.Of(await File.ReadAllBytesAsync(Registry.BlobFile(await publisher.PublishAsync(next.Reference, old.Reference))));
        Assert.Equal([newTwo.DiffId, newOne.DiffId], deltas.Select(delta => delta.Target)); // the fifth would not pay
        await using Engine device = await Engine.StartAsync();
        DockerCli cli = new(DockerCli.Newest, device);
        await cli.SayAsync("pull", "-q", old.Reference);

        CommandResult pull = (await cli.RunAsync("pull", next.Reference)).Succeeds();

        Assert.Contains(pull.Lines, line => line.StartsWith("2: 2 layers here, 2 by delta (", StringComparison.Ordinal) && line.EndsWith(", 1 in full", StringComparison.Ordinal));
        await Versions.AreWholeAsync(cli, next.Reference, next);
        Assert.Equal("new\none\nshared\ntwo", await cli.SayAsync("run", "--rm", "--network", "none", next.Reference, "sh", "-c", "ls / | grep -E 'new|one|two|shared'"));
    }

    [Fact] // it remembers that there was none when it pulled the new version itself
    public async Task Who_published_a_delta_finds_it_at_once()
    {
        (Layer before, Layer after) = Patched("own", 66);
        TestImage old = await Images.PushAsync("delta-own", "1", [Images.Busybox, before], new RunSettings(["sh"]));
        TestImage next = await Images.PushAsync("delta-own", "2", [Images.Busybox, after], new RunSettings(["sh"]));
        await using Engine engine = await Engine.StartAsync();
        DockerCli cli = new(DockerCli.Newest, engine);
        await cli.SayAsync("pull", "-q", old.Reference);
        await cli.SayAsync("pull", "-q", next.Reference);
        (await BuildServer.RunAsync(engine, "delta", "push", next.Reference, "--from", old.Reference)).Succeeds();
        await cli.SayAsync("rmi", next.Reference);

        CommandResult pull = (await cli.RunAsync("pull", next.Reference)).Succeeds();

        Assert.Contains(pull.Lines, line => line.StartsWith("2: 1 layer here, 1 by delta (", StringComparison.Ordinal));
        await Versions.AreWholeAsync(cli, next.Reference, next);
    }

    /// <summary>400 kB of noise, and the same with 4 kB of it changed.</summary>
    private static (Layer Old, Layer New) Patched(string name, int seed)
    {
        byte[] bytes = new byte[400_000];
        new Random(seed).NextBytes(bytes);
        Layer old = new LayerTar().File(name, bytes).Finish();
        new Random(seed + 100).NextBytes(bytes.AsSpan(200_000, 4_000));
        return (old, new LayerTar().File(name, bytes).Finish());
    }

    /// <summary>Under a tag the second to write an index can overwrite what the first has written: neither may be lost.</summary>
    [Theory]
    [InlineData("docker-registry")]
    [InlineData("specification")]
    public async Task Two_that_publish_at_once_lose_nothing(string kind)
    {
        string repository = "delta-both-" + kind;
        TestImage one = await Images.PushAsync(repository, "1", [Images.Busybox, Patched("app", 65).Old], new RunSettings(["sh"]));
        TestImage two = await Images.PushAsync(repository, "2", [Images.Busybox, Patched("app", 65).New], new RunSettings(["sh"]));
        TestImage three = await Images.PushAsync(repository, "3", [Images.Busybox, Patched("app", 65).New, new LayerTar().Text("more", "more\n").Finish()], new RunSettings(["sh"]));
        TestImage four = await Images.PushAsync(repository, "4", [Images.Busybox, Third()], new RunSettings(["sh"]));
        await using TestRegistry ours = new();
        Versions.Copy(Registry, ours, repository, one, two, three, four);
        string at = $"{(kind == "specification" ? ours.Address : Registry.Address)}/{repository}";
        await using BuildServer first = await BuildServer.StartAsync(at + ":1", at + ":4"), second = await BuildServer.StartAsync(at + ":2", at + ":4");

        await Task.WhenAll(first.PublishAsync(at + ":4", at + ":1"), second.PublishAsync(at + ":4", at + ":2"));

        foreach (string old in (string[])[":1", ":3"]) // what the second made stands on a layer of 2 that 3 has as well
        {
            await using Engine device = await Engine.StartAsync(new EngineSetting("", "--delta", "only"));
            DockerCli cli = new(DockerCli.Newest, device);
            await cli.SayAsync("load", "-q", "-i", await SavedAsync(first, at + old, device));
            Assert.Contains((await cli.RunAsync("pull", at + ":4")).Succeeds().Lines, line => line.Contains("1 by delta", StringComparison.Ordinal));
            await Versions.AreWholeAsync(cli, at + ":4", four);
        }
    }

    private static Layer Third()
    {
        byte[] bytes = new byte[400_000];
        new Random(65).NextBytes(bytes);
        new Random(165).NextBytes(bytes.AsSpan(100_000, 4_000));
        return new LayerTar().File("app", bytes).Finish();
    }

    /// <summary>An archive of the image, since an engine that takes deltas only cannot pull its first one.</summary>
    private static async Task<string> SavedAsync(BuildServer server, string image, Engine device)
    {
        string file = ImageFiles.NewPath(device, "saved.tar");
        DockerCli cli = new(DockerCli.Newest, server.Engine);
        await cli.SayAsync("pull", "-q", image);
        await cli.SayAsync("save", "-o", file, image);
        return file;
    }

    [Fact]
    public async Task Only_deltas_means_that_a_layer_without_one_is_an_error_that_names_it()
    {
        TestImage image = await Images.PushAsync("delta-only", "1", [Gallery.Noise("n", 57, 1000)], new RunSettings(["x"]));
        await using Engine device = await Engine.StartAsync(new EngineSetting("", "--delta", "only"));

        CommandResult pull = await new DockerCli(DockerCli.Newest, device).RunAsync("pull", image.Reference);

        Assert.Contains($"no delta for layer {image.Layers[0].DiffId}", pull.Exits(1).Errors, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(Path.Combine(device.DataRoot, "layers")));
    }

    [Fact]
    public async Task Without_the_old_image_an_update_comes_in_full_and_nothing_is_said_of_deltas()
    {
        Versions versions = await Versions.PushAsync(Images, "delta-gone", 58, 400_000, 4_000);
        await using BuildServer publisher = await BuildServer.StartAsync(versions.Old.Reference, versions.New.Reference);
        await publisher.PublishAsync(versions.New.Reference, versions.Old.Reference);
        await using Engine device = await Engine.StartAsync();
        DockerCli cli = new(DockerCli.Newest, device);
        await cli.SayAsync("pull", "-q", versions.Old.Reference);
        await cli.SayAsync("rmi", versions.Old.Reference);

        CommandResult pull = (await cli.RunAsync("pull", versions.New.Reference)).Succeeds();

        Assert.DoesNotContain("by delta", pull.Output, StringComparison.Ordinal);
        await Versions.AreWholeAsync(cli, versions.New.Reference, versions.New);
        Assert.Equal(0, (await device.Api.GetAsync("/info")).Has(200).Json.GetProperty("Deltas").GetProperty("FallBacks").GetInt32());
    }

    [Fact]
    public async Task Whoever_leaves_in_the_middle_of_a_delta_gets_the_rest_the_next_time()
    {
        const int Large = 8_000_000, New = 4_000_000;
        Versions versions = await Versions.PushAsync(Images, "delta-left", 59, Large, New);
        await using TestRegistry registry = new();
        Versions.Copy(Registry, registry, "delta-left", versions.Old, versions.New);
        string one = $"{registry.Address}/delta-left:1", two = $"{registry.Address}/delta-left:2";
        await using BuildServer publisher = await BuildServer.StartAsync(one, two);
        PublishedDelta delta = Assert.Single(PublishedDelta.Of(registry.Store.FindManifest("delta-left", await publisher.PublishAsync(two, one))!.Value.Bytes));
        await using Engine device = await Engine.StartAsync();
        DockerCli cli = new(DockerCli.Newest, device);
        await cli.SayAsync("pull", "-q", one);
        registry.Fault = request => request.Path.EndsWith(delta.Digest, StringComparison.Ordinal) ? new TestFault { BytesPerSecond = 5_000_000 } : null;
        await using (Command pulling = cli.Start("pull", two))
        {
            await Deadline.HoldsAsync("3 MB of the delta", () => registry.Store.BytesServed(delta.Digest) > 3_000_000, () => device.LogTail);
            await pulling.SignalAsync("KILL");
        }

        registry.Fault = _ => null;
        await cli.SayAsync("pull", "-q", two);

        await Versions.AreWholeAsync(cli, two, versions.New);
        Assert.InRange(registry.Store.BytesServed(delta.Digest), delta.Size, delta.Size + (2 << 20));
        Assert.Empty(Directory.GetFileSystemEntries(Path.Combine(device.DataRoot, "staging")));
    }
}
