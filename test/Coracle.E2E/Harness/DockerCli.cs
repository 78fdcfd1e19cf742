namespace Coracle.E2E;

/// <summary>A real Docker command line, told to talk to one engine.</summary>
internal sealed class DockerCli(string program, Engine engine)
{
    /// <summary>The newest one first: every test runs with it.</summary>
    private static readonly string[] _candidates = ["/usr/local/bin/docker", "/usr/bin/docker"];

    /// <summary>Paths of the docker programs that are here.</summary>
    public static IReadOnlyList<string> Programs { get; } = [.. _candidates.Where(File.Exists)];

    /// <summary>For tests that every client must pass: one row per docker program.</summary>
    public static TheoryData<string> Every
    {
        get
        {
            var rows = new TheoryData<string>();
            foreach (string program in Programs.DefaultIfEmpty(_candidates[^1]))
            {
                rows.Add(program);
            }

            return rows;
        }
    }

    public static string Newest => Machine.Find("docker.io", _candidates);

    public Task<CommandResult> RunAsync(params string[] arguments) => Command.RunAsync(Existing(program), arguments, Environment());

    public Task<CommandResult> RunWithInputAsync(string input, params string[] arguments)
        => Command.RunAsync(Existing(program), arguments, Environment(), input);

    public Command Start(params string[] arguments) => Command.Start(Existing(program), arguments, Environment());

    /// <summary>Runs and must succeed; the answer is standard output without the last line end.</summary>
    public async Task<string> SayAsync(params string[] arguments) => (await RunAsync(arguments)).Succeeds().Text;

    private static string Existing(string program) => Machine.Find("docker.io", program);

    private Dictionary<string, string> Environment()
    {
        Dictionary<string, string> environment = Machine.Environment(engine.Root);
        environment["DOCKER_HOST"] = $"unix://{engine.SocketPath}";
        environment["DOCKER_CONFIG"] = Path.Combine(engine.Root, "client");
        return environment;
    }
}
