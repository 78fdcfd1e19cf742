using System.Text.Json;

namespace Coracle.E2E;

/// <summary>Images of the default registry, which cannot be reached from here, from a mirror that can.</summary>
public sealed class MirrorTests(Stage stage) : EngineTest(stage)
{
    [Fact]
    public async Task An_image_of_the_default_registry_comes_from_the_first_mirror_that_has_it()
    {
        TestImage image = await Images.PushAsync("library/mirrored", "1", [Gallery.Noise("n", 41, 1000)], new RunSettings(["x"]));
        await using var empty = new LyingRegistry(path => path.TrimEnd('/') == "/v2" ? Lie.Text(200, "application/json", "{}")
            : Lie.Text(404, "application/json", """{"errors":[{"code":"MANIFEST_UNKNOWN","message":"manifest unknown"}]}"""));
        await using Engine engine = await Engine.StartAsync(new EngineSetting(
            "", "--registry-mirror", $"http://{empty.Address}", "--registry-mirror", $"http://{Registry.Address}"));
        var cli = new DockerCli(DockerCli.Newest, engine);

        CommandResult pull = (await cli.RunAsync("pull", "mirrored:1")).Succeeds();

        Assert.Contains("1: Pulling from library/mirrored", pull.Lines);
        Assert.Contains("Status: Downloaded newer image for mirrored:1", pull.Lines);
        Assert.Equal(image.Id, await cli.SayAsync("inspect", "--format", "{{.Id}}", "mirrored:1"));
        JsonElement mirrors = JsonDocument.Parse((await engine.Api.GetAsync("/info")).Body).RootElement.GetProperty("RegistryConfig").GetProperty("Mirrors");
        Assert.Equal([$"http://{empty.Address}/", $"http://{Registry.Address}/"], mirrors.EnumerateArray().Select(mirror => mirror.GetString()!));
    }
}
