using Coracle.Linux;

namespace Coracle.Cli;

/// <summary>A file of this machine that a person has named, to be read.</summary>
internal static class LocalFile
{
    /// <exception cref="CliException">It cannot be opened; Go's words.</exception>
    public static Stream OpenRead(string path)
    {
        try
        {
            return new FileHandleStream(OpenFile.Read(path));
        }
        catch (LinuxException failure)
        {
            throw new CliException($"open {path}: {ErrnoWords.Of(failure.Errno).ToLowerInvariant()}");
        }
    }
}
