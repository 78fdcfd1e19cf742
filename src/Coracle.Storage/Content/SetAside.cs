using Coracle.Linux;
using Microsoft.Extensions.Logging;

namespace Coracle.Storage;

/// <summary>Records are read so that a damaged one costs itself alone: the engine always starts.</summary>
internal static class SetAside
{
    private const string Suffix = ".damaged";

    /// <param name="parse">Throws <see cref="FormatException"/> for what it cannot read.</param>
    /// <returns>Null when the file is missing, or was damaged and is now called <c>….damaged</c>.</returns>
    public static T? TryRead<T>(DirectoryHandle directory, string name, int maxLength, Func<byte[], T> parse, ILogger logger)
        where T : class
    {
        try
        {
            byte[]? content = DurableFile.TryRead(directory, name, maxLength);
            return content is null ? null : parse(content);
        }
        catch (Exception e) when (e is FormatException or LinuxException { Errno: Errno.EFBIG or Errno.EINVAL or Errno.EIO })
        {
            Log.SetAside(logger, name, e.Message, name + Suffix);
            directory.Rename(name, name + Suffix);
            return null;
        }
    }
}
