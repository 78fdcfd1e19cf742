using System.Security.Cryptography;

namespace Coracle.E2E;

/// <summary>Layers as registries have them: every compression, and its bounds.</summary>
public sealed class CompressionTests(Stage stage) : EngineTest(stage)
{
    [Fact]
    public async Task An_uncompressed_layer_is_pulled()
    {
        byte[] tar = ImageFiles.Layer("words", "plain\n");
        await PullAsync("plain", new Layer(LayerTar.DigestOf(tar), tar), "plain");
    }

    [Fact]
    public async Task A_gzip_layer_of_several_members_is_pulled()
    {
        byte[] tar = ImageFiles.Layer("words", "members\n");
        byte[] blob = [.. await PackAsync("gzip", tar[..512]), .. await PackAsync("gzip", tar[512..])];
        await PullAsync("members", new Layer(LayerTar.DigestOf(tar), blob), "members");
    }

    /// <summary>20.10 has no zstd.</summary>
    [Theory, Trait("Engine", "coracle"), InlineData("zstd -19"), InlineData("zstd -1 --check")]
    public async Task A_zstd_layer_is_pulled(string tool)
    {
        byte[] tar = ImageFiles.Layer("words", tool + "\n");
        byte[] skippable = [0x50, 0x2a, 0x4d, 0x18, 4, 0, 0, 0, 1, 2, 3, 4];
        byte[] blob = [.. await PackAsync(tool, tar[..512]), .. skippable, .. await PackAsync(tool, tar[512..])];
        await PullAsync("zstd", new Layer(LayerTar.DigestOf(tar), blob), tool);
    }

    /// <summary>Ours alone: 20.10 has no zstd, and later Docker takes what its library takes.</summary>
    [Fact, Trait("Engine", "coracle")]
    public async Task A_zstd_window_beyond_the_bound_is_refused_by_name()
    {
        byte[] tar = ImageFiles.Layer("words", "wide\n");
        Layer layer = new(LayerTar.DigestOf(tar), await PackAsync("zstd --long=27", tar));
        TestImage image = await Images.PushAsync("wide", "1", [layer], new RunSettings(["sh"]));

        CommandResult pull = (await Docker.RunAsync("pull", image.Reference)).Exits(1);
        Assert.Contains("zstd: a window of more than 8 MiB is not supported", pull.Errors, StringComparison.Ordinal);
    }

    private async Task PullAsync(string repository, Layer layer, string words)
    {
        string tag = Convert.ToHexStringLower(SHA256.HashData(layer.Blob))[..12];
        TestImage image = await Images.PushAsync(repository, tag, [Images.Busybox, layer], new RunSettings(["sh"]));
        await Docker.SayAsync("pull", "-q", image.Reference);
        Assert.Equal(image.Id, await InspectAsync(image.Reference, "{{.Id}}"));
        Assert.Equal(words, (await RunAsync(image.Reference, "cat", "/words")).Succeeds().Text);
        await Docker.SayAsync("rmi", image.Reference);
    }

    private async Task<byte[]> PackAsync(string tool, byte[] bytes)
    {
        string file = ImageFiles.NewPath(Engine, "pack");
        await File.WriteAllBytesAsync(file, bytes);
        await ImageFiles.CompressAsync(Engine, file, tool);
        byte[] packed = await File.ReadAllBytesAsync(file + ".packed");
        File.Delete(file);
        File.Delete(file + ".packed");
        return packed;
    }
}
