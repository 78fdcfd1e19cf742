using System.Text;
using Coracle.Linux;

namespace Coracle.Runtime;

/// <summary>
/// Kernel settings of a container's own namespaces, written through the host's /proc by the thread that is visiting them: no /proc of
/// an image's making is ever written to (CVE-2025-52881). Which names are allowed is decided where containers are created.
/// </summary>
internal static class Sysctls
{
    internal static void Apply(IReadOnlyList<KeyValuePair<string, string>> settings)
    {
        foreach (KeyValuePair<string, string> setting in settings)
        {
            string path = PathOf(setting.Key);
            try
            {
                KernelFile.Write(path, Encoding.UTF8.GetBytes(setting.Value));
            }
            catch (LinuxException failure)
            {
                throw LaunchWords.InitFailure(failure.Errno, $"{failure.Call} {path}: {ErrnoWords.Of(failure.Errno)}");
            }
        }
    }

    /// <summary>Dots are slashes; a name with slashes of its own, or with two dots in a row, is none.</summary>
    internal static string PathOf(string name)
    {
        if (name.Contains('/', StringComparison.Ordinal) || name.Contains("..", StringComparison.Ordinal) || name.StartsWith('.'))
        {
            throw LaunchWords.InitFailure(Errno.EINVAL, $"sysctl \"{name}\" is not a valid name");
        }

        return "/proc/sys/" + name.Replace('.', '/');
    }
}
