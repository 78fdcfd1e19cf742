using System.Text.Json;

namespace Coracle.E2E;

public sealed class ImagePruneTests(Stage stage) : EngineTest(stage)
{
    [Fact]
    public async Task Prune_takes_what_nobody_names_and_says_how_much()
    {
        string id = await DanglingAsync("dangling", 100_000);

        string[] lines = (await Docker.RunAsync("image", "prune", "-f")).Succeeds().Lines;

        Assert.Contains($"deleted: {id}", lines);
        Assert.StartsWith("Total reclaimed space: 100", lines[^1], StringComparison.Ordinal);
        Assert.Equal(Images.App.Id, await InspectAsync(App, "{{.Id}}"));
        Assert.Equal("Total reclaimed space: 0B", await Docker.SayAsync("image", "prune", "-f"));
    }

    [Fact]
    public async Task With_all_it_takes_what_no_container_uses()
    {
        await Docker.SayAsync("pull", "-q", Images.Configured.Reference);
        await SleeperAsync();
        string name = Name();
        await Docker.SayAsync("create", "--name", name, "--network", "none", App, "true");

        string[] lines = (await Docker.RunAsync("image", "prune", "-a", "-f")).Succeeds().Lines;

        Assert.Contains($"untagged: {Images.Configured.Reference}", lines);
        Assert.Contains($"deleted: {Images.Configured.Id}", lines);
        Assert.DoesNotContain(lines, line => line.Contains(Images.App.Id, StringComparison.Ordinal));
        Assert.Equal(Images.App.Id, await InspectAsync(App, "{{.Id}}"));
    }

    [Fact]
    public async Task Labels_and_age_choose()
    {
        string id = await DanglingAsync("chosen", 1000);   // its config has no label and is from 2024

        Assert.Equal("Total reclaimed space: 0B", await Docker.SayAsync("image", "prune", "-f", "--filter", "label=other"));
        Assert.Equal("Total reclaimed space: 0B", await Docker.SayAsync("image", "prune", "-f", "--filter", "until=2020-01-01T00:00:00"));
        Assert.Contains($"deleted: {id}", await Docker.SayAsync("image", "prune", "-f", "--filter", "label!=other", "--filter", "until=24h"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"unknown":["x"]}""", "invalid filter 'unknown'")]
    [InlineData("""{"dangling":["perhaps"]}""", "invalid filter 'dangling=[perhaps]'")]
    public async Task A_filter_that_is_none_is_400(string filters, string message)
        // 20.10 begins with a capital.
        => Assert.Equal(message, (await Api.PostAsync("/images/prune?filters=" + Uri.EscapeDataString(filters))).Has(400).Message, ignoreCase: true);

    [Fact]
    public async Task A_prune_of_nothing_is_null_and_zero()
    {
        await Api.PostAsync("/images/prune");
        ApiAnswer answer = (await Api.PostAsync("/images/prune")).Has(200);
        Assert.Equal("""{"ImagesDeleted":null,"SpaceReclaimed":0}""", answer.Body.Trim());
    }

    [Fact]
    public async Task The_events_are_delete_and_prune()
    {
        string id = await DanglingAsync("pruned", 1000);
        string since = DateTimeOffset.UtcNow.ToUnixTimeSeconds().ToString();
        await Docker.SayAsync("image", "prune", "-f");
        string events = await Docker.SayAsync("events", "--since", since, "--until", InASecond(), "--filter", "type=image", "--format", "{{.Action}} {{.Actor.ID}} {{.Actor.Attributes.reclaimed}}");

        Assert.Contains($"delete {id}", events, StringComparison.Ordinal);
        Assert.Contains("prune  ", events, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_build_cache_is_empty_and_may_be_pruned()
    {
        JsonElement pruned = (await Api.PostAsync("/build/prune")).Has(200).Json;
        Assert.Equal(JsonValueKind.Null, pruned.GetProperty("CachesDeleted").ValueKind);
        Assert.Equal(0, pruned.GetProperty("SpaceReclaimed").GetInt64());
    }

    /// <summary>Two images by one name: the first has none then.</summary>
    private async Task<string> DanglingAsync(string repository, int bytes)
    {
        string file = ImageFiles.NewPath(Engine, "dangling.tar");
        await File.WriteAllBytesAsync(file, ImageFiles.OldArchive($"{repository}:1", ImageFiles.Layer("a", new string('x', bytes))));
        await Docker.SayAsync("load", "-q", "-i", file);
        string id = await InspectAsync($"{repository}:1", "{{.Id}}");
        await Docker.SayAsync("tag", App, $"{repository}:1");
        await Docker.SayAsync("rmi", $"{repository}:1");
        File.Delete(file);
        return id;
    }
}
