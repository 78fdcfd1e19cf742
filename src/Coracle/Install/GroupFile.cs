using System.Globalization;
using System.Text;

namespace Coracle;

/// <summary>/etc/group, read and written by ourselves: a root that is being built has no program that could be run here.</summary>
internal static class GroupFile
{
    public const string Path = "/etc/group";

    public const string ShadowPath = "/etc/gshadow";

    public const int MaxBytes = 4 * 1024 * 1024;

    // System groups by Debian's, Fedora's and Alpine's habit; taken from above, as their own tools do.
    private const int LastSystemId = 999;
    private const int FirstSystemId = 100;

    public static bool Has(ReadOnlySpan<byte> file, string name)
    {
        foreach (string line in Lines(file))
        {
            if (line.StartsWith(name + ":", StringComparison.Ordinal))
            {
                return true;
            }
        }

        return false;
    }

    /// <returns>The file with one line more.</returns>
    /// <exception cref="IOException">No id is free.</exception>
    public static byte[] With(ReadOnlySpan<byte> file, string name) => Append(file, $"{name}:x:{FreeId(file)}:");

    /// <returns>/etc/gshadow with a line of a group that has no password and nobody in it.</returns>
    public static byte[] ShadowWith(ReadOnlySpan<byte> file, string name) => Has(file, name) ? file.ToArray() : Append(file, name + ":!::");

    private static int FreeId(ReadOnlySpan<byte> file)
    {
        HashSet<int> taken = [];
        foreach (string line in Lines(file))
        {
            string[] fields = line.Split(':');
            if (fields.Length > 2 && int.TryParse(fields[2], NumberStyles.None, CultureInfo.InvariantCulture, out int id))
            {
                taken.Add(id);
            }
        }

        for (int id = LastSystemId; id >= FirstSystemId; id--)
        {
            if (!taken.Contains(id))
            {
                return id;
            }
        }

        throw new IOException($"no group id between {FirstSystemId} and {LastSystemId} is free in {Path}");
    }

    private static byte[] Append(ReadOnlySpan<byte> file, string line)
    {
        string gap = file.IsEmpty || file[^1] == '\n' ? "" : "\n";
        return [.. file, .. Encoding.UTF8.GetBytes($"{gap}{line}\n")];
    }

    private static string[] Lines(ReadOnlySpan<byte> file) => Encoding.UTF8.GetString(file).Split('\n');
}
