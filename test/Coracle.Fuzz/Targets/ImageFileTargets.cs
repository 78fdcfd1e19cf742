using System.Text;
using Coracle.Core;
using Coracle.Linux;
using Coracle.Runtime;

namespace Coracle.Fuzz;

/// <summary>Files that somebody else wrote: an image's accounts, the kernel's tables, a log that a cut of power left.</summary>
internal static class ImageFileTargets
{
    /// <summary>The first line is who is asked for, the rest is both files.</summary>
    public static void Accounts(ReadOnlySpan<byte> input)
    {
        int end = input.IndexOf((byte)'\n');
        string user = Encoding.UTF8.GetString(end < 0 ? input : input[..end]);
        AccountFile file = AccountFile.Parse(end < 0 ? [] : input[(end + 1)..]);
        ContainerUser found = ContainerUser.Resolve(user, [user], file, file);
        Promise.Holds(found.Groups.Length > 0 && found.Groups[0] == found.Gid && found.Groups.Distinct().Count() == found.Groups.Length, "the primary group first, each once");
        Promise.Holds(found.Uid != uint.MaxValue && found.Gid != uint.MaxValue, "nobody is (uid_t)-1, which changes nothing");
    }

    public static void Log(ReadOnlySpan<byte> input)
    {
        LogLine line = new();
        foreach (Range range in SplitLines(input))
        {
            if (line.TryDecode(input[range]))
            {
                byte[] written = new byte[128];
                Promise.Holds(LogTime.WriteFixed(line.Time, written) <= written.Length, "a time has its length");
                _ = LogTime.ParseLine(line.Time);
            }
        }

        byte[] encoded = new byte[JsonText.Measure(input) + JsonText.LongestUnit];
        Promise.Holds(JsonText.Encode(input, encoded, out int length) == input.Length, "what was measured fits");
        byte[] json = [.. "{\"log\":\""u8, .. encoded.AsSpan(0, length), .. "\\n\",\"stream\":\"stdout\",\"time\":\"2026-01-02T03:04:05Z\"}"u8];
        Promise.Holds(line.TryDecode(json), "what the log's writer writes, its reader reads");
        Promise.Holds(Encoding.UTF8.GetString(line.Text).Length <= input.Length + 1, "a character of a log is at least a byte of output");
    }

    public static void KernelTables(ReadOnlySpan<byte> input)
    {
        byte[] bytes = input.ToArray();
        _ = CgroupHierarchies.Parse(input, _ => bytes);
        _ = HostMounts.Find(Encoding.UTF8.GetString(input), "/var/lib/x");
        _ = Oci.ProcessorVariant.OfArm(input, "v7");
        _ = KernelVersion.Parse(Encoding.UTF8.GetString(input));
        _ = TmpfsOptions.Parse(Encoding.UTF8.GetString(input));
    }

    private static List<Range> SplitLines(ReadOnlySpan<byte> input)
    {
        List<Range> lines = [];
        foreach (Range line in input.Split((byte)'\n'))
        {
            lines.Add(line);
        }

        return lines;
    }
}
