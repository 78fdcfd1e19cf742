using System.Text.Json;

namespace Coracle.E2E;

public sealed class TopTests(Stage stage) : EngineTest(stage)
{
    public static TheoryData<string> EveryCli => DockerCli.Every;

    [Theory, MemberData(nameof(EveryCli))]
    public async Task Top_shows_the_processes_of_the_container(string program)
    {
        string name = await TwoProcessesAsync();
        string[] lines = (await Cli(program).RunAsync("top", name)).Succeeds().Lines;
        Assert.Equal(["UID", "PID", "PPID", "C", "STIME", "TTY", "TIME", "CMD"], Words(lines[0]));
        Assert.Equal(3, lines.Length);
        Assert.Matches(@"^root +\d+ +\d+ +\d+ +\d\d:\d\d +\? +00:00:\d\d +sh -c sleep 1000 & ", lines[1]);
        Assert.Equal("root", Words(lines[2])[0]);
        Assert.EndsWith("sleep 1000", lines[2], StringComparison.Ordinal);
        Assert.Equal(await InspectAsync(name, "{{.State.Pid}}"), Words(lines[1])[1]);
        Assert.Equal(Words(lines[1])[1], Words(lines[2])[2]); // its parent
    }

    [Fact]
    public async Task Columns_are_chosen_as_with_ps()
    {
        string name = await TwoProcessesAsync();
        string pid = await InspectAsync(name, "{{.State.Pid}}");
        Assert.Equal(["USER", "PID", "%CPU", "%MEM", "VSZ", "RSS", "TTY", "STAT", "START", "TIME", "COMMAND"], await TitlesAsync(name, "aux"));
        Assert.Equal(["UID", "PID", "PPID", "C", "STIME", "TTY", "TIME", "CMD"], await TitlesAsync(name, "-ef"));
        Assert.Equal(["PID", "COMMAND"], await TitlesAsync(name, "-eo pid,comm"));
        Assert.Equal(["PID", "X"], await TitlesAsync(name, "-eo pid,comm=X"));
        Assert.Equal(["PID", "USER", "RSS"], await TitlesAsync(name, "-e -o pid -o user,rss"));
        JsonElement[] rows = [.. (await TopAsync(name, "-eo pid,ppid,uid,args")).Has(200).Json.GetProperty("Processes").EnumerateArray()];
        Assert.Equal(2, rows.Length);
        Assert.Equal(pid, rows[0][0].GetString());
        Assert.Equal((pid, "0", "sleep 1000"), (rows[1][1].GetString(), rows[1][2].GetString(), rows[1][3].GetString()));
    }

    [Fact]
    public async Task A_user_that_the_host_has_no_name_for_is_a_number()
    {
        string name = Name();
        await Docker.SayAsync("run", "-d", "--name", name, "--network", "none", "--user", "54321", App, "sleep", "1000");
        JsonElement row = Assert.Single((await TopAsync(name, "-ef")).Has(200).Json.GetProperty("Processes").EnumerateArray());
        Assert.Equal("54321", row[0].GetString());
    }

    [Theory]
    [InlineData("-o comm", "Couldn't find PID field in ps output")]
    [InlineData("-eo pid,nosuch", "ps: error: unknown user-defined format specifier \"nosuch\"")]
    [InlineData("--nosuch", "ps: error: unknown gnu long option")]
    public async Task What_ps_refuses_is_refused_in_its_words(string arguments, string message)
        => Assert.Equal(message, (await TopAsync(await SleeperAsync(), arguments)).Has(500).Message);

    [Fact]
    public async Task A_container_that_does_not_run_has_no_processes_to_show()
    {
        string id = await Docker.SayAsync("create", "--network", "none", App, "true");
        Assert.Equal($"ontainer {id} is not running", (await TopAsync(id, "-ef")).Has(409).Message[1..]);
        Assert.Equal("No such container: nosuch", (await TopAsync("nosuch", "-ef")).Has(404).Message);
    }

    private async Task<string> TwoProcessesAsync()
    {
        string name = Name();
        await Docker.SayAsync("run", "-d", "--name", name, "--network", "none", App, "sh", "-c", "sleep 1000 & echo ready; wait");
        await LogHoldsAsync(name, "ready");
        return name;
    }

    private Task<ApiAnswer> TopAsync(string name, string arguments) => Api.GetAsync($"/containers/{name}/top?ps_args={Uri.EscapeDataString(arguments)}");

    private async Task<string[]> TitlesAsync(string name, string arguments)
        => [.. (await TopAsync(name, arguments)).Has(200).Json.GetProperty("Titles").EnumerateArray().Select(title => title.GetString()!)];

    private static string[] Words(string line) => line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
}
