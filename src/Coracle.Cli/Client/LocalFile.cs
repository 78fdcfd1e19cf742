using Coracle.Linux;
using Microsoft.Win32.SafeHandles;

namespace Coracle.Cli;

/// <summary>A file of this machine that a person has named, to be read.</summary>
internal static class LocalFile
{
    /// <exception cref="CliException">It cannot be opened; Go's words.</exception>
    public static Stream OpenRead(string path)
    {
        try
        {
            SafeFileHandle file = OpenFile.Read(path);
            return OpenFile.Status(file).Kind != FileKind.Directory ? new FileHandleStream(file) : throw new CliException($"read {path}: is a directory");
        }
        catch (LinuxException failure)
        {
            throw new CliException($"open {path}: {ErrnoWords.Of(failure.Errno).ToLowerInvariant()}");
        }
    }
}
