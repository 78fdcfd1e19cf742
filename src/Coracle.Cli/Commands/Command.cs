namespace Coracle.Cli;

/// <summary>One verb of the command line.</summary>
/// <param name="Usage">What follows the program's and the command's name.</param>
/// <param name="LeastWords">Words it cannot do without.</param>
/// <param name="MostWords">Words it takes at most.</param>
internal sealed record Command(
    string Name, string Usage, string Help, IReadOnlyList<Option> Options, int LeastWords, int MostWords, Func<Invocation, Task<int>> RunAsync)
{
    public const int Any = int.MaxValue;

    /// <summary>Whether the words after the first belong to a program in the container.</summary>
    public bool StopsAtFirstWord { get; init; }

    /// <summary>The exit code of a mistake in the arguments: 125 where 1 could be the program's own.</summary>
    public int MistakeCode => StopsAtFirstWord ? 125 : 1;
}

/// <summary>One command as it was asked for.</summary>
internal sealed record Invocation(Command Command, ParsedArguments Arguments, EngineClient Engine, CliProcess Process, CancellationToken CancellationToken)
{
    public IReadOnlyList<string> Words => Arguments.Words;

    public Task SayAsync(string line) => Process.SayAsync(line, CancellationToken);

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
}
