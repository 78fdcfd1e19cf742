using System.Globalization;
using System.Text;
using Coracle.Linux;
using Coracle.Runtime;

namespace Coracle.Core;

/// <summary>Which mount of the host a path is on, and whether that one has peers: a container can share only what is shared.</summary>
internal static class HostMounts
{
    // Fields of a line of /proc/self/mountinfo: id, parent, device, root, mount point, options, optional fields …, "-", …
    private const int PointField = 4;
    private const int FirstOptionalField = 6;

    /// <exception cref="EngineException">In Docker's words.</exception>
    public static void RequirePropagation(string path, MountPropagation wanted)
    {
        if (wanted == MountPropagation.Private || !KernelFile.TryRead("/proc/self/mountinfo", out byte[]? table))
        {
            return;
        }

        (string point, bool shared, bool slave) = Find(Encoding.UTF8.GetString(table), HostPath.RealPath(path));
        if (wanted == MountPropagation.Shared && !shared)
        {
            throw new EngineException(Refusal.Failed, $"path {path} is mounted on {point} but it is not a shared mount");
        }

        if (!shared && !slave)
        {
            throw new EngineException(Refusal.Failed, $"path {path} is mounted on {point} but it is not a shared or slave mount");
        }
    }

    /// <param name="path">Real: no link in it.</param>
    internal static (string Point, bool Shared, bool Slave) Find(string mountinfo, string path)
    {
        (string Point, bool Shared, bool Slave) found = ("/", false, false);
        foreach (string line in mountinfo.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            string[] fields = line.Split(' ');
            string point = fields.Length > FirstOptionalField ? Unescape(fields[PointField]) : "";
            // The last of equals lies on top.
            if (point.Length >= found.Point.Length && (point == "/" || ContainerPath.IsWithin(path, point)))
            {
                found = (point, Has(fields, "shared:"), Has(fields, "master:"));
            }
        }

        return found;
    }

    private static bool Has(string[] fields, string tag)
    {
        for (int i = FirstOptionalField; i < fields.Length && fields[i] != "-"; i++)
        {
            if (fields[i].StartsWith(tag, StringComparison.Ordinal))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>The kernel writes blanks, tabs, line ends and backslashes in octal: <c>\040</c>.</summary>
    private static string Unescape(string text)
    {
        StringBuilder plain = new(text.Length);
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] == '\\' && i + 3 < text.Length && Octal(text.AsSpan(i + 1, 3)) is int code)
            {
                plain.Append((char)code);
                i += 3;
            }
            else
            {
                plain.Append(text[i]);
            }
        }

        return plain.ToString();
    }

    private static int? Octal(ReadOnlySpan<char> digits)
    {
        int value = 0;
        foreach (char digit in digits)
        {
            if (digit is < '0' or > '7')
            {
                return null;
            }

            value = (value * 8) + int.Parse([digit], CultureInfo.InvariantCulture);
        }

        return value;
    }
}
