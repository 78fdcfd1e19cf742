using System.Text.Json;
using System.Text.RegularExpressions;

namespace Coracle.E2E;

/// <summary>A plain <c>docker pull</c> of an update, for which its publisher has pushed deltas.</summary>
[Trait("Engine", "coracle")] // dockerd knows none
public sealed class DeltaPullTests(Stage stage) : EngineTest(stage)
{
    private const int ShortKills = 5;
    private const int LongKills = 1000;

    /// <summary>Of one kill: what of a segment was there already, and what was on its way.</summary>
    private const long MostAgain = 2 << 20;

    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(120);

    /// <summary>Two versions of one application: a shared layer, and one of which a part is other bytes.</summary>
    private async Task<(TestImage Old, TestImage New)> PushVersionsAsync(string repository, int seed, int length, int changed)
    {
        byte[] bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        Layer old = new LayerTar().File("data/app", bytes).Finish();
        new Random(seed + 1).NextBytes(bytes.AsSpan(length / 2, changed));
        Layer next = new LayerTar().File("data/app", bytes).Finish();
        return (
            await Images.PushAsync(repository, "1", [Images.Busybox, old], new RunSettings(["sh"])),
            await Images.PushAsync(repository, "2", [Images.Busybox, next], new RunSettings(["sh"])));
    }

    /// <summary>The same images in a registry of ours.</summary>
    private void Copy(TestRegistry to, string repository, params TestImage[] images)
    {
        foreach (TestImage image in images)
        {
            foreach (Layer layer in image.Layers)
            {
                to.Store.PutBlob(repository, layer.Blob);
            }

            to.Store.PutBlob(repository, File.ReadAllBytes(Registry.BlobFile(image.Id)));
            to.Store.PutManifest(
                repository, image.Reference[(image.Reference.LastIndexOf(':') + 1)..], "application/vnd.docker.distribution.manifest.v2+json",
                File.ReadAllBytes(Registry.BlobFile(image.ManifestDigest)));
        }
    }

    /// <summary>What a build server does after it has pushed the new version.</summary>
    private static async Task PublishAsync(string old, string next)
    {
        await using Engine publisher = await Engine.StartAsync(new EngineSetting("", "--delta", "off"));
        DockerCli cli = new(DockerCli.Newest, publisher);
        await cli.SayAsync("pull", "-q", old);
        await cli.SayAsync("pull", "-q", next);
        (await Command.RunAsync(
            Engine.Program, ["-H", $"unix://{publisher.SocketPath}", "delta", "push", next, "--from", old], Machine.Environment(publisher.Root))).Succeeds();
    }

    private static async Task<JsonElement> DeltasAsync(Engine engine) => (await engine.Api.GetAsync("/info")).Has(200).Json.GetProperty("Deltas");

    private static async Task IsWholeAsync(DockerCli cli, string reference, TestImage image)
    {
        string repository = reference[..reference.LastIndexOf(':')];
        Assert.Equal(
            $"{image.Id} [\"{repository}@{image.ManifestDigest}\"]", await cli.SayAsync("inspect", "--format", "{{.Id}} {{json .RepoDigests}}", reference));
        Assert.Equal(
            string.Join(' ', image.Layers.Select(layer => layer.DiffId)), await cli.SayAsync("inspect", "--format", "{{join .RootFS.Layers \" \"}}", reference));
    }

    [Theory]
    [InlineData("docker-registry")]      // no referrers API: found under a tag
    [InlineData("specification")]
    public async Task An_update_comes_by_delta_and_is_the_image_that_a_full_pull_gives(string kind)
    {
        string repository = "delta-" + kind;
        (TestImage old, TestImage next) = await PushVersionsAsync(repository, 51, 3_000_000, 50_000);
        await using TestRegistry ours = new();
        Copy(ours, repository, old, next);
        string from = kind == "specification" ? ours.Address : Registry.Address;
        string one = $"{from}/{repository}:1", two = $"{from}/{repository}:2";
        await PublishAsync(one, two);
        await using Engine device = await Engine.StartAsync();
        DockerCli cli = new(DockerCli.Newest, device);
        await cli.SayAsync("pull", "-q", one);
        long before = ours.Store.BytesServed(next.Layers[1].Digest);

        CommandResult pull = (await cli.RunAsync("pull", two)).Succeeds();

        Assert.Contains(pull.Lines, line => Regex.IsMatch(line, @"^2: 1 layer here, 1 by delta \(5[0-9](\.[0-9])? kB instead of 3(\.[0-9])? MB\)$"));
        Assert.Contains($"{TestImage.Short(next.Layers[1])}: Pull complete", pull.Lines);
        Assert.Contains($"Digest: {next.ManifestDigest}", pull.Lines);
        Assert.Equal(before, ours.Store.BytesServed(next.Layers[1].Digest));
        await IsWholeAsync(cli, two, next);
        JsonElement deltas = await DeltasAsync(device);
        Assert.Equal((1, 0), (deltas.GetProperty("Applied").GetInt32(), deltas.GetProperty("FallBacks").GetInt32()));
        Assert.InRange(deltas.GetProperty("BytesFetched").GetInt64(), 50_000, 60_000);

        await using Engine full = await Engine.StartAsync(new EngineSetting("", "--delta", "off"));
        DockerCli other = new(DockerCli.Newest, full);
        await other.SayAsync("pull", "-q", two);
        await IsWholeAsync(other, two, next);
        Assert.Equal(0, (await DeltasAsync(full)).GetProperty("Applied").GetInt32());
    }

    [Fact]
    public async Task With_a_damaged_base_the_layer_comes_in_full_and_everybody_is_told()
    {
        (TestImage old, TestImage next) = await PushVersionsAsync("delta-damaged", 53, 1_000_000, 20_000);
        await PublishAsync(old.Reference, next.Reference);
        await using Engine device = await Engine.StartAsync();
        DockerCli cli = new(DockerCli.Newest, device);
        await cli.SayAsync("pull", "-q", old.Reference);
        string file = Path.Combine(device.DataRoot, "layers", old.Layers[1].DiffId["sha256:".Length..], "diff/data/app");
        byte[] bytes = await File.ReadAllBytesAsync(file);
        bytes[1000] ^= 1;
        await File.WriteAllBytesAsync(file, bytes);

        CommandResult pull = (await cli.RunAsync("pull", next.Reference)).Succeeds();

        Assert.Contains($"{TestImage.Short(next.Layers[1])}: Delta not used (base-damaged): the layer comes in full", pull.Lines);
        await IsWholeAsync(cli, next.Reference, next);
        string told = await cli.SayAsync("events", "--since", "1", "--until", InASecond(), "--filter", "event=delta-fallback", "--format", "{{.Actor.Attributes.layer}} {{.Actor.Attributes.reason}}");
        Assert.Equal($"{next.Layers[1].DiffId} base-damaged", told);
        string metrics = (await device.Api.GetAsync("/metrics")).Has(200).Body;
        Assert.Contains("coracle_delta_fallbacks_total{reason=\"base-damaged\"} 1\n", metrics, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_delta_that_is_killed_at_any_moment_goes_on_near_where_it_was()
    {
        const string Repository = "delta-killed";
        const int Changed = 4_000_000;
        const int BytesPerSecond = 2_000_000;
        (TestImage old, TestImage next) = await PushVersionsAsync(Repository, 55, 12_000_000, Changed);
        await using TestRegistry registry = new();
        Copy(registry, Repository, old, next);
        string one = $"{registry.Address}/{Repository}:1", two = $"{registry.Address}/{Repository}:2";
        await PublishAsync(one, two);
        string delta = DeltaOf(registry, Repository, next);
        long length = registry.Store.OpenBlob(delta).Length;
        await using Engine device = await Engine.StartAsync();
        DockerCli cli = new(DockerCli.Newest, device);
        await cli.SayAsync("pull", "-q", one);
        registry.Fault = request => request.Path.EndsWith(delta, StringComparison.Ordinal) ? new TestFault { BytesPerSecond = BytesPerSecond } : null;
        int kills = Figures.Rounds(ShortKills, LongKills), seed = Environment.TickCount;
        long most = 0, firstServed = registry.Store.BytesServed(delta);
        Random random = new(seed);
        for (int kill = 0; kill < kills;)
        {
            long served = registry.Store.BytesServed(delta);
            int killed = await PullAndKillAsync(device, cli, two, random, (int)(length * 1000 / BytesPerSecond), kills - kill);
            kill += killed;
            await IsWholeAsync(cli, two, next);
            long again = registry.Store.BytesServed(delta) - served - length;
            most = Math.Max(most, killed > 0 ? again / killed : 0);
            Assert.True(again <= killed * MostAgain, $"{again} bytes again for {killed} kills (seed {seed}, {kill} in all)\n{device.LogTail}");
            await cli.SayAsync("rmi", two);
            Assert.Empty(Directory.GetFileSystemEntries(Path.Combine(device.DataRoot, "staging")));
        }

        Figures.Say(
            $"{kills} kills -9 during a delta of {length} bytes: at most {most} bytes fetched again a kill; {registry.Store.BytesServed(delta) - firstServed} served in all");
    }

    /// <summary>Pulls until it is here, with a kill at a random moment of some tries.</summary>
    /// <returns>How many kills hit a pull that was under way.</returns>
    private static async Task<int> PullAndKillAsync(Engine device, DockerCli cli, string image, Random random, int usual, int most)
    {
        int kills = 0;
        while (kills < Math.Min(most, 3))
        {
            await using Command pull = cli.Start("pull", image);
            await Task.Delay(random.Next(usual + 500)); // the random moment itself
            await device.KillAsync();
            CommandResult ended = await pull.EndAsync(_patience);
            await device.StartAgainAsync();
            if (ended.Everything.Contains("Status: Downloaded newer image", StringComparison.Ordinal))
            {
                return Math.Max(kills, 1);
            }

            kills++;
        }

        await using Command last = cli.Start("pull", image);
        (await last.EndAsync(_patience)).Succeeds();
        return kills;
    }

    private static string DeltaOf(TestRegistry registry, string repository, TestImage image)
    {
        (_, _, byte[] artifact) = Assert.Single(registry.Store.Referrers(repository, image.ManifestDigest));
        using JsonDocument document = JsonDocument.Parse(artifact);
        JsonElement layer = Assert.Single(document.RootElement.GetProperty("layers").EnumerateArray());
        Assert.Equal("application/vnd.coracle.layer.delta.v1", layer.GetProperty("mediaType").GetString());
        Assert.Equal(image.Layers[1].DiffId, layer.GetProperty("annotations").GetProperty("coracle.delta.to").GetString());
        return layer.GetProperty("digest").GetString()!;
    }

    [Fact]
    public async Task Only_deltas_means_that_a_layer_without_one_is_an_error_that_names_it()
    {
        TestImage image = await Images.PushAsync("delta-only", "1", [Gallery.Noise("n", 57, 1000)], new RunSettings(["x"]));
        await using Engine device = await Engine.StartAsync(new EngineSetting("", "--delta", "only"));

        CommandResult pull = await new DockerCli(DockerCli.Newest, device).RunAsync("pull", image.Reference);

        Assert.Contains($"no delta for layer {image.Layers[0].DiffId}", pull.Exits(1).Errors, StringComparison.Ordinal);
    }
}
