using System.Text.Json;

namespace Coracle.E2E;

public sealed class ImageTests(Stage stage) : EngineTest(stage)
{
    public static TheoryData<string> EveryCli => DockerCli.Every;

    private string ShortId => Images.App.Id["sha256:".Length..][..12];

    [Theory, MemberData(nameof(EveryCli))]
    public async Task Images_lists_repository_tag_and_id(string program)
    {
        string repository = App[..App.LastIndexOf(':')];
        Assert.Equal($"{repository} 1 {ShortId}", await Cli(program).SayAsync("images", "--format", "{{.Repository}} {{.Tag}} {{.ID}}", App));
        Assert.Equal(Images.App.Id, await Cli(program).SayAsync("images", "-q", "--no-trunc", App));
        string[] digests = (await Cli(program).RunAsync("images", "--digests", "--format", "{{.Repository}}:{{.Tag}} {{.Digest}}")).Succeeds().Lines;
        Assert.Contains($"{App} {Images.App.ManifestDigest}", digests);
        Assert.StartsWith("REPOSITORY", await Cli(program).SayAsync("images"), StringComparison.Ordinal);
    }

    [Theory, MemberData(nameof(EveryCli))]
    public async Task A_tag_is_one_more_name(string program)
    {
        DockerCli cli = Cli(program);
        await cli.SayAsync("tag", App, "one/more:name");
        Assert.Equal(Images.App.Id, await InspectAsync("one/more:name", "{{.Id}}"));
        Assert.Equal($"[{App} one/more:name]", await InspectAsync(App, "{{.RepoTags}}"));
        Assert.Equal("Untagged: one/more:name", await cli.SayAsync("rmi", "one/more:name"));
        Assert.Equal($"[{App}]", await InspectAsync(App, "{{.RepoTags}}"));
    }

    [Fact]
    public async Task Without_tag_it_is_latest()
    {
        await Docker.SayAsync("tag", App, "plain");
        Assert.Equal("plain:latest", await Docker.SayAsync("images", "--format", "{{.Repository}}:{{.Tag}}", "plain"));
        await Docker.SayAsync("rmi", "plain");
    }

    [Fact]
    public async Task An_image_is_found_by_id_and_by_part_of_it()
    {
        foreach (string name in (string[])[Images.App.Id, Images.App.Id["sha256:".Length..], ShortId, ShortId[..6], Images.App.DigestReference])
        {
            Assert.Equal(Images.App.Id, await InspectAsync(name, "{{.Id}}"));
        }
    }

    [Fact]
    public async Task Inspect_tells_the_configuration()
    {
        await Docker.SayAsync("pull", "-q", Images.Configured.Reference);
        JsonElement image = JsonDocument.Parse(await Docker.SayAsync("inspect", Images.Configured.Reference)).RootElement[0];
        Assert.Equal(Images.Configured.Id, image.GetProperty("Id").GetString());
        Assert.Equal("linux", image.GetProperty("Os").GetString());
        Assert.Equal("2024-02-29T12:34:56.123456789Z", image.GetProperty("Created").GetString());
        JsonElement config = image.GetProperty("Config");
        Assert.Equal("app", config.GetProperty("User").GetString());
        Assert.Equal("/home/app/work", config.GetProperty("WorkingDir").GetString());
        Assert.Equal(["PATH=/bin", "GREETING=hello"], config.GetProperty("Env").EnumerateArray().Select(e => e.GetString()!));
        Assert.Equal(["from", "image"], config.GetProperty("Cmd").EnumerateArray().Select(e => e.GetString()!));
        Assert.Equal("a value", config.GetProperty("Labels").GetProperty("org.example.label").GetString());
        Assert.Equal(Images.Configured.Layers.Select(l => l.DiffId), image.GetProperty("RootFS").GetProperty("Layers").EnumerateArray().Select(e => e.GetString()!));
        await Docker.SayAsync("rmi", Images.Configured.Reference);
    }

    [Fact]
    public async Task What_is_not_there_is_named()
    {
        Assert.EndsWith("No such image: nosuch:latest", (await Api.GetAsync("/images/nosuch/json")).Has(404).Message, StringComparison.Ordinal);
        Assert.Equal("No such image: nosuch:1", (await Api.PostAsync("/images/nosuch:1/tag?repo=x&tag=1")).Has(404).Message);
        Assert.Equal("No such image: nosuch:latest", (await Api.SendAsync(HttpMethod.Delete, "/images/nosuch")).Has(404).Message);
        Assert.Equal("No such image: nosuch:latest", (await Api.PostAsync("/containers/create", """{"Image":"nosuch"}""")).Has(404).Message);
        CommandResult rmi = await Docker.RunAsync("rmi", "nosuch");
        Assert.Contains("No such image: nosuch", rmi.Exits(1).Errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/tag?repo=UPPER&tag=1")]
    [InlineData("/create?fromImage=UPPER&tag=1")]
    public async Task A_name_that_is_none_is_400(string path)
    {
        ApiAnswer answer = await Api.PostAsync("/images/" + (path.StartsWith("/tag", StringComparison.Ordinal) ? ShortId : "") + path.Replace("/create", "create", StringComparison.Ordinal));
        // 20.10 says 500 to a tag; later Docker says 400.
        Assert.Equal(Engine.Kind == EngineKind.Docker && path.StartsWith("/tag", StringComparison.Ordinal) ? 500 : 400, answer.Status);
        Assert.Contains("invalid reference format: repository name", answer.Message, StringComparison.Ordinal);
    }

    [Theory, MemberData(nameof(EveryCli))]
    public async Task An_image_in_use_is_not_removed(string program)
    {
        DockerCli cli = Cli(program);
        string running = await SleeperAsync();
        string id = await InspectAsync(running, "{{.Id}}");
        CommandResult refused = await cli.RunAsync("rmi", App);
        Assert.Contains(
            $"conflict: unable to remove repository reference \"{App}\" (must force) - container {id[..12]} is using its referenced image {ShortId}",
            refused.Exits(1).Errors, StringComparison.Ordinal);
        refused = await cli.RunAsync("rmi", ShortId);
        Assert.Contains($"conflict: unable to delete {ShortId} (cannot be forced) - image is being used by running container {id[..12]}", refused.Exits(1).Errors, StringComparison.Ordinal);
        (await cli.RunAsync("rmi", "-f", ShortId)).Exits(1);
        await Docker.SayAsync("kill", running);
        await Docker.SayAsync("wait", running);
        refused = await cli.RunAsync("rmi", ShortId);
        Assert.Contains($"conflict: unable to delete {ShortId} (must be forced) - image is being used by stopped container {id[..12]}", refused.Exits(1).Errors, StringComparison.Ordinal);
        (await Api.SendAsync(HttpMethod.Delete, $"/images/{ShortId}")).Has(409);
    }

    [Fact]
    public async Task An_id_with_two_repositories_is_removed_only_by_force()
    {
        TestImage image = await Images.PushAsync("twice", "1", [Gallery.Noise("n", 5, 100)], new RunSettings(["x"]));
        await Docker.SayAsync("pull", "-q", image.Reference);
        await Docker.SayAsync("tag", image.Reference, "another:name");
        string id = image.Id["sha256:".Length..][..12];
        CommandResult refused = await Docker.RunAsync("rmi", id);
        Assert.Contains($"conflict: unable to delete {id} (must be forced) - image is referenced in multiple repositories", refused.Exits(1).Errors, StringComparison.Ordinal);
        string[] removed = (await Docker.RunAsync("rmi", "-f", id)).Succeeds().Lines;
        Assert.Contains("Untagged: another:name", removed);
        Assert.Contains($"Untagged: {image.Reference}", removed);
        Assert.Contains($"Untagged: {image.DigestReference}", removed);
        Assert.Contains($"Deleted: {image.Id}", removed);
    }

    [Fact]
    public async Task A_pushed_over_tag_leaves_the_old_image_without_name()
    {
        TestImage old = await Images.PushAsync("moving", "1", [Gallery.Noise("n", 6, 100)], new RunSettings(["x"]));
        await Docker.SayAsync("pull", "-q", old.Reference);
        TestImage now = await Images.PushAsync("moving", "1", [Gallery.Noise("n", 7, 100)], new RunSettings(["x"]));
        await Docker.SayAsync("pull", "-q", now.Reference);
        Assert.Equal(now.Id, await InspectAsync(now.Reference, "{{.Id}}"));
        Assert.Equal(old.Id, await Docker.SayAsync("images", "-q", "--no-trunc", "--filter", "dangling=true"));
        await Docker.SayAsync("rmi", old.Id, now.Reference);
    }

    [Fact]
    public async Task An_imported_tar_is_an_image()
    {
        string file = Path.Combine(Engine.Root, "import.tar");
        using (var unpacked = new System.IO.Compression.GZipStream(new MemoryStream(Images.Busybox.Blob), System.IO.Compression.CompressionMode.Decompress))
        await using (FileStream tar = File.Create(file))
        {
            await unpacked.CopyToAsync(tar);
        }

        string id = await Docker.SayAsync("import", "-c", "CMD [\"echo\", \"imported\"]", file, "imported:1");
        Assert.Matches("^sha256:[0-9a-f]{64}$", id);
        Assert.Equal("imported", (await RunAsync("imported:1")).Succeeds().Text);
        await Docker.SayAsync("rmi", "imported:1");
    }
}
