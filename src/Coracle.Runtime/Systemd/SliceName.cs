namespace Coracle.Runtime;

/// <summary>systemd's slices: a tree whose paths are in the names, joined by dashes.</summary>
public static class SliceName
{
    private const string Suffix = ".slice";

    /// <returns><c>a.slice/a-b.slice</c> for <c>a-b.slice</c>; empty for <c>-.slice</c>, the root; null for what names no slice.</returns>
    public static string? Expand(string slice)
    {
        if (slice == "-" + Suffix)
        {
            return "";
        }

        if (!slice.EndsWith(Suffix, StringComparison.Ordinal) || slice.AsSpan().IndexOfAny('/', '\0') >= 0)
        {
            return null;
        }

        string path = "";
        string prefix = "";
        foreach (string part in slice[..^Suffix.Length].Split('-'))
        {
            if (part.Length == 0)
            {
                return null;
            }

            prefix += prefix.Length == 0 ? part : "-" + part;
            path += (path.Length == 0 ? "" : "/") + prefix + Suffix;
        }

        return path;
    }
}
