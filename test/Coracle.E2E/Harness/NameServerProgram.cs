namespace Coracle.E2E;

/// <summary>DNS by <c>Probes/names.py</c>: a server of a test's own, and questions asked as a container's programs would.</summary>
internal sealed class NameServerProgram : IAsyncDisposable
{
    private readonly Command _process;

    private NameServerProgram(Command process) => _process = process;

    /// <summary>Where the programs of <c>Probes/</c> are.</summary>
    public static string Directory { get; } = Path.Combine(Machine.Repository(), "test/Coracle.E2E/Probes");

    /// <summary>Options that put this machine's Python into a container, and the probes at /probe: <c>python3 /probe/names.py</c>.</summary>
    public static string[] Inside => ["-v", "/usr:/usr:ro", "-v", "/lib:/lib:ro", "-v", "/lib64:/lib64:ro", "-v", $"{Directory}:/probe:ro"];

    /// <summary>What it was asked so far: lines such as <c>udp A db.example</c>.</summary>
    public string Asked => _process.OutputSoFar;

    /// <summary>Listens at port 53 of the addresses, in a namespace of the test's.</summary>
    /// <param name="space">Where.</param>
    /// <param name="addresses">Separated by commas.</param>
    /// <param name="records"><c>NAME=ADDRESS,…</c>; it says NXDOMAIN to all others. <c>large.example</c> has 4,040 bytes of TXT.</param>
    public static async Task<NameServerProgram> StartAsync(NetworkSpace space, string addresses, params string[] records)
    {
        Command process = space.Start([Python, Path.Combine(Directory, "names.py"), "serve", addresses, .. records]);
        try
        {
            await process.OutputHoldsAsync("ready\n");
            return new NameServerProgram(process);
        }
        catch
        {
            await process.DisposeAsync();
            throw;
        }
    }

    /// <summary>Asks from a running container's network namespace.</summary>
    /// <param name="host">Where it runs.</param>
    /// <param name="container">Whose namespace.</param>
    /// <param name="question"><c>NAME TYPE</c> and options of names.py; a PTR's name is the address.</param>
    /// <returns>First RCODE and flags, then the answers as <c>TYPE DATA</c>.</returns>
    public static async Task<string[]> AskAsync(NetworkHost host, string container, string question)
        => (await host.BesideAsync(container, [Python, Path.Combine(Directory, "names.py"), "ask", .. question.Split(' ')])).Succeeds().Lines;

    public ValueTask DisposeAsync() => _process.DisposeAsync();

    private static string Python => Machine.Find("python3", "/usr/bin/python3");
}
