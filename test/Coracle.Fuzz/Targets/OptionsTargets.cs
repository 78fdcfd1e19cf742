using System.Text;

namespace Coracle.Fuzz;

/// <summary>daemon.json and the engine's flags.</summary>
internal static class OptionsTargets
{
    public static void File(ReadOnlySpan<byte> input) => _ = ConfigurationFile.Parse(input.ToArray()).Given.Count();

    /// <summary>A line for each word.</summary>
    public static void Flags(ReadOnlySpan<byte> input)
        => _ = EngineOptions.Parse(EngineDefaults.For("no-such-file"), [.. Encoding.UTF8.GetString(input).Split('\n').Where(word => !word.Contains("config-file", StringComparison.Ordinal))]);
}
