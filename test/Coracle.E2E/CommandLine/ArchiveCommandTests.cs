namespace Coracle.E2E;

/// <summary>Images to and from files by coracle's own command line.</summary>
public sealed class ArchiveCommandTests(Stage stage) : OwnCommandTest(stage)
{
    [Fact]
    public async Task What_save_has_written_load_reads()
    {
        TestImage image = await Images.PushAsync("archived", "1", [Gallery.Noise("a", 501, 100_000), Gallery.Noise("b", 502, 50_000)], new RunSettings(["x"]));
        string file = Path.Combine(Engine.Root, "saved.tar");
        (await OwnAsync("pull", "-q", image.Reference)).Succeeds();
        Assert.Equal("", (await OwnAsync("save", "-o", file, image.Reference)).Succeeds().Everything);
        (await OwnAsync("rmi", image.Reference)).Succeeds();
        Assert.Equal($"Loaded image: {image.Reference}\n", (await OwnAsync("load", "-i", file)).Succeeds().Output);
        Assert.Equal(image.Id, await InspectAsync(image.Reference, "{{.Id}}"));
        (await OwnAsync("rmi", image.Reference)).Succeeds();
        File.Delete(file);
    }

    [Fact]
    public async Task A_failed_save_leaves_no_file()
    {
        string directory = Directory.CreateDirectory(Path.Combine(Engine.Root, "nothing")).FullName;
        (await OwnAsync("save", "-o", Path.Combine(directory, "f.tar"), "no-such-image")).Exits(1);
        Assert.Empty(Directory.GetFileSystemEntries(directory));
        Directory.Delete(directory);
    }

    [Fact]
    public async Task A_tree_in_a_tar_becomes_an_image()
    {
        string file = Path.Combine(Engine.Root, "tree.tar");
        await File.WriteAllBytesAsync(file, Gallery.Noise("tree", 503, 10_000).Blob);
        string id = (await OwnAsync("import", "-m", "from a test", "-c", "CMD [\"x\"]", file, "imported:1")).Succeeds().Text;
        Assert.Equal(id, await InspectAsync("imported:1", "{{.Id}}"));
        Assert.Equal("[x] from a test", await InspectAsync("imported:1", "{{.Config.Cmd}} {{.Comment}}"));
        (await OwnAsync("rmi", "imported:1")).Succeeds();
        File.Delete(file);
    }
}
