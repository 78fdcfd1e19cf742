namespace Coracle.E2E;

/// <summary>kill -9 of the engine in the middle of every verb: what it was doing is done or not, and nothing of it is left.</summary>
public sealed class KilledVerbsTests(Stage stage) : RecoveryTest(stage)
{
    private const int ShortRenames = 4;
    private const int LongRenames = 50;
    private const int LongRounds = 210;

    [Fact, Trait("Engine", "coracle")] // dockerd leaves layers, volumes and half-removed containers
    public async Task Any_verb_is_done_or_not_and_nothing_of_it_is_left()
    {
        EngineVerbs verbs = new(Engine, Images);
        await verbs.MakeArchiveAsync();
        string[] before = DataFiles();
        IReadOnlyList<EngineVerb> all = verbs.All();
        Dictionary<string, int> usual = await MeasureAsync(verbs);
        Assert.Equal(before, DataFiles());
        int seed = Environment.TickCount;
        Random random = new(seed);
        int rounds = Figures.Rounds(all.Count, LongRounds);
        for (int round = 0; round < rounds; round++)
        {
            EngineVerb verb = all[round % all.Count];
            int moment = random.Next(usual[verb.Name] + 1);
            try
            {
                await CutAsync(verb, moment);
                await verbs.CleanAsync();
                Assert.Equal(before, DataFiles());
                await CheckLeaksAsync();
            }
            catch (Exception failed)
            {
                throw new InvalidOperationException($"round {round} (seed {seed}): {verb.Name}, killed after {moment} of {usual[verb.Name]} ms: {failed.Message}\n{Engine.LogTail}", failed);
            }
        }

        Figures.Say($"{rounds} kills -9 during {all.Count} verbs: every state usable, {before.Length} files in the data root before and after each, nothing leaked");
    }

    /// <summary>How long each takes when nobody cuts it, in milliseconds.</summary>
    private static async Task<Dictionary<string, int>> MeasureAsync(EngineVerbs verbs)
    {
        Dictionary<string, int> usual = [];
        foreach (EngineVerb verb in verbs.All())
        {
            await verb.Prepare();
            long start = Environment.TickCount64;
            await verb.Do();
            usual[verb.Name] = (int)(Environment.TickCount64 - start);
            await verbs.CleanAsync();
        }

        return usual;
    }

    private async Task CutAsync(EngineVerb verb, int milliseconds)
    {
        await verb.Prepare();
        Task doing = verb.Do();
        await Task.Delay(milliseconds); // the random moment itself
        await Engine.KillAsync();
        try
        {
            await doing;
        }
        catch (Exception cut) when (cut is HttpRequestException or IOException)
        {
            // Whether it was done, the next engine says.
        }

        await Engine.StartAgainAsync();
    }

    [Fact]
    public async Task A_paused_container_is_paused_after_theEngine_was_killed()
    {
        string id = await Docker.SayAsync("run", "-d", "--network", "none", App, "sh", "-c", "trap 'exit 5' TERM; echo ready; while :; do sleep 0.05; done");
        await Deadline.HoldsAsync("its handlers", async () => await Docker.SayAsync("logs", id) == "ready", () => Engine.LogTail);
        await Docker.SayAsync("pause", id);
        await Engine.KillAsync();
        await Engine.StartAgainAsync();
        Assert.Equal("paused true", await Docker.SayAsync("inspect", "--format", "{{.State.Status}} {{.State.Paused}}", id));
        await Docker.SayAsync("unpause", id);
        Assert.Equal("running", await Docker.SayAsync("inspect", "--format", "{{.State.Status}}", id));
        await Docker.SayAsync("pause", id);
        await Engine.KillAsync();
        await Engine.StartAgainAsync();
        await Docker.SayAsync("stop", id);
        Assert.Equal("5", await Docker.SayAsync("inspect", "--format", "{{.State.ExitCode}}", id));
    }

    [Fact]
    public async Task Renames_that_are_cut_off_leave_each_container_with_one_of_its_names()
    {
        string[] ids = [await CreateAsync("even0"), await CreateAsync("odd0")];
        int seed = Environment.TickCount;
        Random random = new(seed);
        for (int round = 0; round < Figures.Rounds(ShortRenames, LongRenames); round++)
        {
            Task[] renaming = [RenameAsync(ids[0], "even", round), RenameAsync(ids[1], "odd", round)];
            await Task.Delay(random.Next(200)); // the random moment itself
            await Engine.KillAsync();
            await Task.WhenAll(renaming);
            await Engine.StartAgainAsync();
            string[] lines = (await Docker.RunAsync("ps", "-a", "--no-trunc", "--format", "{{.ID}} {{.Names}}")).Succeeds().Lines;
            Assert.True(lines.Length == 2, $"round {round} (seed {seed}): {string.Join(", ", lines)}");
            foreach (string line in lines)
            {
                string[] words = line.Split(' ');
                Assert.StartsWith(words[0] == ids[0] ? "even" : "odd", words[1], StringComparison.Ordinal);
                Assert.Equal(words[0], await Docker.SayAsync("inspect", "--format", "{{.Id}}", words[1]));
            }
        }
    }

    private Task<string> CreateAsync(string name) => Docker.SayAsync("create", "--name", name, "--network", "none", App, "true");

    /// <summary>New names, one after the other, until the engine is gone.</summary>
    private async Task RenameAsync(string id, string word, int round)
    {
        try
        {
            for (int i = 0; ; i++)
            {
                (await Engine.Api.PostAsync($"/containers/{id}/rename?name={word}-{round}-{i}")).Has(204);
            }
        }
        catch (HttpRequestException)
        {
            // Killed: what the answer would have been is what the test looks at.
        }
    }
}
