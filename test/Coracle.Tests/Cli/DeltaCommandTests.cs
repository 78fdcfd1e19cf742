using Coracle.Tests.House;

namespace Coracle.Tests.Cli;

public sealed class DeltaCommandTests
{
    private const string Target = "sha256:1111111111111111111111111111111111111111111111111111111111111111";

    private const string Seen = $$$"""
        {"Name":"app:<2>","Id":"sha256:2222","Manifest":"sha256:3333","LayerCount":3,"Layers":[
          {"Target":"{{{Target}}}","IsDelta":true,"Size":264000,"TarSize":101000000,"FullSize":23400000,"Segments":1,"Problem":"",
           "Bases":[{"Layer":"sha256:4444","Entries":10234,"IsHere":true}],
           "Directories":[
             {"Path":"etc","Copied":{"Files":0,"Bytes":0},"Patched":{"Files":0,"Bytes":0},"New":{"Files":1,"Bytes":10},"Removed":{"Files":2,"Bytes":30}},
             {"Path":"usr/lib","Copied":{"Files":100,"Bytes":90000000},"Patched":{"Files":3,"Bytes":10000000},"New":{"Files":0,"Bytes":0},"Removed":{"Files":0,"Bytes":0}}]},
          {"Target":"sha256:5555","IsDelta":false,"Size":1000,"TarSize":3000,"FullSize":1000,"Segments":0,"Problem":"","Bases":[],"Directories":null}]}
        """;

    [Fact]
    public async Task Create_names_all_images_and_keeps_what_comes()
    {
        await using FakeEngine engine = new(_ => (200, "the archive"));
        string file = Path.Combine(Path.GetTempPath(), $"delta-{Guid.NewGuid():n}.tar");

        (int exitCode, string output, string errors) = await engine.RunAsync("delta", "create", "-m", "64m", "-o", file, "a:1", "b:1", "a:2");

        Assert.Equal((0, "", "done\n"), (exitCode, output, errors));
        Assert.Equal(["POST /images/delta?format=coracle&src=a%3A1&src=b%3A1&dest=a%3A2&memory=67108864"], engine.Asked);
        Assert.Equal("the archive", await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken));
        File.Delete(file);
    }

    [Fact]
    public async Task Push_names_the_old_images_and_says_what_the_engine_says()
    {
        await using FakeEngine engine = new(_ => (200, """{"status":"nothing published: no delta is smaller than 70 % of its layer"}"""));

        (int exitCode, string output, string errors) = await engine.RunAsync("delta", "push", "r/a:2", "--from", "r/a:1", "--from", "r/a:0");

        Assert.Equal((0, "nothing published: no delta is smaller than 70 % of its layer\n", ""), (exitCode, output, errors));
        Assert.Equal(["POST /images/delta/push?image=r%2Fa%3A2&from=r%2Fa%3A1&from=r%2Fa%3A0"], engine.Asked);
        Assert.Equal(1, (await engine.RunAsync("delta", "push", "a:2")).ExitCode);
    }

    [Fact]
    public async Task Apply_is_a_load()
    {
        await using FakeEngine engine = new(_ => (200, """{"stream":"Loaded image: a:2\n"}""")) { Input = "the archive" };

        (int exitCode, string output, _) = await engine.RunAsync("delta", "apply", "-");

        Assert.Equal((0, "Loaded image: a:2\n"), (exitCode, output));
        Assert.Equal("the archive", engine.LastBody);
        Assert.StartsWith("POST /images/load?", engine.Asked[0], StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_inspection_is_a_table()
    {
        await using FakeEngine engine = new(_ => (200, Seen)) { Input = "x" };

        (int exitCode, string output, string errors) = await engine.RunAsync("delta", "inspect", "-");

        Assert.Equal((0, ""), (exitCode, errors));
        Assert.Equal(Golden("delta-inspect.txt"), output);
    }

    [Fact]
    public async Task The_page_needs_nothing_but_itself_and_takes_no_markup_from_names()
    {
        await using FakeEngine engine = new(_ => (200, Seen)) { Input = "x" };
        string file = Path.Combine(Path.GetTempPath(), $"delta-{Guid.NewGuid():n}.html");

        (int exitCode, _, string errors) = await engine.RunAsync("delta", "inspect", "--html", file, "-");

        Assert.Equal((0, ""), (exitCode, errors));
        string page = await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken);
        File.Delete(file);
        Assert.Equal(Golden("delta-inspect.html"), page);
        Assert.DoesNotContain("<2>", page, StringComparison.Ordinal);
        Assert.DoesNotContain("http", page[(page.IndexOf("<title>", StringComparison.Ordinal))..], StringComparison.Ordinal);
        Assert.DoesNotContain("<script", page, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("[1]")]
    [InlineData("""{"Layers":[1,{"Directories":[1,{}],"Bases":[null]}]}""")]
    public async Task Nonsense_is_shown_or_told(string answer)
    {
        await using FakeEngine engine = new(_ => (200, answer)) { Input = "x" };

        Assert.Equal(0, (await engine.RunAsync("delta", "inspect", "-")).ExitCode);
    }

    private static string Golden(string name) => File.ReadAllText(Path.Combine(Repository.Root, "test/Coracle.Tests/Cli/Goldens", name));
}
