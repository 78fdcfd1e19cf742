using System.Text.Json;

namespace Coracle.E2E;

public sealed class SaveLoadTests(Stage stage) : EngineTest(stage)
{
    public static TheoryData<string> EveryCli => DockerCli.Every;

    [Theory, MemberData(nameof(EveryCli))]
    public async Task What_is_saved_and_removed_comes_back_by_load(string program)
    {
        TestImage image = await BringAsync("saved", 31);
        string file = ImageFiles.NewPath(Engine, "saved.tar");
        await Cli(program).SayAsync("save", "-o", file, image.Reference);
        await Cli(program).SayAsync("rmi", image.Reference);

        CommandResult load = (await Cli(program).RunAsync("load", "-i", file)).Succeeds();

        Assert.Equal($"Loaded image: {image.Reference}", load.Lines[^1]);
        Assert.Equal(image.Id, await InspectAsync(image.Reference, "{{.Id}}"));
        Assert.Equal("content", (await RunAsync(image.Reference, "cat", "/words")).Succeeds().Text);
        await ForgetAsync(image.Reference, file);
    }

    [Fact]
    public async Task A_pipe_is_as_good_as_a_file_and_quiet_is_quiet()
    {
        TestImage image = await BringAsync("piped", 32);
        string file = ImageFiles.NewPath(Engine, "piped.tar");
        CommandResult pipe = await Command.RunAsync(
            "/bin/sh", ["-c", $"{DockerCli.Newest} -H unix://{Engine.SocketPath} save {image.Reference} > {file}; {DockerCli.Newest} -H unix://{Engine.SocketPath} load -q < {file}"],
            Machine.Environment(Engine.Root));

        Assert.Equal($"Loaded image: {image.Reference}", pipe.Succeeds().Text);
        await ForgetAsync(image.Reference, file);
    }

    [Fact]
    public async Task Several_images_share_their_layers_in_one_archive()
    {
        await Docker.SayAsync("pull", "-q", Images.AppNext.Reference);
        string file = ImageFiles.NewPath(Engine, "both.tar");
        await Docker.SayAsync("save", "-o", file, App, Images.AppNext.Reference);
        using JsonDocument manifest = JsonDocument.Parse(ImageFiles.Read(file)["manifest.json"]);

        string[] layers = [.. manifest.RootElement.EnumerateArray().SelectMany(image => image.GetProperty("Layers").EnumerateArray()).Select(layer => layer.GetString()!)];
        Assert.Equal(2, manifest.RootElement.GetArrayLength());
        Assert.Equal((6, 4), (layers.Length, layers.Distinct().Count()));
        await ForgetAsync(Images.AppNext.Reference, file);
    }

    [Fact]
    public async Task By_id_there_is_no_name()
    {
        TestImage image = await BringAsync("nameless", 33);
        string file = ImageFiles.NewPath(Engine, "id.tar");
        await Docker.SayAsync("save", "-o", file, image.Id);
        await Docker.SayAsync("rmi", image.Reference);

        Assert.Equal($"Loaded image ID: {image.Id}", await Docker.SayAsync("load", "-i", file));
        Assert.Equal("[]", await InspectAsync(image.Id, "{{.RepoTags}}"));
        await ForgetAsync(image.Id, file);
    }

    [Fact]
    public async Task A_name_that_moves_is_said()
    {
        string first = ImageFiles.NewPath(Engine, "first.tar"), second = ImageFiles.NewPath(Engine, "second.tar");
        await File.WriteAllBytesAsync(first, ImageFiles.OldArchive("moving:1", ImageFiles.Layer("a", "one")));
        await File.WriteAllBytesAsync(second, ImageFiles.OldArchive("moving:1", ImageFiles.Layer("a", "two")));
        Assert.Equal("Loaded image: moving:1", await Docker.SayAsync("load", "-q", "-i", first));
        string id = await InspectAsync("moving:1", "{{.Id}}");

        string[] lines = (await Docker.RunAsync("load", "-q", "-i", second)).Succeeds().Lines;

        Assert.Equal([$"The image moving:1 already exists, renaming the old one with ID {id} to empty string", "Loaded image: moving:1"], lines);
        await Docker.SayAsync("rmi", id);
        await ForgetAsync("moving:1", first, second);
    }

    [Theory, InlineData("gzip"), InlineData("bzip2"), InlineData("xz")]
    public Task A_compressed_archive_is_loaded(string tool) => LoadPackedAsync(tool);

    /// <summary>Docker reads zstd only since 23.</summary>
    [Fact, Trait("Engine", "coracle")]
    public Task A_zstd_archive_is_loaded() => LoadPackedAsync("zstd");

    [Fact]
    public async Task The_progress_is_Dockers()
    {
        string file = ImageFiles.NewPath(Engine, "progress.tar");
        await File.WriteAllBytesAsync(file, ImageFiles.OldArchive("progress:1", ImageFiles.Layer("a", new string('x', 100_000))));
        using HttpResponseMessage answer = await PostFileAsync("/images/load?quiet=0", file);
        JsonElement[] lines = [.. (await answer.Content.ReadAsStringAsync()).Split("\r\n", StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement)];

        Assert.Equal("application/json", answer.Content.Headers.ContentType?.MediaType);
        JsonElement loading = lines.Last(line => line.TryGetProperty("status", out JsonElement status) && status.GetString() == "Loading layer");
        Assert.Equal(12, loading.GetProperty("id").GetString()!.Length);
        Assert.Equal(loading.GetProperty("progressDetail").GetProperty("total").GetInt64(), loading.GetProperty("progressDetail").GetProperty("current").GetInt64());
        Assert.Equal("Loaded image: progress:1\n", lines[^1].GetProperty("stream").GetString());
        await ForgetAsync("progress:1", file);
    }

    /// <summary>20.10 writes no OCI layout.</summary>
    [Fact, Trait("Engine", "coracle")]
    public async Task Skopeo_finds_the_same_image_in_the_archive_by_both_its_formats()
    {
        TestImage image = await BringAsync("skopeo", 34);
        string file = ImageFiles.NewPath(Engine, "skopeo.tar"), layout = ImageFiles.NewPath(Engine, "layout");
        await Docker.SayAsync("save", "-o", file, image.Reference);
        Directory.CreateDirectory(layout);
        (await Command.RunAsync("tar", ["-xf", file, "-C", layout], Machine.Environment(Engine.Root))).Succeeds();

        foreach (string source in (string[])[$"docker-archive:{file}", $"oci:{layout}"])
        {
            string config = (await ImageFiles.SkopeoAsync(Engine, "inspect", "--config", "--raw", source)).Succeeds().Output;
            Assert.Equal(image.Id, LayerTar.DigestOf(System.Text.Encoding.UTF8.GetBytes(config)));
        }

        Directory.Delete(layout, recursive: true);
        await ForgetAsync(image.Reference, file);
    }

    [Theory, InlineData("docker-archive"), InlineData("oci-archive")]
    public async Task What_skopeo_writes_is_loaded(string format)
    {
        if (Engine.Kind == EngineKind.Docker && format == "oci-archive")
        {
            return;   // 20.10 reads no OCI layout
        }

        TestImage image = await Images.PushAsync("fromskopeo", format, [Images.Busybox], new RunSettings(["sh"]));
        string file = ImageFiles.NewPath(Engine, "skopeo.tar");
        (await ImageFiles.SkopeoAsync(Engine, "copy", "--src-tls-verify=false", $"docker://{image.Reference}", $"{format}:{file}:example.org/from/skopeo:1")).Succeeds();

        Assert.Equal("Loaded image: example.org/from/skopeo:1", (await Docker.RunAsync("load", "-i", file)).Succeeds().Lines[^1]);
        Assert.Equal("hello", (await RunAsync("example.org/from/skopeo:1", "echo", "hello")).Succeeds().Text);
        await ForgetAsync("example.org/from/skopeo:1", file);
    }

    /// <summary>The proof that our archives are Docker's: Docker itself loads one, under the same id.</summary>
    [Fact, Trait("Engine", "coracle")]
    public async Task Debians_dockerd_loads_what_we_save()
    {
        TestImage image = await BringAsync("todocker", 35);
        string file = ImageFiles.NewPath(Engine, "todocker.tar");
        await Docker.SayAsync("save", "-o", file, image.Reference, App);
        await using ReferenceEngine other = await ReferenceEngine.StartAsync();

        string[] lines = (await other.RunAsync("load", "-q", "-i", file)).Succeeds().Lines;

        Assert.Equal([$"Loaded image: {App}", $"Loaded image: {image.Reference}"], lines.Order());
        Assert.Equal(image.Id, (await other.RunAsync("inspect", "--format", "{{.Id}}", image.Reference)).Succeeds().Text);
        await ForgetAsync(image.Reference, file);
    }

    [Fact]
    public async Task What_is_not_there_is_said_before_anything_is_sent()
    {
        CommandResult save = await Docker.RunAsync("save", "-o", ImageFiles.NewPath(Engine, "no.tar"), "nosuch:1");
        Assert.NotEqual("", save.Exits(1).Errors);
        (await Api.GetAsync("/images/nosuch:1/get")).Has(404);
        (await Api.GetAsync($"/images/get?names={App}&names=nosuch:1")).Has(404);
    }

    [Fact]
    public async Task Save_and_load_are_events()
    {
        TestImage image = await BringAsync("events", 36);
        string file = ImageFiles.NewPath(Engine, "events.tar");
        string since = DateTimeOffset.UtcNow.ToUnixTimeSeconds().ToString();
        await Docker.SayAsync("save", "-o", file, image.Reference);
        await Docker.SayAsync("load", "-q", "-i", file);
        string events = await Docker.SayAsync("events", "--since", since, "--until", InASecond(), "--filter", "type=image", "--format", "{{.Action}} {{.Actor.ID}}");

        Assert.Contains($"save {image.Id}", events, StringComparison.Ordinal);
        Assert.Contains($"load {image.Id}", events, StringComparison.Ordinal);
        await ForgetAsync(image.Reference, file);
    }

    [Fact]
    public async Task A_client_that_vanishes_in_a_save_leaves_the_image_removable()
    {
        await Docker.SayAsync("pull", "-q", Images.Big.Reference);
        using (HttpResponseMessage answer = await Api.OpenAsync(HttpMethod.Get, $"/images/get?names={Images.Big.Reference}"))
        {
            byte[] some = new byte[100_000];
            await (await answer.Content.ReadAsStreamAsync()).ReadExactlyAsync(some);
        }

        await Docker.SayAsync("rmi", Images.Big.Reference);
        if (Engine.Kind == EngineKind.Coracle)
        {
            // Its lease ends when the engine sees that nobody listens; the layers go with the next removal.
            await Deadline.HoldsAsync("layers of a removed image to go", LayersAreGoneAsync, () => Engine.LogTail);
        }
    }

    private async Task<bool> LayersAreGoneAsync()
    {
        string file = ImageFiles.NewPath(Engine, "collect.tar");
        await File.WriteAllBytesAsync(file, ImageFiles.OldArchive("collect:1", ImageFiles.Layer("a", "collect")));
        await Docker.SayAsync("load", "-q", "-i", file);
        await ForgetAsync("collect:1", file);
        return !Directory.Exists(Path.Combine(Engine.DataRoot, "layers", Images.Big.Layers[^1].DiffId["sha256:".Length..]));
    }

    private async Task LoadPackedAsync(string tool)
    {
        string file = ImageFiles.NewPath(Engine, tool);
        await File.WriteAllBytesAsync(file, ImageFiles.OldArchive($"packed:{tool}", ImageFiles.Layer("a", tool)));
        await ImageFiles.CompressAsync(Engine, file, tool);

        Assert.Equal($"Loaded image: packed:{tool}", await Docker.SayAsync("load", "-q", "-i", file + ".packed"));
        await ForgetAsync($"packed:{tool}", file, file + ".packed");
    }

    private async Task<HttpResponseMessage> PostFileAsync(string path, string file)
    {
        using HttpRequestMessage request = new(HttpMethod.Post, RawApi.Version + path) { Content = new StreamContent(File.OpenRead(file)) };
        return await Api.SendAsync(request);
    }

    private async Task<TestImage> BringAsync(string repository, int seed)
    {
        TestImage image = await Images.PushAsync(
            repository, "1", [Images.Busybox, new LayerTar().Text("words", "content\n").Finish(), Gallery.Noise("noise", seed, 300_000)], new RunSettings(["sh"]));
        await Docker.SayAsync("pull", "-q", image.Reference);
        return image;
    }

    private async Task ForgetAsync(string image, params string[] files)
    {
        await Docker.SayAsync("rmi", "-f", image);
        foreach (string file in files)
        {
            File.Delete(file);
        }
    }
}
