namespace Coracle.Cli;

internal static class UrlPath
{
    /// <summary>A name of an image as part of a path: its slashes and colons stand as they are.</summary>
    public static string Name(string name)
        => Uri.EscapeDataString(name).Replace("%2F", "/", StringComparison.Ordinal).Replace("%3A", ":", StringComparison.Ordinal);
}
