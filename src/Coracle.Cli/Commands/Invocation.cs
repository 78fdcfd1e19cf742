namespace Coracle.Cli;

/// <summary>One command as it was asked for.</summary>
internal sealed class Invocation(
    Command command, ParsedArguments arguments, EngineClient engine, ClientConfig config, CliProcess process, CancellationToken cancellationToken)
{
    /// <summary>Requests of <see cref="AllAsync"/> that are under way, as Docker's client has them.</summary>
    private const int MostAtOnce = 50;

    public Command Command => command;

    public ParsedArguments Arguments => arguments;

    public EngineClient Engine => engine;

    public ClientConfig Config => config;

    public CliProcess Process => process;

    public CancellationToken CancellationToken => cancellationToken;

    public IReadOnlyList<string> Words => Arguments.Words;

    public Task SayAsync(string line) => Process.SayAsync(line, CancellationToken);

    /// <summary>Of the option, else of the person's config.json; null or empty for the usual ones.</summary>
    public string? DetachKeysText => Arguments.Value("detach-keys") ?? Config.Text("detachKeys");

    /// <exception cref="CliException">The program wants a terminal, and our input is none.</exception>
    public void CheckInput(bool hasInput, bool hasTerminal)
    {
        if (hasInput && hasTerminal && !Process.InputIsTerminal)
        {
            throw new CliException("the input device is not a TTY") { IsPlain = true };
        }
    }

    /// <summary>The path of a container that a person has named; the slash of a link's name stays one.</summary>
    public static string PathOf(string container) => "/containers/" + Uri.EscapeDataString(container).Replace("%2F", "/", StringComparison.Ordinal);

    /// <summary>Does the same to all words at once and names each that is done, in their order: ten containers stop in the time of one.</summary>
    /// <param name="forgives">Which refusals are told, but are no failure.</param>
    public async Task<int> AllAsync(Func<string, Task> act, Predicate<EngineRefusedException>? forgives = null)
    {
        List<Task<EngineRefusedException?>> complaints = [];
        foreach (string word in Words)
        {
            complaints.Add(ComplaintAsync(word, act));
            if (complaints.Count >= MostAtOnce)
            {
                await complaints[^MostAtOnce];
            }
        }

        int exitCode = 0;
        for (int i = 0; i < complaints.Count; i++)
        {
            EngineRefusedException? refused = await complaints[i];
            await (refused is null ? SayAsync(Words[i]) : Process.ComplainAsync("Error response from daemon: " + refused.Message, CancellationToken));
            exitCode = refused is null || forgives?.Invoke(refused) == true ? exitCode : 1;
        }

        return exitCode;
    }

    /// <summary>Does the same to each word; what fails is told, and the others are done all the same.</summary>
    public async Task<int> EachAsync(Func<string, Task> act)
    {
        int exitCode = 0;
        foreach (string word in Words)
        {
            try
            {
                await act(word);
            }
            catch (EngineRefusedException refused)
            {
                await Process.ComplainAsync("Error response from daemon: " + refused.Message, CancellationToken);
                exitCode = 1;
            }
        }

        return exitCode;
    }

    private static async Task<EngineRefusedException?> ComplaintAsync(string word, Func<string, Task> act)
    {
        try
        {
            await act(word);
            return null;
        }
        catch (EngineRefusedException refused)
        {
            return refused;
        }
    }
}
