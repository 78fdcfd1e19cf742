using System.Globalization;
using System.Text;

namespace Coracle.Linux;

/// <summary>Where a process is, by its own word: <c>/proc/PID/cgroup</c>.</summary>
public static class CgroupMembership
{
    /// <param name="mark">What the line holds: <c>0::</c> for cgroup v2, or a part of the path.</param>
    /// <returns>The path of the first such line, with its leading slash; null when there is none, or no such process.</returns>
    public static string? Find(int pid, ReadOnlySpan<byte> mark)
        => KernelFile.TryRead("/proc/" + pid.ToString(CultureInfo.InvariantCulture) + "/cgroup", out byte[]? content) ? Find(content, mark) : null;

    /// <summary>hierarchy:controllers:path; the path may hold colons, the rest none.</summary>
    internal static string? Find(ReadOnlySpan<byte> table, ReadOnlySpan<byte> mark)
    {
        while (!table.IsEmpty)
        {
            int end = table.IndexOf((byte)'\n');
            ReadOnlySpan<byte> line = end < 0 ? table : table[..end];
            table = end < 0 ? [] : table[(end + 1)..];
            if (line.IndexOf(mark) >= 0)
            {
                ReadOnlySpan<byte> rest = line[(line.IndexOf((byte)':') + 1)..];
                return Encoding.UTF8.GetString(rest[(rest.IndexOf((byte)':') + 1)..]);
            }
        }

        return null;
    }
}
