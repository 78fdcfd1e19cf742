namespace Coracle.E2E;

/// <summary>Clients that vanish in the middle of something long, and much work: no descriptor, connection or memory stays behind.</summary>
public sealed class VanishTests(Stage stage) : EngineTest(stage)
{
    private const int Clients = 20;

    /// <summary>Sockets that come and go beside the ones counted: the tests' own keep-alive connections.</summary>
    private const int Slack = 3;

    [Theory, Trait("Engine", "coracle")] // 20.10 keeps what attached to a silent container until it says something
    [InlineData("POST", "/containers/{0}/attach?stream=1&stdin=1&stdout=1&stderr=1", true)]
    [InlineData("POST", "/containers/{0}/attach?stream=1&stdout=1&stderr=1", true)]
    [InlineData("POST", "/containers/{0}/attach?stream=1&logs=1&stdout=1", false)]
    [InlineData("GET", "/containers/{0}/logs?follow=1&stdout=1", false)]
    [InlineData("POST", "/containers/{0}/wait", false)]
    [InlineData("POST", "/containers/{0}/wait?condition=removed", false)]
    [InlineData("GET", "/events", false)]
    public async Task A_client_that_vanishes_leaves_nothing_open(string method, string path, bool upgrade)
    {
        string name = Name();
        await Docker.SayAsync("run", "-di", "--name", name, "--network", "none", App, "sh", "-c", "echo ready; exec sleep 1000");
        await LogHoldsAsync(name, "ready");
        int monitor = Processes.ParentOf(int.Parse(await InspectAsync(name, "{{.State.Pid}}")));
        int engineBefore = Descriptors(Engine.ProcessId), monitorBefore = Descriptors(monitor);
        for (int i = 0; i < Clients; i++)
        {
            using RawConnection client = await RawConnection.OpenAsync(Api, method, string.Format(path, name), upgrade);
            Assert.Matches("^HTTP/1.1 (101|200) ", client.Head);
        }

        string Counts() => $"engine {engineBefore} -> {Descriptors(Engine.ProcessId)}, monitor {monitorBefore} -> {Descriptors(monitor)}\n{Engine.LogTail}";
        await Deadline.HoldsAsync(
            "the descriptors to be closed", () => Descriptors(Engine.ProcessId) <= engineBefore + Slack && Descriptors(monitor) <= monitorBefore, Counts, TimeSpan.FromSeconds(40));
        Assert.Equal("running", await InspectAsync(name, "{{.State.Status}}"));
    }

    [Fact, Trait("Engine", "coracle")] // a Go heap grows as it likes
    public async Task Two_hundred_containers_later_the_engine_is_no_larger()
    {
        await LivesAsync(100);
        long before = PrivateKib();
        await LivesAsync(200);
        Assert.InRange(PrivateKib() - before, long.MinValue, 1024);
    }

    private async Task LivesAsync(int count)
    {
        string body = "{\"Image\":\"" + App + "\",\"Cmd\":[\"true\"],\"HostConfig\":{\"NetworkMode\":\"none\"}}";
        for (int i = 0; i < count; i++)
        {
            string id = (await Api.PostAsync("/containers/create", body)).Has(201).Json.GetProperty("Id").GetString()!;
            (await Api.PostAsync($"/containers/{id}/start")).Has(204);
            (await Api.SendAsync(HttpMethod.Delete, $"/containers/{id}?force=1")).Has(204);
        }
    }

    private static int Descriptors(int process) => Directory.GetFileSystemEntries($"/proc/{process}/fd").Length;

    private long PrivateKib() => Processes.Read(Engine.ProcessId, "smaps_rollup").Split('\n')
        .Where(line => line.StartsWith("Private_", StringComparison.Ordinal))
        .Sum(line => long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1]));
}
