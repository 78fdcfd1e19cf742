using System.Text.Json;

namespace Coracle.E2E;

public sealed class PullTests(Stage stage) : EngineTest(stage)
{
    public static TheoryData<string> EveryCli => DockerCli.Every;

    [Theory, MemberData(nameof(EveryCli))]
    public async Task A_pull_tells_each_layer_the_digest_and_the_status(string program)
    {
        TestImage image = await FreshAsync(program);
        string[] lines = (await Cli(program).RunAsync("pull", image.Reference)).Succeeds().Lines;
        Assert.Equal("1: Pulling from " + Repository(image), lines[0]);
        foreach (Layer layer in image.Layers.Skip(1))
        {
            string id = TestImage.Short(layer);
            Assert.Contains($"{id}: Pulling fs layer", lines);
            Assert.Contains($"{id}: Download complete", lines);
            Assert.Contains($"{id}: Pull complete", lines);
        }

        Assert.Contains($"{TestImage.Short(image.Layers[0])}: Already exists", lines);
        Assert.Equal([$"Digest: {image.ManifestDigest}", $"Status: Downloaded newer image for {image.Reference}", image.Reference], lines[^3..]);
        Assert.Equal(image.Id, await InspectAsync(image.Reference, "{{.Id}}"));
        await Docker.SayAsync("rmi", image.Reference);
    }

    [Theory, MemberData(nameof(EveryCli))]
    public async Task A_second_pull_says_up_to_date(string program)
    {
        string[] lines = (await Cli(program).RunAsync("pull", App)).Succeeds().Lines;
        Assert.Equal(["1: Pulling from app", $"Digest: {Images.App.ManifestDigest}", $"Status: Image is up to date for {App}", App], lines);
    }

    [Fact]
    public async Task A_quiet_pull_prints_the_name_alone()
        => Assert.Equal(App, await Docker.SayAsync("pull", "-q", App));

    [Theory, MemberData(nameof(EveryCli))]
    public async Task A_pull_by_digest_makes_an_image_without_tag(string program)
    {
        TestImage image = await FreshAsync(program);
        CommandResult pull = await Cli(program).RunAsync("pull", image.DigestReference);
        Assert.Contains($"Status: Downloaded newer image for {image.DigestReference}", pull.Succeeds().Lines);
        Assert.Equal($"[] [{image.DigestReference}]", await InspectAsync(image.DigestReference, "{{.RepoTags}} {{.RepoDigests}}"));
        Assert.Equal("ok", (await RunAsync(image.DigestReference, "echo", "ok")).Succeeds().Text);
        await Docker.SayAsync("rmi", image.DigestReference);
    }

    [Fact]
    public async Task Every_tag_is_pulled_with_a()
    {
        Layer layer = Gallery.Noise("n", 77, 1000);
        TestImage first = await Images.PushAsync("tags", "one", [layer], new RunSettings(["x"]));
        TestImage second = await Images.PushAsync("tags", "two", [layer], new RunSettings(["y"]));
        await Docker.SayAsync("pull", "-a", Registry.Reference("tags"));
        Assert.Equal(first.Id, await InspectAsync(first.Reference, "{{.Id}}"));
        Assert.Equal(second.Id, await InspectAsync(second.Reference, "{{.Id}}"));
        await Docker.SayAsync("rmi", first.Reference, second.Reference);
    }

    [Fact]
    public async Task The_stream_is_one_object_per_line_with_a_carriage_return()
    {
        TestImage image = await FreshAsync("raw");
        string name = image.Reference[..image.Reference.LastIndexOf(':')];
        ApiAnswer answer = await Api.PostAsync($"/images/create?fromImage={Uri.EscapeDataString(name)}&tag=1");
        Assert.StartsWith("application/json", answer.Has(200).ContentType, StringComparison.Ordinal);
        Assert.EndsWith("\r\n", answer.Body, StringComparison.Ordinal);
        JsonElement[] messages = [.. answer.Body.Split("\r\n", StringSplitOptions.RemoveEmptyEntries).Select(l => JsonDocument.Parse(l).RootElement)];
        string id = TestImage.Short(image.Layers[^1]);
        string[] statuses = [.. messages.Where(m => m.TryGetProperty("id", out JsonElement of) && of.GetString() == id).Select(m => m.GetProperty("status").GetString()!).Distinct()];
        Assert.Equal("Pulling fs layer", statuses[0]);
        Assert.Equal("Pull complete", statuses[^1]);
        Assert.Contains("Downloading", statuses);
        Assert.Contains("Extracting", statuses);
        JsonElement downloading = messages.First(m => m.GetProperty("status").GetString() == "Downloading" && m.GetProperty("id").GetString() == id);
        Assert.Equal(image.Layers[^1].Blob.Length, downloading.GetProperty("progressDetail").GetProperty("total").GetInt64());
        Assert.True(downloading.GetProperty("progressDetail").GetProperty("current").GetInt64() > 0);
        await Docker.SayAsync("rmi", image.Reference);
    }

    [Theory, MemberData(nameof(EveryCli))]
    public async Task A_tag_that_is_not_there_is_named(string program)
    {
        string reference = Registry.Reference("app:nosuch");
        CommandResult pull = await Cli(program).RunAsync("pull", reference);
        pull.Exits(1);
        Assert.Contains($"manifest for {reference} not found: manifest unknown: manifest unknown", pull.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_registry_that_is_not_there_is_an_error_with_its_address()
    {
        string address = $"127.0.0.1:{Machine.FreeLoopbackPort()}";
        CommandResult pull = await Docker.RunAsync("pull", $"{address}/app:1");
        pull.Exits(1);
        Assert.Contains(address, pull.Errors, StringComparison.Ordinal);
        Assert.Contains("connection refused", pull.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_repository_that_is_not_there_is_not_found()
    {
        ApiAnswer answer = await Api.PostAsync($"/images/create?fromImage={Uri.EscapeDataString(Registry.Reference("nosuch"))}&tag=1");
        Assert.Contains("not found", answer.Has(404).Message, StringComparison.Ordinal);
    }

    [Fact, Trait("Engine", "coracle")] // Docker stops at 125 layers
    public async Task An_image_of_127_layers_runs()
    {
        TestImage image = await Images.PushDeepAsync(127);
        await Docker.SayAsync("pull", "-q", image.Reference);
        Assert.Equal("1\n126", (await RunAsync(image.Reference, "cat", "/layer1", "/layer126")).Succeeds().Text);
        await Docker.SayAsync("rmi", image.Reference);
    }

    [Fact]
    public async Task An_image_of_128_layers_is_refused_before_anything_is_kept()
    {
        TestImage image = await Images.PushDeepAsync(128);
        CommandResult pull = await Docker.RunAsync("pull", image.Reference);
        pull.Exits(1);
        Assert.Contains("max depth exceeded", pull.Errors, StringComparison.Ordinal);
        Assert.Equal("", await Docker.SayAsync("images", "-q", image.Reference));
    }

    /// <summary>An image nobody has pulled yet: busybox, which every engine here has, and two layers of its own.</summary>
    private async Task<TestImage> FreshAsync(string program)
    {
        int seed = Math.Abs(string.GetHashCode(program, StringComparison.Ordinal)) + 1000;
        Layer[] layers = [Images.Busybox, Gallery.Noise("n1", seed, 700_000), Gallery.Noise("n2", seed + 1, 300_000)];
        return await Images.PushAsync("fresh/" + seed, "1", layers, new RunSettings(["sh"]));
    }

    private static string Repository(TestImage image) => image.Reference[(image.Reference.IndexOf('/') + 1)..image.Reference.LastIndexOf(':')];
}
