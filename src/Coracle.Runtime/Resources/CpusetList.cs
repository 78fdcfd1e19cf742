using System.Globalization;

namespace Coracle.Runtime;

/// <summary>Numbers and ranges of processors or memory nodes: <c>0-3,5</c>.</summary>
public static class CpusetList
{
    /// <summary>As many as a kernel can be built for; Docker's bound, without which <c>0-4294967295</c> is a list of that many.</summary>
    private const int Most = 8192;

    /// <exception cref="FormatException">In Docker's words.</exception>
    public static HashSet<int> Parse(string list)
    {
        HashSet<int> numbers = [];
        foreach (string part in list.Length > 0 ? list.Split(',') : [])
        {
            string[] ends = part.Split('-', 2);
            int first = Number(ends[0], list);
            int last = Number(ends[^1], list);
            if (last < first)
            {
                throw new FormatException("invalid format: " + list);
            }

            for (int number = first; number <= last; number++)
            {
                numbers.Add(number);
            }
        }

        return numbers;
    }

    private static int Number(string text, string list)
        => !int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? throw new FormatException("invalid format: " + list)
            : number > Most ? throw new FormatException($"value of out range, maximum is {Most}")
            : number;
}
