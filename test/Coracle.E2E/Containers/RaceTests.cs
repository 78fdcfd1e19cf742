namespace Coracle.E2E;

/// <summary>Two verbs at the same moment on one container, every pair of them: Docker's answers only, and nothing is stuck after it.</summary>
public sealed class RaceTests(Stage stage) : EngineTest(stage)
{
    private const int LongRounds = 1000;

    private static readonly string[] _verbs = ["start", "stop", "kill", "rm", "exec", "pause", "unpause", "restart", "rename", "inspect"];

    private static readonly string[] _beginnings = ["created", "running", "paused"];

    [Fact, Trait("Engine", "coracle")] // 20.10 answers 500 to several of these (docs/differences.md)
    public async Task Any_two_verbs_at_once_get_answers_of_dockers_and_leave_nothing_stuck()
    {
        int seed = Environment.TickCount;
        Random random = new(seed);
        List<(string First, string Second)> pairs = [.. _verbs.SelectMany((first, i) => _verbs.Skip(i).Select(second => (first, second)))];
        int rounds = Figures.Rounds(pairs.Count, LongRounds);
        int beginAt = random.Next(pairs.Count); // a slice of the long form begins anywhere
        for (int round = 0; round < rounds; round++)
        {
            (string first, string second) = pairs[(beginAt + round) % pairs.Count];
            string beginning = _beginnings[random.Next(_beginnings.Length)];
            try
            {
                await RaceAsync(first, second, beginning, random.Next(4));
            }
            catch (Exception failed)
            {
                throw new InvalidOperationException($"round {round} (seed {seed}): {first} and {second} of a {beginning} container: {failed.Message}\n{Engine.LogTail}", failed);
            }
        }

        Figures.Say($"{rounds} races of {pairs.Count} pairs of verbs: Docker's answers only, nothing stuck");
    }

    private async Task RaceAsync(string first, string second, string beginning, int headStart)
    {
        string name = Name();
        string body = "{\"Image\":\"" + App + "\",\"Cmd\":[\"sh\",\"-c\",\"trap 'exit 0' TERM; while :; do sleep 0.05; done\"],\"HostConfig\":{\"NetworkMode\":\"none\"}}";
        string id = (await Api.PostAsync($"/containers/create?name={name}", body)).Has(201).Json.GetProperty("Id").GetString()!;
        if (beginning != "created")
        {
            (await Api.PostAsync($"/containers/{id}/start")).Has(204);
        }

        if (beginning == "paused")
        {
            (await Api.PostAsync($"/containers/{id}/pause")).Has(204);
        }

        Task<ApiAnswer> one = AskAsync(first, id);
        await Task.Delay(headStart); // the race itself: 0 to 3 ms between the two
        ApiAnswer[] answers = await Task.WhenAll(one, AskAsync(second, id)).WaitAsync(TimeSpan.FromSeconds(40));
        CheckAnswer(first, answers[0]);
        CheckAnswer(second, answers[1]);
        await SettleAsync(id);
    }

    /// <summary>Whatever the two have done, the container can be used, and removed.</summary>
    private async Task SettleAsync(string id)
    {
        ApiAnswer inspect = await Api.GetAsync($"/containers/{id}/json");
        if (inspect.Status == 404)
        {
            return;
        }

        string status = inspect.Has(200).Json.GetProperty("State").GetProperty("Status").GetString()!;
        Assert.Contains(status, (string[])["created", "running", "paused", "exited", "removing"]);
        ApiAnswer removal = await Api.SendAsync(HttpMethod.Delete, $"/containers/{id}?force=1");
        Assert.Contains(removal.Status, status == "removing" ? (int[])[204, 404] : [204]);
        (await Api.GetAsync($"/containers/{id}/json")).Has(404);
    }

    private Task<ApiAnswer> AskAsync(string verb, string id) => verb switch
    {
        "rm" => Api.SendAsync(HttpMethod.Delete, $"/containers/{id}?force=1"),
        "exec" => Api.PostAsync($"/containers/{id}/exec", "{\"Cmd\":[\"true\"]}"),
        "rename" => Api.PostAsync($"/containers/{id}/rename?name={Name()}"),
        "inspect" => Api.GetAsync($"/containers/{id}/json"),
        "stop" or "restart" => Api.PostAsync($"/containers/{id}/{verb}?t=5"),
        _ => Api.PostAsync($"/containers/{id}/{verb}"),
    };

    private static void CheckAnswer(string verb, ApiAnswer answer)
    {
        int[] allowed = verb switch
        {
            "start" or "stop" => [204, 304, 404, 409],
            "exec" => [201, 404, 409],
            "inspect" => [200, 404],
            _ => [204, 404, 409],
        };
        Assert.True(allowed.Contains(answer.Status), $"{verb}: HTTP {answer.Status} {answer.Body}");
    }

    [Fact]
    public async Task A_stop_of_a_minute_keeps_nobody_waiting()
    {
        string name = Name();
        await Docker.SayAsync("run", "-d", "--name", name, "--network", "none", App, "sh", "-c", "trap 'echo asked' TERM; echo ready; while :; do sleep 0.1; done");
        await LogHoldsAsync(name, "ready");
        Task<ApiAnswer> stop = Api.PostAsync($"/containers/{name}/stop?t=60");
        await LogHoldsAsync(name, "asked");
        await QuickAsync(Api.GetAsync($"/containers/{name}/json"), 200);
        await QuickAsync(Api.PostAsync($"/containers/{name}/kill?signal=USR2"), 204);
        await QuickAsync(ExecAsync(name), 200);
        if (Engine.Kind == EngineKind.Coracle)
        {
            await QuickAsync(Api.SendAsync(HttpMethod.Delete, $"/containers/{name}?force=1"), 204); // 20.10 waits for the stop's lock
        }
        else
        {
            (await Api.SendAsync(HttpMethod.Delete, $"/containers/{name}?force=1")).Has(204);
        }

        await stop;
    }

    private async Task<ApiAnswer> ExecAsync(string name)
    {
        ApiAnswer made = (await Api.PostAsync($"/containers/{name}/exec", """{"Cmd":["true"]}""")).Has(201);
        return await Api.PostAsync($"/exec/{made.Json.GetProperty("Id").GetString()}/start", """{"Detach":true}""");
    }

    /// <summary>A second, and what a loaded machine adds to any answer.</summary>
    private async Task QuickAsync(Task<ApiAnswer> asked, int status)
    {
        long start = Environment.TickCount64;
        (await asked).Has(status);
        long usual = Environment.TickCount64;
        await Api.GetAsync("/_ping");
        long machine = Environment.TickCount64 - usual;
        Assert.InRange(usual - start, 0, 1000 + (10 * machine));
    }

    [Fact]
    public async Task Two_removals_at_once_are_one_removal()
    {
        for (int round = 0; round < 5; round++)
        {
            string id = await Docker.SayAsync("create", "--network", "none", App, "true");
            ApiAnswer[] answers = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Api.SendAsync(HttpMethod.Delete, $"/containers/{id}")));
            Assert.Single(answers, a => a.Status == 204);
            Assert.All(answers.Where(a => a.Status == 409), a => Assert.EndsWith("is already in progress", a.Message, StringComparison.Ordinal));
            Assert.All(answers.Where(a => a.Status is not (204 or 409)), a => a.Has(404));
        }
    }

    [Fact]
    public async Task Removing_a_link_says_that_there_is_none()
    {
        string id = await Docker.SayAsync("create", "--network", "none", App, "true");
        ApiAnswer answer = await Api.SendAsync(HttpMethod.Delete, $"/containers/{id}?link=1");
        Assert.Equal("Conflict, cannot remove the default link name of the container", answer.Has(Engine.Kind == EngineKind.Docker ? 500 : 409).Message);
    }
}
