namespace Coracle.E2E;

/// <summary>A disk that is too small: told in Docker's words, and nothing of the attempt stays.</summary>
public sealed class RoomTests(Stage stage) : EngineTest(stage)
{
    private const string Full = "no space left on device";

    [Fact]
    public async Task What_cannot_fit_is_refused_and_the_next_pull_fits()
    {
        await using Engine engine = await StartOnAsync("size=24m");
        await RefusedAsync(engine, Images.Big.Reference);
        (await new DockerCli(DockerCli.Newest, engine).RunAsync("pull", App)).Succeeds();
    }

    [Fact]
    public async Task What_grows_too_large_while_it_is_unpacked_is_refused()
    {
        Layer zeros = new LayerTar().File("zeros", new byte[60 << 20]).Finish();
        TestImage image = await Images.PushAsync("zeros", "1", [zeros], new RunSettings(["x"]));
        await using Engine engine = await StartOnAsync("size=24m");
        await RefusedAsync(engine, image.Reference);
    }

    [Fact]
    public async Task More_files_than_the_disk_has_inodes_for_are_refused()
    {
        var tar = new LayerTar();
        for (int i = 0; i < 3000; i++)
        {
            tar.Text($"f{i}", "x");
        }

        TestImage image = await Images.PushAsync("files", "1", [tar.Finish()], new RunSettings(["x"]));
        await using Engine engine = await StartOnAsync("size=64m,nr_inodes=1500");
        await RefusedAsync(engine, image.Reference);
    }

    private static Task<Engine> StartOnAsync(string size)
        => Engine.StartAsync(new EngineSetting($"mkdir -p $ROOT/data; mount -t tmpfs -o {size} tmpfs $ROOT/data"));

    private static async Task RefusedAsync(Engine engine, string reference)
    {
        var cli = new DockerCli(DockerCli.Newest, engine);
        CommandResult pull = await cli.RunAsync("pull", reference);
        Assert.EndsWith(Full, pull.Exits(1).Errors.TrimEnd(), StringComparison.Ordinal);
        Assert.Equal("", await cli.SayAsync("images", "-aq"));
        if (Engine.Kind == EngineKind.Coracle)
        {
            string data = $"/proc/{engine.ProcessId}/root{engine.DataRoot}";
            Assert.Empty(Directory.GetFileSystemEntries(Path.Combine(data, "staging")));
            Assert.Empty(Directory.GetFileSystemEntries(Path.Combine(data, "layers")));
        }
    }
}
