using System.Globalization;

namespace Coracle.Cli;

/// <summary><c>--ulimit name=soft[:hard]</c>; -1 is without limit.</summary>
internal sealed record UlimitOption(string Name, long Soft, long Hard)
{
    private const string Names = " core cpu data fsize locks memlock msgqueue nice nofile nproc rss rtprio rttime sigpending stack ";

    /// <exception cref="CliException">Docker's words.</exception>
    public static UlimitOption Parse(string text)
    {
        (string name, string limits) = KeyValues.Split(text);
        if (limits.Length == 0)
        {
            throw new CliException($"invalid ulimit argument: {text}");
        }

        if (!Names.Contains($" {name} ", StringComparison.Ordinal))
        {
            throw new CliException($"invalid ulimit type: {name}");
        }

        string[] parts = limits.Split(':');
        if (parts.Length > 2)
        {
            throw new CliException($"too many limit value arguments - {limits}, can only have up to two, `soft[:hard]`");
        }

        long soft = Limit(parts[0]), hard = Limit(parts[^1]);
        if (hard != -1 && (soft == -1 || soft > hard))
        {
            throw new CliException("ulimit soft limit must be less than or equal to hard limit: "
                + (soft == -1 ? $"soft: -1 (unlimited), hard: {hard}" : $"{soft} > {hard}"));
        }

        return new UlimitOption(name, soft, hard);
    }

    private static long Limit(string text)
        => Number.Complaint(text, long.MinValue, long.MaxValue) is string complaint ? throw new CliException(complaint) : long.Parse(text, CultureInfo.InvariantCulture);
}
