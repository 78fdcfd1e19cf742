using System.Text.Json;

namespace Coracle.E2E;

/// <summary>Deltas by hand: made on one engine, carried as a file, applied on another; published and pulled is <see cref="DeltaPullTests"/>.</summary>
[Trait("Engine", "coracle")] // dockerd knows none
public sealed class DeltaVerbTests(Stage stage) : EngineTest(stage)
{
    private async Task<(TestImage Old, TestImage New)> PushVersionsAsync(string repository, int seed)
    {
        byte[] bytes = new byte[2_000_000];
        new Random(seed).NextBytes(bytes);
        Layer old = new LayerTar().File("data/app", bytes).Finish();
        new Random(seed + 1).NextBytes(bytes.AsSpan(1_000_000, 20_000));
        Layer next = new LayerTar().File("data/app", bytes).Finish();
        return (
            await Images.PushAsync(repository, "1", [Images.Busybox, old], new RunSettings(["sh"])),
            await Images.PushAsync(repository, "2", [Images.Busybox, next], new RunSettings(["sh"])));
    }

    private static Task<CommandResult> CoracleAsync(Engine engine, params string[] arguments)
        => Command.RunAsync(Engine.Program, ["-H", $"unix://{engine.SocketPath}", .. arguments], Machine.Environment(engine.Root));

    [Fact]
    public async Task A_file_takes_a_device_from_one_version_to_the_next_without_a_network()
    {
        (TestImage old, TestImage next) = await PushVersionsAsync("delta-file", 71);
        await using Engine builder = await Engine.StartAsync();
        DockerCli cli = new(DockerCli.Newest, builder);
        await cli.SayAsync("pull", "-q", old.Reference);
        await cli.SayAsync("pull", "-q", next.Reference);
        string file = Path.Combine(builder.Root, "delta.tar"), page = Path.Combine(builder.Root, "delta.html");
        (await CoracleAsync(builder, "delta", "create", old.Reference, next.Reference, "-o", file)).Succeeds();
        Assert.InRange(new FileInfo(file).Length, 20_000, 45_000);

        CommandResult json = (await CoracleAsync(builder, "delta", "inspect", "--format", "json", file)).Succeeds();
        using JsonDocument seen = JsonDocument.Parse(string.Join('\n', json.Lines));
        Assert.Equal(next.Id, seen.RootElement.GetProperty("Id").GetString());
        (await CoracleAsync(builder, "delta", "inspect", "--html", page, file)).Succeeds();
        Assert.StartsWith("<!DOCTYPE html>", await File.ReadAllTextAsync(page, TestContext.Current.CancellationToken), StringComparison.Ordinal);

        await using Engine device = await Engine.StartAsync();
        CommandResult early = await CoracleAsync(device, "delta", "apply", file);
        Assert.NotEqual(0, early.ExitCode);
        DockerCli there = new(DockerCli.Newest, device);
        await there.SayAsync("pull", "-q", old.Reference);
        Assert.Contains($"Loaded image: {next.Reference}", (await CoracleAsync(device, "delta", "apply", file)).Succeeds().Lines);
        Assert.Equal(
            await cli.SayAsync("inspect", "--format", "{{.Id}} {{json .RepoDigests}} {{json .RootFS.Layers}}", next.Reference),
            await there.SayAsync("inspect", "--format", "{{.Id}} {{json .RepoDigests}} {{json .RootFS.Layers}}", next.Reference));
    }

    [Fact]
    public async Task Docker_load_takes_the_file_as_well()
    {
        (TestImage old, TestImage next) = await PushVersionsAsync("delta-load", 81);
        await using Engine engine = await Engine.StartAsync();
        DockerCli cli = new(DockerCli.Newest, engine);
        await cli.SayAsync("pull", "-q", old.Reference);
        await cli.SayAsync("pull", "-q", next.Reference);
        string file = Path.Combine(engine.Root, "delta.tar");
        (await CoracleAsync(engine, "delta", "create", old.Reference, next.Reference, "-o", file)).Succeeds();
        await cli.SayAsync("rmi", next.Reference);

        await cli.SayAsync("load", "-i", file);

        Assert.Equal(next.Id, await cli.SayAsync("inspect", "--format", "{{.Id}}", next.Reference));
    }

    [Fact]
    public async Task What_does_not_differ_is_not_published()
    {
        (TestImage old, _) = await PushVersionsAsync("delta-none", 91);
        await using Engine engine = await Engine.StartAsync();
        await new DockerCli(DockerCli.Newest, engine).SayAsync("pull", "-q", old.Reference);

        CommandResult push = (await CoracleAsync(engine, "delta", "push", old.Reference, "--from", old.Reference)).Succeeds();

        Assert.Contains("nothing published: the old images have all layers of the new one", push.Lines);
    }
}
