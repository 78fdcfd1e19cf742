using System.Text;

namespace Coracle.Oci;

/// <summary>Which generation of its architecture a processor is, from what the kernel says of it in <c>/proc/cpuinfo</c>.</summary>
internal static class ProcessorVariant
{
    // The x86-64 psABI's levels, in the kernel's names (pni is SSE3, abm is LZCNT). Each level needs those before it.
    private static readonly string[][] _amd64Levels =
    [
        ["cx16", "lahf_lm", "popcnt", "pni", "ssse3", "sse4_1", "sse4_2"],
        ["avx", "avx2", "bmi1", "bmi2", "f16c", "fma", "abm", "movbe", "xsave"],
        ["avx512f", "avx512bw", "avx512cd", "avx512dq", "avx512vl"],
    ];

    /// <returns><c>v1</c> to <c>v4</c>; what every processor in the machine has.</returns>
    public static string OfAmd64(ReadOnlySpan<byte> cpuInfo)
    {
        HashSet<string>? common = null;
        foreach (string value in Values(cpuInfo, "flags"))
        {
            string[] flags = value.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            common ??= [.. flags];
            common.IntersectWith(flags);
        }

        int level = 0;
        while (level < _amd64Levels.Length && common?.IsSupersetOf(_amd64Levels[level]) == true)
        {
            level++;
        }

        return "v" + (char)('1' + level);
    }

    /// <returns><c>v5</c> to <c>v8</c>; <paramref name="atLeast"/> where the kernel does not say.</returns>
    /// <remarks>The kernel's word is the instruction set in use: an ARM11 (the first Raspberry Pi) says 7 and is a 6.</remarks>
    public static string OfArm(ReadOnlySpan<byte> cpuInfo, string atLeast)
    {
        string model = Values(cpuInfo, "model name").Concat(Values(cpuInfo, "Processor")).FirstOrDefault("");
        string architecture = Values(cpuInfo, "CPU architecture").FirstOrDefault("");
        return model.StartsWith("ARMv6-compatible", StringComparison.OrdinalIgnoreCase) ? "v6"
            : architecture.Length == 0 ? atLeast
            : architecture.StartsWith("AArch64", StringComparison.OrdinalIgnoreCase) ? "v8"
            : architecture[0] switch { '8' or '9' => "v8", '7' or '?' => "v7", '6' => "v6", '5' => "v5", _ => atLeast };
    }

    private static List<string> Values(ReadOnlySpan<byte> cpuInfo, string key)
    {
        List<string> values = [];
        foreach (ReadOnlySpan<char> line in Encoding.UTF8.GetString(cpuInfo).AsSpan().EnumerateLines())
        {
            int colon = line.IndexOf(':');
            if (colon > 0 && line[..colon].TrimEnd().SequenceEqual(key))
            {
                values.Add(line[(colon + 1)..].Trim().ToString());
            }
        }

        return values;
    }
}
