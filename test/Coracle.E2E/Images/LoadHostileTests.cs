using System.Net.Sockets;
using System.Text;

namespace Coracle.E2E;

/// <summary>A handful of bad archives by the real command line; the unit tests have one of every kind.</summary>
public sealed class LoadHostileTests(Stage stage) : EngineTest(stage)
{
    private static readonly byte[] _layer = ImageFiles.Layer("a", "one");

    public static TheoryData<string, byte[]> Archives => new()
    {
        { "not a tar", Encoding.ASCII.GetBytes(new string('x', 5000)) },
        { "a manifest that is not JSON", ImageFiles.Tar(("manifest.json", "[{"u8.ToArray())) },
        { "nothing of an image", ImageFiles.Tar(("hello", "world"u8.ToArray())) },
        { "a missing layer", ImageFiles.Tar(("c.json", ImageFiles.Config(LayerTar.DigestOf(_layer))), ("manifest.json", """[{"Config":"c.json","RepoTags":["bad:1"],"Layers":["nothing/layer.tar"]}]"""u8.ToArray())) },
        { "another layer than the config names", ImageFiles.Tar(("l", ImageFiles.Layer("a", "two")), ("c.json", ImageFiles.Config(LayerTar.DigestOf(_layer))), ("manifest.json", """[{"Config":"c.json","RepoTags":["bad:1"],"Layers":["l"]}]"""u8.ToArray())) },
        { "fewer layers than the config has", ImageFiles.Tar(("c.json", ImageFiles.Config(LayerTar.DigestOf(_layer))), ("manifest.json", """[{"Config":"c.json","RepoTags":["bad:1"],"Layers":[]}]"""u8.ToArray())) },
        { "a traversal", ImageFiles.Tar(("../../../../tmp/coracle-escaped", "x"u8.ToArray())) },
        { "cut in the middle", ImageFiles.OldArchive("bad:1", _layer)[..2000] },
    };

    [Theory, MemberData(nameof(Archives))]
    public async Task It_is_refused_in_words_and_nothing_is_left(string what, byte[] archive)
    {
        string file = ImageFiles.NewPath(Engine, "bad.tar");
        await File.WriteAllBytesAsync(file, archive);

        CommandResult load = await Docker.RunAsync("load", "-i", file);

        Assert.True(load.ExitCode == 1 && load.Errors.Trim().Length > 0, $"{what}: {load}");
        (await Api.GetAsync("/images/bad:1/json")).Has(404);
        Assert.False(File.Exists("/tmp/coracle-escaped"));
        await Docker.SayAsync("version");
        File.Delete(file);
    }

    [Fact]
    public async Task A_client_that_vanishes_in_a_load_leaves_nothing()
    {
        byte[] archive = ImageFiles.OldArchive("vanished:1", ImageFiles.Layer("a", new string('x', 2_000_000)));
        using (Socket socket = await Api.ConnectAsync())
        {
            await socket.SendAsync(Encoding.ASCII.GetBytes($"POST /v1.41/images/load HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-tar\r\nContent-Length: {archive.Length}\r\n\r\n"));
            await socket.SendAsync(archive.AsMemory(0, archive.Length / 2));
        }

        // What is left in staging, or in dockerd's tmp, the leak check after each test finds.
        (await Api.GetAsync("/images/vanished:1/json")).Has(404);
        await Docker.SayAsync("version");
    }

    /// <summary>200 MB of zeros in 900 KB: it ends by its own rules, not by the disk.</summary>
    [Fact]
    public async Task A_bomb_of_zeros_is_no_image()
    {
        string file = ImageFiles.NewPath(Engine, "bomb");
        (await Command.RunAsync("/bin/sh", ["-c", $"head -c 200000000 /dev/zero | gzip -1 > {file}"], Machine.Environment(Engine.Root))).Succeeds();

        (await Docker.RunAsync("load", "-i", file)).Exits(1);

        File.Delete(file);
    }
}
