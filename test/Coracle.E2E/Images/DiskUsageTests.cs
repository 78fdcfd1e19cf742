using System.Text.Json;

namespace Coracle.E2E;

public sealed class DiskUsageTests(Stage stage) : EngineTest(stage)
{
    public static TheoryData<string> EveryCli => DockerCli.Every;

    [Theory, MemberData(nameof(EveryCli))]
    public async Task Df_counts_images_and_containers(string program)
    {
        await SleeperAsync();
        string[] lines = (await Cli(program).RunAsync("system", "df", "--format", "{{.Type}}|{{.TotalCount}}|{{.Active}}")).Succeeds().Lines;

        Assert.Equal(4, lines.Length);
        Assert.Matches(@"^Images\|\d+\|1$", lines[0]);
        Assert.Equal("Containers|1|1", lines[1]);
        Assert.Equal(["Local Volumes|0|0", "Build Cache|0|0"], lines[2..]);
        Assert.StartsWith("TYPE", await Cli(program).SayAsync("system", "df"), StringComparison.Ordinal);
    }

    [Theory, MemberData(nameof(EveryCli))]
    public async Task Df_in_detail_has_shared_and_unique_sizes(string program)
    {
        await Docker.SayAsync("pull", "-q", Images.AppNext.Reference);
        string[] lines = (await Cli(program).RunAsync("system", "df", "-v")).Succeeds().Lines;

        string[] next = lines.First(line => line.Contains(Images.AppNext.Id["sha256:".Length..][..12], StringComparison.Ordinal)).Split("  ", StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        Assert.Equal("2.097MB", next[^2]);   // its last layer is its own
        Assert.Equal("0", next[^1]);
        await Docker.SayAsync("rmi", Images.AppNext.Reference);
    }

    [Fact]
    public async Task A_volume_is_counted_with_its_users_and_its_bytes()
    {
        await Docker.SayAsync("volume", "create", "measured");
        (await RunAsync("-v", "measured:/measured", App, "sh", "-c", "head -c 5000 /dev/zero > /measured/zeros")).Succeeds();
        string name = Name();
        await Docker.SayAsync("create", "--name", name, "--network", "none", "-v", "measured:/measured", App, "true");

        JsonElement volume = (await Api.GetAsync("/system/df")).Has(200).Json.GetProperty("Volumes").EnumerateArray().First(volume => volume.GetProperty("Name").GetString() == "measured");
        Assert.Equal(1, volume.GetProperty("UsageData").GetProperty("RefCount").GetInt32());
        Assert.Equal(5000, volume.GetProperty("UsageData").GetProperty("Size").GetInt64());
        Assert.Contains("Local Volumes|1|1", (await Docker.RunAsync("system", "df", "--format", "{{.Type}}|{{.TotalCount}}|{{.Active}}")).Succeeds().Lines);
        await Docker.SayAsync("rm", name);
        await Docker.SayAsync("volume", "rm", "measured");
    }

    [Fact]
    public async Task What_a_container_writes_is_counted()
    {
        string name = await SleeperAsync();
        await Docker.SayAsync("kill", name);
        await Docker.SayAsync("wait", name);
        JsonElement usage = (await Api.GetAsync("/system/df")).Has(200).Json;

        JsonElement container = Assert.Single(usage.GetProperty("Containers").EnumerateArray());
        Assert.True(container.GetProperty("SizeRootFs").GetInt64() > 1_000_000);
        Assert.True(usage.GetProperty("LayersSize").GetInt64() > 1_000_000);
        JsonElement image = usage.GetProperty("Images").EnumerateArray().First(image => image.GetProperty("Id").GetString() == Images.App.Id);
        Assert.Equal(1, image.GetProperty("Containers").GetInt32());
        Assert.True(image.GetProperty("SharedSize").GetInt64() >= 0);
    }

    /// <summary>Since 1.42, which 20.10 does not speak.</summary>
    [Fact, Trait("Engine", "coracle")]
    public async Task Of_what_is_not_asked_for_there_is_null()
    {
        using HttpResponseMessage answer = await Api.SendAsync(new HttpRequestMessage(HttpMethod.Get, "/v1.51/system/df?type=volume&type=build-cache"));
        using JsonDocument usage = JsonDocument.Parse(await answer.Content.ReadAsStringAsync());
        Assert.Equal(JsonValueKind.Null, usage.RootElement.GetProperty("Images").ValueKind);
        Assert.Equal(JsonValueKind.Null, usage.RootElement.GetProperty("Containers").ValueKind);
        Assert.Equal(JsonValueKind.Array, usage.RootElement.GetProperty("Volumes").ValueKind);

        using HttpResponseMessage refused = await Api.SendAsync(new HttpRequestMessage(HttpMethod.Get, "/v1.51/system/df?type=network"));
        Assert.Equal(400, (int)refused.StatusCode);
        Assert.Contains("unknown object type: network", await refused.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }
}
