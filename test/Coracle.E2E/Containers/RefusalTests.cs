namespace Coracle.E2E;

/// <summary>Requests that are wrong, and requests for what is not built yet.</summary>
public sealed class RefusalTests(Stage stage) : EngineTest(stage)
{
    [Fact, Trait("Engine", "coracle")] // 20.10 says 500
    public async Task A_body_that_is_not_JSON_is_400()
        => Assert.NotEqual("", (await Api.PostAsync("/containers/create", "{\"Image\":")).Has(400).Message);

    [Fact, Trait("Engine", "coracle")] // the same
    public async Task A_command_of_the_wrong_type_is_400()
        => Assert.NotEqual("", (await Api.PostAsync("/containers/create", "{\"Image\":{\"a\":1}}")).Has(400).Message);

    [Fact]
    public async Task A_container_without_a_command_is_400()
    {
        TestImage image = await Images.PushAsync("nocommand", "1", [Gallery.Noise("n", 8, 100)], new RunSettings());
        await Docker.SayAsync("pull", "-q", image.Reference);
        Assert.Contains("o command specified", (await Api.PostAsync("/containers/create", "{\"Image\":\"" + image.Reference + "\"}")).Has(400).Message, StringComparison.Ordinal);
        await Docker.SayAsync("rmi", image.Reference);
    }

    [Fact]
    public async Task A_path_that_nobody_serves_is_404()
        => Assert.Equal("page not found", (await Api.GetAsync("/nosuchpath")).Has(404).Message);

    [Fact]
    public async Task A_version_that_is_too_old_is_400()
    {
        using System.Net.Sockets.Socket socket = await Api.ConnectAsync();
        await using var stream = new System.Net.Sockets.NetworkStream(socket);
        await stream.WriteAsync("GET /v1.1/version HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"u8.ToArray());
        string answer = await new StreamReader(stream).ReadToEndAsync();
        Assert.StartsWith("HTTP/1.1 400 Bad Request\r\n", answer, StringComparison.Ordinal);
        Assert.Contains("client version 1.1 is too old. Minimum supported API version is 1.", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_memory_limit_under_the_least_is_400()
        => Assert.Equal("Minimum memory limit allowed is 6MB", (await CreateAsync("\"Memory\":1000000")).Has(400).Message);

    [Fact]
    public async Task A_capability_that_is_none_is_400()
        => Assert.Contains("CAP_NOSUCH", (await CreateAsync("\"CapAdd\":[\"NOSUCH\"]")).Has(400).Message, StringComparison.Ordinal);

    [Fact]
    public async Task A_network_that_is_not_there_is_refused()
    {
        CommandResult run = await Docker.RunAsync("run", "--rm", "--network", "nosuchnetwork", App, "true");
        Assert.Contains("network nosuchnetwork not found", run.Exits(125).Errors, StringComparison.Ordinal);
        Assert.DoesNotContain("Unable to find image", run.Errors, StringComparison.Ordinal); // a 404 of create would make the CLI pull
    }

    [Theory, Trait("Engine", "coracle")]
    [InlineData("DeviceRequests", "[{\"Count\":-1,\"Capabilities\":[[\"gpu\"]]}]")]
    public async Task An_option_that_is_not_built_yet_is_501_and_named(string option, string value)
        => Assert.Contains(option, (await CreateAsync($"\"{option}\":{value}")).Has(501).Message, StringComparison.Ordinal);

    private Task<ApiAnswer> CreateAsync(string hostOption)
        => Api.PostAsync("/containers/create", "{\"Image\":\"" + App + "\",\"Cmd\":[\"true\"],\"HostConfig\":{" + hostOption + "}}");
}
