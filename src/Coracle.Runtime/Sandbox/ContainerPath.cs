namespace Coracle.Runtime;

/// <summary>Paths inside a container, as text: for comparing and deciding. What they lead to is only ever found by handles.</summary>
public static class ContainerPath
{
    /// <summary>Absolute, without empty, <c>.</c> and <c>..</c> components: <c>path.Clean("/" + path)</c>.</summary>
    public static string Clean(string path)
    {
        var parts = new List<string>();
        foreach (string part in path.Split('/'))
        {
            if (part is "" or ".")
            {
                continue;
            }

            if (part != "..")
            {
                parts.Add(part);
            }
            else if (parts.Count > 0)
            {
                parts.RemoveAt(parts.Count - 1);
            }
        }

        return "/" + string.Join('/', parts);
    }

    /// <summary>The path itself, or something below it; both clean.</summary>
    public static bool IsWithin(string path, string directory)
        => path == directory || (path.StartsWith(directory, StringComparison.Ordinal) && path[directory.Length] == '/');
}
