using System.Globalization;

namespace Coracle.E2E;

/// <summary>What thousands of containers, execs and lines do to an engine that stays: nothing.</summary>
[Trait("Engine", "coracle")]
public sealed class LongLifeTests(Stage stage) : RecoveryTest(stage)
{
    /// <summary>Lives until the collector has settled: its heap grows and shrinks by 2 MB before (measured: flat within 0.5 MB after 200).</summary>
    private const int WarmUp = 300;

    /// <summary>Anonymous memory after, against before.</summary>
    private const int MostKilobytes = 1024;

    private static int Lives => Figures.Rounds(60, 1000);

    private static int Restarts => Figures.Rounds(4, 20);

    [Fact]
    public async Task Lives_of_containers_leave_the_engines_memory_as_it_was()
    {
        await RepeatAsync(WarmUp, LifeAsync);
        long before = Anonymous();
        await RepeatAsync(Lives, LifeAsync);
        long after = Anonymous();
        Figures.Say($"{Lives} times create, start, stop and rm: {before} kB anonymous before, {after} kB after");
        Assert.InRange(after - before, -100 * MostKilobytes, MostKilobytes);
    }

    [Fact]
    public async Task Execs_leave_the_engines_memory_as_it_was()
    {
        string id = await StartAsync("sleep 100000");
        await RepeatAsync(WarmUp, () => ExecAsync(id)); // as many as it remembers
        long before = Anonymous();
        await RepeatAsync(Lives, () => ExecAsync(id));
        long after = Anonymous();
        Figures.Say($"{Lives} execs: {before} kB anonymous before, {after} kB after");
        Assert.InRange(after - before, -100 * MostKilobytes, MostKilobytes);
    }

    [Fact]
    public async Task A_busy_containers_log_is_whole_over_many_engines()
    {
        string id = await StartAsync("i=0; trap 'exit 0' TERM; while :; do i=$((i+1)); echo $i; [ $((i % 200)) = 0 ] && usleep 20000; done");
        await LogHoldsAsync(id, "100\n");
        for (int round = 0; round < Restarts; round++)
        {
            await EndAndStartAgainAsync(round % 2 == 0 ? "KILL" : "TERM");
        }

        await Docker.SayAsync("stop", "-t", "20", id);
        string[] lines = (await Docker.RunAsync("logs", id)).Succeeds().Lines;
        for (int i = 0; i < lines.Length; i++)
        {
            Assert.True(lines[i] == (i + 1).ToString(CultureInfo.InvariantCulture), $"line {i + 1} of {lines.Length} is '{lines[i]}'");
        }

        Figures.Say($"{lines.Length} lines over {Restarts} engines, killed and stopped in turn: 0 lost, 0 doubled");
    }

    private async Task LifeAsync()
    {
        string body = "{\"Image\":\"" + App + "\",\"Cmd\":[\"sleep\",\"1000\"],\"HostConfig\":{\"NetworkMode\":\"none\"}}";
        string id = (await Api.PostAsync("/containers/create", body)).Has(201).Json.GetProperty("Id").GetString()!;
        (await Api.PostAsync($"/containers/{id}/start")).Has(204);
        (await Api.PostAsync($"/containers/{id}/stop?t=0")).Has(204);
        (await Api.SendAsync(HttpMethod.Delete, $"/containers/{id}")).Has(204);
    }

    private async Task ExecAsync(string container)
    {
        ApiAnswer made = (await Api.PostAsync($"/containers/{container}/exec", "{\"AttachStdout\":true,\"Cmd\":[\"true\"]}")).Has(201);
        string id = made.Json.GetProperty("Id").GetString()!;
        (await Api.PostAsync($"/exec/{id}/start", "{\"Detach\":false}")).Has(200);
        Assert.Equal(0, (await Api.GetAsync($"/exec/{id}/json")).Has(200).Json.GetProperty("ExitCode").GetInt32());
    }

    private static async Task RepeatAsync(int times, Func<Task> life)
    {
        for (int i = 0; i < times; i++)
        {
            await life();
        }
    }

    /// <summary>Kilobytes that are the engine's alone and not of a file.</summary>
    private long Anonymous()
        => long.Parse(Processes.Read(Engine.ProcessId, "smaps_rollup").Split('\n').Single(line => line.StartsWith("Anonymous:", StringComparison.Ordinal))["Anonymous:".Length..^2], CultureInfo.InvariantCulture);
}
