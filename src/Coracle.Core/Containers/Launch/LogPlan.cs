using System.Globalization;
using Coracle.Runtime;
using Coracle.Wire;

namespace Coracle.Core;

/// <summary>Which log a container keeps. Bounded where nobody said otherwise: a device's flash is not for logs to fill.</summary>
internal static class LogPlan
{
    public const string JsonFile = "json-file";

    private const long DefaultMaxBytes = 10_000_000;

    private const int DefaultMaxFiles = 2;

    /// <exception cref="EngineException">A driver or an option that does not exist or is not built yet.</exception>
    public static LogSpec Build(LogConfig config, string path)
    {
        switch (config.Type)
        {
            case "none":
                return new LogSpec("", 0, 0);
            case "" or JsonFile:
                break;
            case "local" or "journald":
                throw NotBuilt.Option("HostConfig.LogConfig.Type " + config.Type);
            default:
                throw new EngineException(Refusal.InvalidArgument, $"logger: no log driver named '{config.Type}' is registered");
        }

        long maxBytes = DefaultMaxBytes;
        int maxFiles = DefaultMaxFiles;
        foreach ((string name, string value) in config.Config ?? new Dictionary<string, string>())
        {
            switch (name)
            {
                case "max-size":
                    maxBytes = ParseSize(value);
                    break;
                case "max-file":
                    maxFiles = ParseCount(value);
                    break;
                case "labels" or "env":
                    break; // what they name is the container's own and does not change: LogDetails adds it to what is read
                case "mode" or "max-buffer-size":
                    break; // the monitor never blocks a container for its log
                case "compress" or "labels-regex" or "env-regex" or "tag":
                    throw NotBuilt.Option("HostConfig.LogConfig.Config " + name);
                default:
                    throw new EngineException(Refusal.InvalidArgument, $"unknown log opt '{name}' for json-file log driver");
            }
        }

        return new LogSpec(path, maxBytes, maxFiles);
    }

    /// <summary>Docker's sizes: a number with b, k, m, g; decimal multiples, as go-units' FromHumanSize.</summary>
    private static long ParseSize(string text)
    {
        string digits = text.TrimEnd('b', 'B');
        long unit = digits.Length == 0 ? 1 : char.ToLowerInvariant(digits[^1]) switch
        {
            'k' => 1_000,
            'm' => 1_000_000,
            'g' => 1_000_000_000,
            _ => 1,
        };
        string number = unit == 1 ? digits : digits[..^1];
        return long.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out long count) && count > 0 && count <= long.MaxValue / unit
            ? count * unit
            : throw new EngineException(Refusal.InvalidArgument, $"invalid size: '{text}'");
    }

    private static int ParseCount(string text)
        => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int count) && count > 0
            ? count
            : throw new EngineException(Refusal.InvalidArgument, "max-file cannot be less than 1");
}
