using System.Text;

namespace Coracle.Core;

/// <summary>
/// What <c>logs --details</c> shows before each line: the labels and variables that the log's options name. They are the
/// container's and do not change, so no line carries them on disk.
/// </summary>
internal static class LogDetails
{
    /// <returns><c>name=value,name=value</c>, escaped as in a URL and sorted, as Docker writes it.</returns>
    public static byte[] Of(ContainerRecord record)
    {
        List<string> details = [];
        foreach (string name in Names(record, "labels"))
        {
            if (record.Config.Labels is { } labels && labels.TryGetValue(name, out string? value))
            {
                details.Add(Escape(name) + "=" + Escape(value));
            }
        }

        foreach (string name in Names(record, "env"))
        {
            if (record.Config.Env?.FirstOrDefault(variable => variable.StartsWith(name + "=", StringComparison.Ordinal)) is string variable)
            {
                details.Add(Escape(name) + "=" + Escape(variable[(name.Length + 1)..]));
            }
        }

        return Encoding.UTF8.GetBytes(string.Join(',', details.Order(StringComparer.Ordinal)));
    }

    private static string[] Names(ContainerRecord record, string option)
        => record.HostConfig.LogConfig.Config is { } options && options.TryGetValue(option, out string? list)
            ? list.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            : [];

    private static string Escape(string text) => Uri.EscapeDataString(text).Replace("%20", "+", StringComparison.Ordinal);
}
