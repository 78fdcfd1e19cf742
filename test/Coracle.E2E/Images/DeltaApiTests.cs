using System.Text.RegularExpressions;

namespace Coracle.E2E;

/// <summary>The shapes and words of <c>/images/delta</c>, <c>/images/delta/push</c> and <c>/images/delta/inspect</c>, as docs/deltas.md has them.</summary>
[Trait("Engine", "coracle")] // dockerd has none of them
public sealed partial class DeltaApiTests(Stage stage) : EngineTest(stage)
{
    private const int Length = 500_000;
    private const int Changed = 5_000;

    [Theory]
    [InlineData("?format=coracle", 400, "a delta needs an old image and a new one: the parameter \"src\" names none")]
    [InlineData("?format=coracle&src=a&src=,", 400, "a delta needs an old image and a new one: the parameter \"dest\" names none")]
    [InlineData("?format=coracle&src=nosuch&dest=nosuch", 404, "No such image: nosuch:latest")]
    [InlineData("?format=zip&src=a&dest=b", 400, "unknown delta format \"zip\": there are librsync (balenaEngine's) and coracle")]
    [InlineData("?format=coracle&src=a&dest=b&memory=x", 400, "memory=\"x\" is no number of bytes")]
    [InlineData("?format=coracle&src=a&dest=b&memory=-1", 400, "memory=\"-1\" is no number of bytes")]
    [InlineData("?format=coracle&src=a&dest=b&memory=1", 400, "1 bytes of memory are too few for a delta: at least 16000000")]
    [InlineData("/push?image=A&from=a", 400, "invalid reference format: repository name (library/A) must be lowercase")]
    [InlineData("/push?image=a", 400, "a delta needs an old image and a new one: the parameter \"from\" names none")]
    public async Task What_cannot_be_made_is_refused_by_name(string path, int status, string words)
        => Assert.Equal(words, (await Api.PostAsync("/images/delta" + path)).Has(status).Message);

    [Theory]
    [InlineData("", "not an archive of deltas: it has no index.json")]
    [InlineData("garbage", "Error processing tar file: invalid tar: offset 7: the tar ends inside a header")]
    public async Task What_is_no_archive_of_deltas_is_the_clients_mistake(string body, string words)
    {
        using HttpRequestMessage request = new(HttpMethod.Post, RawApi.Version + "/images/delta/inspect") { Content = new StringContent(body) };
        using HttpResponseMessage answer = await Api.SendAsync(request);
        Assert.Equal((400, $"{{\"message\":\"{words}\"}}\n"), ((int)answer.StatusCode, await answer.Content.ReadAsStringAsync()));
    }

    [Fact]
    public async Task A_file_has_its_summary_in_a_header_and_inspect_says_all_of_it()
    {
        Versions versions = await Versions.PushAsync(Images, "delta-api", 93, Length, Changed);
        await using BuildServer builder = await BuildServer.StartAsync(versions.Old.Reference, versions.New.Reference);
        RawApi api = builder.Engine.Api;
        using HttpRequestMessage create = new(
            HttpMethod.Post, $"{RawApi.Version}/images/delta?format=coracle&src={versions.Old.Reference}&dest={versions.New.Reference}");
        using HttpResponseMessage made = await api.SendAsync(create);
        byte[] file = await made.Content.ReadAsByteArrayAsync();
        Assert.Equal((200, "application/x-tar"), ((int)made.StatusCode, made.Content.Headers.ContentType?.MediaType));
        Assert.Matches(Summary(), Assert.Single(made.Headers.GetValues("X-Coracle-Delta-Summary")));

        using HttpRequestMessage look = new(HttpMethod.Post, RawApi.Version + "/images/delta/inspect") { Content = new ByteArrayContent(file) };
        using HttpResponseMessage seen = await api.SendAsync(look);

        Assert.Equal((200, "application/json"), ((int)seen.StatusCode, seen.Content.Headers.ContentType?.MediaType));
        string shape = Figure().Replace(Hexadecimal().Replace(await seen.Content.ReadAsStringAsync(), "sha256:*"), ":0");
        Assert.Equal(
            "{\"Name\":\"" + versions.New.Reference + "\",\"Id\":\"sha256:*\",\"Manifest\":\"sha256:*\",\"LayerCount\":0,\"Layers\":[{\"Target\":\"sha256:*\",\"IsDelta\":true,\"Blob\":\"sha256:*\","
            + "\"Size\":0,\"TarSize\":0,\"FullSize\":0,\"Segments\":0,\"Problem\":\"\",\"Bases\":[{\"Layer\":\"sha256:*\",\"Entries\":0,\"IsHere\":true}],\"Directories\":[{\"Path\":\"data\","
            + "\"Copied\":{\"Files\":0,\"Bytes\":0},\"Patched\":{\"Files\":0,\"Bytes\":0},\"New\":{\"Files\":0,\"Bytes\":0},\"Removed\":{\"Files\":0,\"Bytes\":0}}]}]}\n",
            shape);
    }

    [GeneratedRegex("^1 layer ")]
    private static partial Regex Summary();

    [GeneratedRegex("sha256:[0-9a-f]{64}")]
    private static partial Regex Hexadecimal();

    /// <summary>A JSON number: nothing else comes behind a name and a colon with a digit first.</summary>
    [GeneratedRegex("(?<=\"):[0-9]+")]
    private static partial Regex Figure();
}
