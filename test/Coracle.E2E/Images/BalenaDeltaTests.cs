namespace Coracle.E2E;

/// <summary>balenaEngine's deltas over the wire: made by our own command line, through a registry, applied where only the base is.</summary>
[Trait("Engine", "coracle")]
public sealed class BalenaDeltaTests(Stage stage) : EngineTest(stage)
{
    [Fact]
    public async Task A_delta_that_is_pulled_is_the_image_that_it_was_made_for()
    {
        (TestImage from, TestImage to, string delta) = await PublishAsync("pulled-delta");
        await using Engine device = await Engine.StartAsync();
        DockerCli docker = new(DockerCli.Newest, device);
        await docker.SayAsync("pull", "-q", from.Reference);

        CommandResult pull = (await docker.RunAsync("pull", delta)).Succeeds();

        Assert.Contains($"Status: Downloaded newer image for {delta}", pull.Lines);
        Assert.Equal(to.Id, await docker.SayAsync("inspect", "--format", "{{.Id}}", delta));
        Assert.Equal("new", await docker.SayAsync("run", "--rm", "--network", "none", delta, "cat", "/words"));
        Assert.Contains($"Status: Image is up to date for {delta}", (await docker.RunAsync("pull", delta)).Succeeds().Lines);
    }

    [Fact]
    public async Task Without_its_base_a_delta_is_refused_and_a_second_data_root_may_have_it()
    {
        (TestImage from, TestImage to, string delta) = await PublishAsync("delta-elsewhere");
        await using Engine owner = await Engine.StartAsync();
        await new DockerCli(DockerCli.Newest, owner).SayAsync("pull", "-q", from.Reference);
        await using Engine alone = await Engine.StartAsync();
        await using Engine device = await Engine.StartAsync(new EngineSetting(
            "", "--delta-data-root", owner.DataRoot, "--delta-storage-driver", "overlay2", "--delta-storage-opt", "a=b"));

        CommandResult refused = await new DockerCli(DockerCli.Newest, alone).RunAsync("pull", delta);
        await new DockerCli(DockerCli.Newest, device).SayAsync("pull", "-q", delta);

        Assert.Contains($"loading delta base image \"{from.Id}\": failed to get digest", refused.Everything, StringComparison.Ordinal);
        Assert.Equal(to.Id, await new DockerCli(DockerCli.Newest, device).SayAsync("inspect", "--format", "{{.Id}}", delta));
    }

    [Fact]
    public async Task What_is_not_here_is_404_in_balenaEngines_words()
        => Assert.Equal(
            "no such image: nosuch: No such image: nosuch:latest", (await Api.PostAsync($"/images/delta?src=nosuch&dest={App}")).Has(404).Message);

    /// <summary>balenaEngine's own test of that name: no tar at all is an error in the stream, behind an answer that has begun well.</summary>
    [Fact]
    public async Task Load_of_an_invalid_tar_is_an_error_in_the_stream()
    {
        using HttpRequestMessage request = new(HttpMethod.Post, RawApi.Version + "/images/load?quiet=1")
        {
            Content = new StringContent("this is definitely not a valid tar file!", new System.Net.Http.Headers.MediaTypeHeaderValue("application/x-tar")),
        };
        using HttpResponseMessage answer = await Api.SendAsync(request);

        Assert.Equal(200, (int)answer.StatusCode);
        Assert.Contains("\"errorDetail\":", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    /// <summary>Two images and their delta, all three in the registry; nothing is left in the shared engine.</summary>
    private async Task<(TestImage From, TestImage To, string Delta)> PublishAsync(string name)
    {
        TestImage from = await BringAsync(name, "1", "old"), to = await BringAsync(name, "2", "new");
        string delta = Registry.Reference($"{name}:delta"), file = ImageFiles.NewPath(Engine, "delta.tar");
        CommandResult made = (await Command.RunAsync(
            Engine.Program, ["-H", $"unix://{Engine.SocketPath}", "image", "delta", "--tag", delta, from.Reference, to.Reference], Machine.Environment(Engine.Root))).Succeeds();
        Assert.Contains("Created delta: sha256:", made.Text, StringComparison.Ordinal);
        Assert.Contains($"Successfully tagged {delta}", made.Text, StringComparison.Ordinal);
        await Docker.SayAsync("save", "-o", file, delta);
        (await ImageFiles.SkopeoAsync(Engine, "copy", "--dest-tls-verify=false", "docker-archive:" + file, "docker://" + delta)).Succeeds();
        await Docker.SayAsync("rmi", "-f", delta, from.Reference, to.Reference);
        File.Delete(file);
        return (from, to, delta);
    }

    private async Task<TestImage> BringAsync(string name, string tag, string words)
    {
        TestImage image = await Images.PushAsync(
            name, tag, [Images.Busybox, Gallery.Noise("noise", 71, 300_000), new LayerTar().Text("words", words + "\n").Finish()], new RunSettings(["sh"]));
        await Docker.SayAsync("pull", "-q", image.Reference);
        return image;
    }
}
