using System.Text.Json;

namespace Coracle.E2E;

/// <summary>The arm64 file under qemu-user: it starts, parses and pulls. Containers are not run: qemu-user cannot pass clone's flags on.</summary>
[Trait("Engine", "coracle"), Trait("Needs", "arm64")]
public sealed class Arm64Tests(Stage stage) : IAsyncLifetime
{
    private readonly string _root = Machine.NewDirectory();

    private static string Emulator { get; } = Machine.Find("qemu-user-static", "/usr/bin/qemu-aarch64-static");

    private static string Program { get; } = Path.Combine(Machine.Repository(), "out/coracle-arm64");

    private string Socket => Path.Combine(_root, "s");

    private string DataRoot => Path.Combine(_root, "data");

    private string Configuration => Path.Combine(_root, "daemon.json");

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync()
    {
        Directory.Delete(_root, recursive: true);
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task It_tells_its_version()
        => Assert.Matches("^coracle-arm64 version [0-9]+[.][0-9]+[.][0-9]+", (await RunAsync("--version")).Succeeds().Text);

    [Theory]
    [InlineData("""{"debug": true, "labels": ["a=b"]}""", 0, "configuration OK")]
    [InlineData("""{"storage-diver": "overlay2"}""", 1, "the following directives don't match any configuration option: storage-diver")]
    public async Task It_parses_a_configuration(string json, int code, string words)
    {
        await File.WriteAllTextAsync(Configuration, json);
        CommandResult validated = (await RunAsync("daemon", "--validate", "--config-file", Configuration)).Exits(code);
        Assert.Contains(words, validated.Everything, StringComparison.Ordinal);
    }

    [Fact]
    public async Task It_serves_and_pulls_an_image_for_arm64()
    {
        Layer layer = new LayerTar().Directory("etc").Text("etc/greeting", "from arm64\n").Finish();
        TestImage image = await stage.Images.PushAsync("arm64", "1", [layer], new RunSettings(["/hello"], Architecture: "arm64"));
        await File.WriteAllTextAsync(Configuration, "{}");
        await using Command engine = Start("daemon", "-H", $"unix://{Socket}", "--data-root", DataRoot, "--exec-root", Path.Combine(_root, "exec"), "--config-file", Configuration, "--bridge", "none");
        using var api = new RawApi(Socket);
        await Deadline.HoldsAsync("an answer to /_ping", api.PingAsync, () => engine.OutputSoFar);
        Assert.Equal("arm64", (await api.GetAsync("/version")).Has(200).Json.GetProperty("Arch").GetString());

        CommandResult pull = (await RunAsync("-H", $"unix://{Socket}", "pull", image.Reference)).Succeeds();
        Assert.Contains($"Status: Downloaded newer image for {image.Reference}", pull.Output, StringComparison.Ordinal);
        JsonElement inspected = (await api.GetAsync($"/images/{image.Reference}/json")).Has(200).Json;
        Assert.Equal((image.Id, "arm64"), (inspected.GetProperty("Id").GetString(), inspected.GetProperty("Architecture").GetString()));
        string extracted = Path.Combine(DataRoot, "layers", layer.DiffId["sha256:".Length..], "diff/etc/greeting");
        Assert.Equal("from arm64\n", await File.ReadAllTextAsync(extracted));
        string listed = (await RunAsync("-H", $"unix://{Socket}", "images", "--no-trunc", "--format", "{{.Repository}}:{{.Tag}} {{.ID}}")).Succeeds().Text;
        Assert.Equal($"{image.Reference} {image.Id}", listed);

        await engine.SignalAsync("TERM");
        (await engine.EndAsync()).Succeeds();
    }

    private Task<CommandResult> RunAsync(params string[] arguments) => Command.RunAsync(Emulator, [Program, .. arguments], Machine.Environment(_root));

    private Command Start(params string[] arguments) => Command.Start(Emulator, [Program, .. arguments], Machine.Environment(_root));
}
