using System.Globalization;

namespace Coracle.Cli;

/// <summary><c>--gpus</c>: <c>all</c>, a count, or <c>driver=…,count=…,device=…,capabilities=…,options=…</c>.</summary>
/// <param name="Count">-1 for all; 0 where devices are named.</param>
internal sealed record GpuOption(string Driver, long Count, List<string> Devices, List<string> Capabilities, List<string> Options)
{
    private const string Invalid = "): value must be either \"all\" or an integer: invalid syntax";

    /// <exception cref="CliException">Docker's words.</exception>
    public static GpuOption Parse(string text)
    {
        string driver = "";
        long? count = null;
        List<string> devices = [], capabilities = [], options = [], seen = [];
        foreach (string field in KeyValues.Fields(text))
        {
            (string key, string value) = field.Contains('=', StringComparison.Ordinal) ? KeyValues.Split(field) : ("count", field);
            if (seen.Contains(key))
            {
                throw new CliException($"gpu request key '{key}' can be specified only once");
            }

            seen.Add(key);
            switch (key)
            {
                case "driver": driver = value; break;
                case "count": count = CountOf(value); break;
                case "device": devices.AddRange(value.Split(',')); break;
                case "capabilities": capabilities.AddRange(value.Split(',')); break;
                case "options": options.AddRange(KeyValues.Fields(value)); break;
                default: throw new CliException($"unexpected key '{key}' in '{field}'");
            }
        }

        capabilities.Add("gpu");
        return new GpuOption(driver, count ?? (devices.Count == 0 ? 1 : 0), devices, capabilities, options);
    }

    private static long CountOf(string text)
        => text == "all" ? -1 : long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long count) ? count : throw new CliException($"invalid count ({text}{Invalid}");
}
