namespace Coracle.Cli;

/// <summary>One verb of the command line.</summary>
/// <param name="Name">The shortest way to call it: <c>ps</c>, <c>volume ls</c>. <see cref="CommandGroup"/> knows its other paths.</param>
/// <param name="Usage">What follows the program's and the command's name.</param>
/// <param name="LeastWords">Words it cannot do without.</param>
/// <param name="MostWords">Words it takes at most.</param>
internal sealed record Command(
    string Name, string Usage, string Help, IReadOnlyList<Option> Options, int LeastWords, int MostWords, Func<Invocation, Task<int>> RunAsync)
{
    public const int Any = int.MaxValue;

    /// <summary>Whether the words after the first belong to a program in the container.</summary>
    public bool StopsAtFirstWord { get; init; }

    /// <summary>
    /// Whether a refusal exits with 125 and points to the help, as of <c>run</c> and <c>create</c>: 1 could be the program's own.
    /// </summary>
    public bool StartsContainer { get; init; }

    /// <summary>All ways to call it, in the order of its help.</summary>
    public IReadOnlyList<string> Paths => CommandGroup.PathsOf(Name);

    /// <returns>Its path in the group, or null.</returns>
    public string? PathIn(string group)
    {
        foreach (string path in Paths)
        {
            if (path.Length > group.Length && path[group.Length] == ' ' && path.StartsWith(group, StringComparison.Ordinal))
            {
                return path;
            }
        }

        return null;
    }
}
