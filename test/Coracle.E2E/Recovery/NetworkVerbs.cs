namespace Coracle.E2E;

/// <summary>The verbs that change networks, sandboxes and ports, on the containers <c>cut</c> and the networks <c>front</c>, <c>back</c> and <c>cut</c>.</summary>
internal sealed class NetworkVerbs(NetworkHost host)
{
    /// <summary>The port of the host that the container of these verbs has.</summary>
    public const int Port = 8090;

    private const string Name = "cut";

    private RawApi Api => host.Engine.Api;

    public IReadOnlyList<EngineVerb> All() =>
    [
        new("start -p", CreateAsync, () => PostAsync($"/containers/{Name}/start")),
        new("connect", RunAsync, () => PostAsync("/networks/back/connect", $$"""{"Container":"{{Name}}"}""")),
        new("disconnect", RunOnBothAsync, () => PostAsync("/networks/back/disconnect", $$"""{"Container":"{{Name}}"}""")),
        new("disconnect of the port's network", RunOnBothAsync, () => PostAsync("/networks/front/disconnect", $$"""{"Container":"{{Name}}"}""")),
        new("rm -f", RunOnBothAsync, () => DeleteAsync($"/containers/{Name}?force=1")),
        new("stop", RunAsync, () => PostAsync($"/containers/{Name}/stop?t=1")),
        new("restart", RunAsync, () => PostAsync($"/containers/{Name}/restart?t=1")),
        new("connect, stopped", CreateAsync, () => PostAsync("/networks/back/connect", $$"""{"Container":"{{Name}}"}""")),
        new("network create", NothingAsync, NetworkAsync),
        new("network rm", NetworkAsync, () => DeleteAsync($"/networks/{Name}")),
    ];

    /// <summary>Whatever state a verb was cut in, these get rid of what it was about.</summary>
    public async Task CleanAsync()
    {
        Assert.Contains((await Api.SendAsync(HttpMethod.Delete, $"/containers/{Name}?force=1&v=1")).Status, (int[])[204, 404]);
        Assert.Contains((await Api.SendAsync(HttpMethod.Delete, $"/networks/{Name}")).Status, (int[])[204, 404]);
    }

    /// <summary>What the engine says of a running container is what is in its sandbox, and what a port's owner says is true.</summary>
    public async Task IsTrueAsync(Wire wire)
    {
        ApiAnswer answer = await Api.GetAsync($"/containers/{Name}/json");
        if (answer.Status == 404 || !answer.Json.GetProperty("State").GetProperty("Running").GetBoolean())
        {
            Assert.Equal("bound", await wire.BindAsync("tcp", "0.0.0.0", Port));
            return;
        }

        int pid = answer.Json.GetProperty("State").GetProperty("Pid").GetInt32();
        string[] said = [.. answer.Json.GetProperty("NetworkSettings").GetProperty("Networks").EnumerateObject().Select(n => n.Value.GetProperty("IPAddress").GetString()!).Order(StringComparer.Ordinal)];
        string found = (await host.OnHostAsync("nsenter", "--target", $"{pid}", "--net", "ip", "-4", "-o", "addr", "show", "scope", "global")).Succeeds().Output;
        string[] there = [.. found.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split("inet ")[1].Split('/')[0]).Order(StringComparer.Ordinal)];
        Assert.Equal(said, there);
        string published = answer.Json.GetProperty("NetworkSettings").GetProperty("Ports").ToString();
        if (published.Contains("HostPort", StringComparison.Ordinal))
        {
            await Deadline.HoldsAsync("its port's answer", async () => (await wire.FromOutsideAsync("tcp", NetworkHost.Address, Port)) == $"{Name} {NetworkHost.OutsideAddress}", () => published);
        }
    }

    private static Task NothingAsync() => Task.CompletedTask;

    private Task CreateAsync() => PostAsync("/containers/create?name=" + Name, $$$"""
        {"Image":"{{{host.App}}}","Cmd":["{{{Probe.Inside}}}/wire","serve","{{{Name}}}","80"],"HostConfig":{"NetworkMode":"front","Init":true,
         "Binds":["{{{host.Engine.Root}}}/probes:{{{Probe.Inside}}}:ro"],"PortBindings":{"80/tcp":[{"HostPort":"{{{Port}}}"}],"81/udp":[{"HostPort":"{{{Port}}}"}] } } }
        """);

    private async Task RunAsync()
    {
        await CreateAsync();
        await PostAsync($"/containers/{Name}/start");
    }

    private async Task RunOnBothAsync()
    {
        await RunAsync();
        await PostAsync("/networks/back/connect", $$"""{"Container":"{{Name}}"}""");
    }

    private Task NetworkAsync() => PostAsync("/networks/create", $$$"""{"Name":"{{{Name}}}","EnableIPv6":true,"IPAM":{"Config":[{"Subnet":"fd00:80::/64"}]}}""");

    private async Task PostAsync(string path, string? json = null) => Done(await Api.PostAsync(path, json));

    private async Task DeleteAsync(string path) => Done(await Api.SendAsync(HttpMethod.Delete, path));

    private static void Done(ApiAnswer answer) => Assert.True(answer.Status is 200 or 201 or 204, $"HTTP {answer.Status}: {answer.Body}");
}
