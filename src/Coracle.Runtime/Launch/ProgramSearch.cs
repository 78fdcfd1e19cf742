namespace Coracle.Runtime;

/// <summary>Where a container's program may be: decided here as text, tried by the process itself as its user.</summary>
internal static class ProgramSearch
{
    /// <summary>PATH when the image sets none.</summary>
    internal const string DefaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

    private const string PathVariable = "PATH=";

    /// <summary>A name with a slash is itself; another is looked for in PATH, and several candidates end with an empty one.</summary>
    internal static IReadOnlyList<string> Candidates(string program, IReadOnlyList<string> environment)
    {
        if (program.Contains('/', StringComparison.Ordinal))
        {
            return [program];
        }

        var candidates = new List<string>();
        if (program.Length > 0)
        {
            foreach (string directory in PathOf(environment).Split(':'))
            {
                // An empty element means the working directory to a shell; Go, and so Docker, refuses what is found there.
                if (directory.StartsWith('/'))
                {
                    candidates.Add(directory.EndsWith('/') ? directory + program : $"{directory}/{program}");
                }
            }
        }

        candidates.Add("");
        return candidates;
    }

    /// <summary>Adds what the engine leaves to us: HOME, and PATH when there is none.</summary>
    internal static IReadOnlyList<string> Complete(IReadOnlyList<string> environment, string home)
    {
        var complete = new List<string>(environment);
        AddIfMissing(complete, PathVariable, DefaultPath);
        AddIfMissing(complete, "HOME=", home);
        return complete;
    }

    private static void AddIfMissing(List<string> environment, string name, string value)
    {
        foreach (string variable in environment)
        {
            if (variable.StartsWith(name, StringComparison.Ordinal))
            {
                return;
            }
        }

        environment.Add(name + value);
    }

    private static string PathOf(IReadOnlyList<string> environment)
    {
        string path = DefaultPath;
        foreach (string variable in environment)
        {
            if (variable.StartsWith(PathVariable, StringComparison.Ordinal))
            {
                path = variable[PathVariable.Length..]; // the last one wins, as in the C library
            }
        }

        return path;
    }
}
