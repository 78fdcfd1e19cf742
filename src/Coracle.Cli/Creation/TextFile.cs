using Coracle.Linux;

namespace Coracle.Cli;

/// <summary>A small file that an option names: whatever the person can read, so links and pipes (<c>&lt;(command)</c>) are followed.</summary>
internal static class TextFile
{
    /// <summary>Longer than any list of variables and any profile.</summary>
    private const int MaxBytes = 1 << 20;

    /// <exception cref="CliException">It cannot be read; Go's words.</exception>
    public static byte[] Read(string file)
    {
        try
        {
            return KernelFile.Read(file, MaxBytes);
        }
        catch (LinuxException failure)
        {
            throw new CliException($"open {file}: {ErrnoWords.Of(failure.Errno).ToLowerInvariant()}");
        }
    }
}
