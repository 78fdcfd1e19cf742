using System.Net.Http.Headers;

namespace Coracle.E2E;

/// <summary>One verb of the engine for a test that cuts it: what must be there before it, and the verb.</summary>
/// <param name="Prepare">Runs to its end.</param>
/// <param name="Do">May be cut anywhere; throws <see cref="HttpRequestException"/> then.</param>
internal sealed record EngineVerb(string Name, Func<Task> Prepare, Func<Task> Do);

/// <summary>The verbs that change something on disk or start processes, over the API, on one engine.</summary>
internal sealed class EngineVerbs(Engine engine, Gallery images)
{
    private const string Name = "cut";

    private readonly DockerCli _docker = new(DockerCli.Newest, engine);

    private string Archive => Path.Combine(engine.Root, "archive.tar");

    private string App => images.App.Reference;

    private RawApi Api => engine.Api;

    public IReadOnlyList<EngineVerb> All() =>
    [
        new("pull", NothingAsync, () => PullAsync(images.AppNext.Reference)),
        new("create", NothingAsync, CreateAsync),
        new("start", CreateAsync, () => PostAsync($"/containers/{Name}/start")),
        new("exec", StartAsync, ExecAsync),
        new("stop", StartAsync, () => PostAsync($"/containers/{Name}/stop?t=5")),
        new("restart", StartAsync, () => PostAsync($"/containers/{Name}/restart?t=5")),
        new("rm", CreateAsync, () => DeleteAsync($"/containers/{Name}?v=1")),
        new("rm -f", StartAsync, () => DeleteAsync($"/containers/{Name}?v=1&force=1")),
        new("rename", CreateAsync, () => PostAsync($"/containers/{Name}/rename?name={Name}2")),
        new("pause", StartAsync, () => PostAsync($"/containers/{Name}/pause")),
        new("volume rm", () => PostAsync("/volumes/create", "{\"Name\":\"cut\"}"), () => DeleteAsync("/volumes/cut")),
        new("network create", NothingAsync, () => PostAsync("/networks/create", "{\"Name\":\"cut\"}")),
        new("network rm", () => PostAsync("/networks/create", "{\"Name\":\"cut\"}"), () => DeleteAsync("/networks/cut")),
        new("load", NothingAsync, LoadAsync),
        new("prune", LeftoversAsync, PruneAsync),
        new("rmi", () => PullAsync(images.AppNext.Reference), () => DeleteAsync($"/images/{images.AppNext.Reference}")),
    ];

    /// <summary>Made once: what "load" loads.</summary>
    public async Task MakeArchiveAsync()
    {
        await PullAsync(images.AppNext.Reference);
        await _docker.SayAsync("save", "-o", Archive, images.AppNext.Reference);
        await DeleteAsync($"/images/{images.AppNext.Reference}");
    }

    /// <summary>Everything but the first image goes, whatever state it is in: a state that refuses that is a failure.</summary>
    public async Task CleanAsync()
    {
        foreach (System.Text.Json.JsonElement container in (await Api.GetAsync("/containers/json?all=1")).Has(200).Json.EnumerateArray())
        {
            string state = container.GetProperty("State").GetString()!;
            Assert.Contains(state, (string[])["created", "running", "paused", "exited"]);
            (await Api.GetAsync($"/containers/{container.GetProperty("Id").GetString()}/json")).Has(200);
            (await Api.SendAsync(HttpMethod.Delete, $"/containers/{container.GetProperty("Id").GetString()}?force=1&v=1")).Has(204);
        }

        foreach (System.Text.Json.JsonElement volume in (await Api.GetAsync("/volumes")).Has(200).Json.GetProperty("Volumes").EnumerateArray())
        {
            (await Api.SendAsync(HttpMethod.Delete, $"/volumes/{volume.GetProperty("Name").GetString()}")).Has(204);
        }

        foreach (System.Text.Json.JsonElement network in (await Api.GetAsync("/networks?filters=" + Uri.EscapeDataString("{\"type\":[\"custom\"]}"))).Has(200).Json.EnumerateArray())
        {
            (await Api.SendAsync(HttpMethod.Delete, $"/networks/{network.GetProperty("Id").GetString()}")).Has(204);
        }

        foreach (System.Text.Json.JsonElement image in (await Api.GetAsync("/images/json")).Has(200).Json.EnumerateArray())
        {
            if (image.GetProperty("Id").GetString() is string id && id != images.App.Id)
            {
                (await Api.SendAsync(HttpMethod.Delete, $"/images/{id}?force=1")).Has(200);
            }
        }

        if ((await Api.GetAsync($"/images/{App}/json")).Status == 404)
        {
            await PullAsync(App); // a prune was cut after it had taken that one, too
        }
    }

    private static Task NothingAsync() => Task.CompletedTask;

    private Task PullAsync(string reference) => PostAsync("/images/create?fromImage=" + Uri.EscapeDataString(reference));

    /// <summary>With a volume that has a name, one that has none, and one that copies what the image has there.</summary>
    private Task CreateAsync() => PostAsync(
        $"/containers/create?name={Name}",
        "{\"Image\":\"" + App + "\",\"Cmd\":[\"sh\",\"-c\",\"trap 'exit 0' TERM; while :; do sleep 0.05; done\"],\"Volumes\":{\"/anonymous\":{},\"/links\":{}},"
        + "\"HostConfig\":{\"NetworkMode\":\"none\",\"Binds\":[\"cutnamed:/named\"]}}");

    private async Task StartAsync()
    {
        await CreateAsync();
        await PostAsync($"/containers/{Name}/start");
    }

    private async Task ExecAsync()
    {
        string id = (await Api.PostAsync($"/containers/{Name}/exec", "{\"AttachStdout\":true,\"Cmd\":[\"sh\",\"-c\",\"sleep 0.1; echo x\"]}")).Has(201).Json.GetProperty("Id").GetString()!;
        await PostAsync($"/exec/{id}/start", "{\"Detach\":false}");
    }

    private async Task LeftoversAsync()
    {
        await CreateAsync();
        await PostAsync("/volumes/create", "{\"Name\":\"unused\"}");
        await PullAsync(images.AppNext.Reference);
    }

    private async Task PruneAsync()
    {
        await PostAsync("/containers/prune");
        await PostAsync("/volumes/prune");
        await PostAsync("/images/prune?filters=" + Uri.EscapeDataString("{\"dangling\":[\"false\"]}"));
        await PullAsync(App);
    }

    private async Task LoadAsync()
    {
        using HttpRequestMessage request = new(HttpMethod.Post, RawApi.Version + "/images/load?quiet=1")
        {
            Content = new StreamContent(File.OpenRead(Archive)) { Headers = { ContentType = new MediaTypeHeaderValue("application/x-tar") } },
        };
        using HttpResponseMessage answer = await Api.SendAsync(request);
        await CheckAsync((int)answer.StatusCode, answer.Content.ReadAsStringAsync());
    }

    private async Task PostAsync(string path, string? json = null)
    {
        ApiAnswer answer = await Api.PostAsync(path, json);
        await CheckAsync(answer.Status, Task.FromResult(answer.Body));
    }

    private async Task DeleteAsync(string path)
    {
        ApiAnswer answer = await Api.SendAsync(HttpMethod.Delete, path);
        await CheckAsync(answer.Status, Task.FromResult(answer.Body));
    }

    private static async Task CheckAsync(int status, Task<string> body)
    {
        string text = await body;
        Assert.True(status is 200 or 201 or 204 or 304, $"HTTP {status}: {text}");
        Assert.False(text.Contains("\"errorDetail\"", StringComparison.Ordinal), text);
    }
}
