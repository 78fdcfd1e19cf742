using Coracle.Wire;

namespace Coracle.Core;

/// <summary>The environment a container's process starts with, in Docker's order.</summary>
internal static class EnvironmentList
{
    private const string DefaultPath = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

    public static string NameOf(string variable)
    {
        int equals = variable.IndexOf('=');
        return equals < 0 ? variable : variable[..equals];
    }

    /// <summary>PATH, HOSTNAME and TERM first, then the configured ones, each taking the place of its namesake; a bare name removes it.</summary>
    public static IReadOnlyList<string> Build(ContainerConfig config, string hostname) => Build(config, hostname, config.Tty, [], []);

    /// <summary>That of an exec: the container's, with a TERM of its own, and what its client adds.</summary>
    /// <param name="linked">What its legacy links say, which the configured ones may replace.</param>
    public static IReadOnlyList<string> Build(
        ContainerConfig config, string hostname, bool tty, IReadOnlyList<string> more, IReadOnlyList<string> linked)
    {
        List<string> variables = [DefaultPath, "HOSTNAME=" + hostname];
        if (tty)
        {
            variables.Add("TERM=xterm");
        }

        variables.AddRange(linked);
        Replace(variables, config.Env ?? []);
        Replace(variables, more);
        return variables;
    }

    private static void Replace(List<string> variables, IReadOnlyList<string> others)
    {
        foreach (string variable in others)
        {
            string name = NameOf(variable);
            int place = variables.FindIndex(known => NameOf(known) == name);
            if (name.Length == variable.Length)
            {
                if (place >= 0)
                {
                    variables.RemoveAt(place);
                }
            }
            else if (place >= 0)
            {
                variables[place] = variable;
            }
            else
            {
                variables.Add(variable);
            }
        }
    }

    /// <exception cref="EngineException">A variable without a name, or with a NUL in it.</exception>
    public static void Check(IReadOnlyList<string>? variables)
    {
        foreach (string variable in variables ?? [])
        {
            if (variable.Length == 0 || variable[0] == '=' || variable.Contains('\0', StringComparison.Ordinal))
            {
                throw new EngineException(Refusal.InvalidArgument, "invalid environment variable: " + variable);
            }
        }
    }
}
