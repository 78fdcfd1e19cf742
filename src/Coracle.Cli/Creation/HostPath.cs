namespace Coracle.Cli;

/// <summary>A path of this machine that the engine is to see: it does not know where we stand.</summary>
internal static class HostPath
{
    /// <returns>A path that begins with a dot, made absolute; anything else, such as a volume's name, as it is.</returns>
    public static string Absolute(string path) => path is "." or ".." or ['.', '/', ..] or ['.', '.', '/', ..] ? Path.GetFullPath(path) : path;
}
