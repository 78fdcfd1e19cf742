using System.Globalization;
using Coracle.Core;
using Microsoft.Extensions.Logging;

namespace Coracle;

internal enum EngineOrder
{
    Run,
    Validate,
    ShowHelp,
    ShowVersion,
}

/// <summary>Everything that can be chosen about an engine, parsed and checked once: flags, then daemon.json, then the defaults.</summary>
internal sealed record EngineOptions
{
    private const int DefaultDownloads = 3;

    private const int DefaultAttempts = 5;

    public required EngineDefaults Defaults { get; init; }

    public EngineOrder Order { get; init; }

    public required IReadOnlyList<ListenAddress> Hosts { get; init; }

    public required string Group { get; init; }

    public required string DataRoot { get; init; }

    public required string ExecRoot { get; init; }

    /// <summary>Null for none.</summary>
    public string? DeltaDataRoot { get; init; }

    public string? PidFile { get; init; }

    public LogLevel LogLevel { get; init; } = LogLevel.Information;

    public IReadOnlyList<string> Labels { get; init; } = [];

    public IReadOnlyList<string> InsecureRegistries { get; init; } = [];

    /// <summary>Of the default registry, with a slash at the end as Docker shows them.</summary>
    public IReadOnlyList<string> Mirrors { get; init; } = [];

    public int MaxConcurrentDownloads { get; init; } = DefaultDownloads;

    public int MaxDownloadAttempts { get; init; } = DefaultAttempts;

    public DeltaMode Delta { get; init; }

    /// <summary>Null leaves it to the environment, here and in the next two.</summary>
    public string? HttpProxy { get; init; }

    public string? HttpsProxy { get; init; }

    public string? NoProxy { get; init; }

    /// <summary><c>cgroupfs</c> or <c>systemd</c>; null chooses by what the machine has.</summary>
    public string? CgroupDriver { get; init; }

    /// <summary>Null is the driver's own.</summary>
    public string? CgroupParent { get; init; }

    /// <summary>builtin, unconfined or the file's path, as <c>info</c> shows it.</summary>
    public string SeccompProfile { get; init; } = SeccompSetup.Builtin;

    /// <summary>What that says, read and compiled once.</summary>
    public SeccompFilters Seccomp { get; init; } = SeccompSetup.Read(SeccompSetup.Builtin);

    public NetworkOptions Network { get; init; } = new();

    public string ReportedVersion { get; init; } = EngineDefaults.ReportedVersion;

    /// <summary>What was asked for and means nothing here; said once, at start.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];

    /// <exception cref="OptionsException">With the words for the operator.</exception>
    public static EngineOptions Parse(EngineDefaults defaults, ReadOnlySpan<string> args)
    {
        OptionValues values = FlagParser.Parse(args);
        EngineOrder order = values.IsOn("help") ? EngineOrder.ShowHelp
            : values.IsOn("version") ? EngineOrder.ShowVersion
            : values.IsOn("validate") ? EngineOrder.Validate
            : EngineOrder.Run;
        if (order is EngineOrder.Run or EngineOrder.Validate)
        {
            string file = values.Last("config-file") ?? defaults.ConfigFile;
            values.Merge(ConfigurationFile.Read(file, mustExist: values.Last("config-file") is not null), file);
        }

        return From(defaults, order, values);
    }

    private static EngineOptions From(EngineDefaults defaults, EngineOrder order, OptionValues values)
    {
        RequireKnownDrivers(values);
        string seccomp = values.Last("seccomp-profile") is { Length: > 0 } given ? given : SeccompSetup.Builtin;
        return new()
        {
            Defaults = defaults,
            Order = order,
            Hosts = HostsOf(defaults, values),
            Group = values.Last("group") ?? defaults.Group,
            DataRoot = AbsolutePath(values, "data-root", EngineDefaults.DataRoot),
            ExecRoot = AbsolutePath(values, "exec-root", EngineDefaults.ExecRoot),
            DeltaDataRoot = values.Last("delta-data-root") is null ? null : AbsolutePath(values, "delta-data-root", ""),
            PidFile = values.Last("pidfile"),
            LogLevel = values.IsOn("debug") ? LogLevel.Debug : LevelOf(values.Last("log-level") ?? "info"),
            Labels = values.All("label"),
            InsecureRegistries = values.All("insecure-registry"),
            Mirrors = [.. values.All("registry-mirror").Select(MirrorOf)],
            MaxConcurrentDownloads = PositiveNumber(values, "max-concurrent-downloads", DefaultDownloads),
            MaxDownloadAttempts = PositiveNumber(values, "max-download-attempts", DefaultAttempts),
            Delta = DeltaOf(values.Last("delta")),
            HttpProxy = values.Last("http-proxy"),
            HttpsProxy = values.Last("https-proxy"),
            NoProxy = values.Last("no-proxy"),
            CgroupDriver = DriverOf(values),
            CgroupParent = values.Last("cgroup-parent") is { Length: > 0 } parent ? parent : null,
            SeccompProfile = seccomp,
            Seccomp = SeccompSetup.Read(seccomp),
            Network = NetworkSetup.Of(values, defaults),
            ReportedVersion = values.Last("report-version") ?? EngineDefaults.ReportedVersion,
            Warnings = Judge(values),
        };
    }

    private static List<ListenAddress> HostsOf(EngineDefaults defaults, OptionValues values)
    {
        List<ListenAddress> hosts = [.. values.All("host").Select(host => ListenAddress.Parse(host, defaults.Socket))];
        return hosts.Count > 0 ? hosts : [new ListenAddress.Unix(defaults.Socket)];
    }

    /// <summary>Nothing is silently ignored: what is not built is an error, what means nothing here a warning.</summary>
    private static List<string> Judge(OptionValues values)
    {
        List<string> warnings = [];
        foreach (OptionSpec spec in values.Given)
        {
            switch (spec.Use)
            {
                case OptionUse.Ignored:
                    warnings.Add($"--{spec.Flag} means nothing to this engine and is ignored");
                    break;
                case OptionUse.NotBuilt:
                    throw new OptionsException($"--{spec.Flag} is not supported yet");
                case OptionUse.Refused:
                    throw new OptionsException($"--{spec.Flag} is not supported: this engine has no swarm and no plugins");
                default:
                    break;
            }
        }

        return warnings;
    }

    private static void RequireKnownDrivers(OptionValues values)
    {
        if (values.Last("storage-driver") is { } storage and not ("overlay2" or "overlay"))
        {
            throw new OptionsException($"storage driver '{storage}' is not supported: overlay2 is the only one");
        }

        if (values.Last("log-driver") is { } log and not "json-file")
        {
            throw new OptionsException($"log driver '{log}' is not supported yet: json-file is the only one");
        }
    }

    /// <summary>Docker takes the first one, and looks at no other key.</summary>
    private static string? DriverOf(OptionValues values)
    {
        foreach (string option in values.All("exec-opt"))
        {
            string[] pair = option.Split('=', 2, StringSplitOptions.TrimEntries);
            if (pair.Length != 2 || pair[0].Length == 0 || pair[1].Length == 0)
            {
                throw new OptionsException($"invalid exec-opt ({option}): must be formatted 'opt=value'");
            }

            if (pair[0].Equals("native.cgroupdriver", StringComparison.OrdinalIgnoreCase))
            {
                string driver = pair[1];
                return driver is CgroupFacts.Cgroupfs or CgroupFacts.Systemd ? driver
                    : throw new OptionsException($"native.cgroupdriver option {driver} not supported. Use either cgroupfs or systemd");
            }
        }

        return null;
    }

    private static DeltaMode DeltaOf(string? word) => word switch
    {
        null or "auto" => DeltaMode.Auto,
        "off" => DeltaMode.Off,
        "only" => DeltaMode.Only,
        _ => throw new OptionsException($"invalid value \"{word}\" for --delta: auto, off or only"),
    };

    private static string AbsolutePath(OptionValues values, string flag, string otherwise)
    {
        string path = values.Last(flag) ?? otherwise;
        return path.StartsWith('/') ? path.Length > 1 ? path.TrimEnd('/') : path : throw new OptionsException($"--{flag} must be an absolute path: '{path}'");
    }

    private static string MirrorOf(string text)
    {
        if (!Uri.TryCreate(text, UriKind.Absolute, out Uri? mirror))
        {
            throw new OptionsException($"invalid mirror: \"{text}\" is not a valid URI");
        }

        return mirror.Scheme is not ("http" or "https") ? throw new OptionsException($"invalid mirror: unsupported scheme \"{mirror.Scheme}\" in \"{text}\"")
            : mirror.UserInfo.Length > 0 ? throw new OptionsException("invalid mirror: username/password not allowed in URI")
            : mirror.PathAndQuery + mirror.Fragment != "/" ? throw new OptionsException($"invalid mirror: path, query, or fragment at end of the URI \"{text}\"")
            : text.TrimEnd('/') + "/";
    }

    private static int PositiveNumber(OptionValues values, string flag, int otherwise)
        => values.Last(flag) is not { } text ? otherwise
            : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number > 0 ? number
            : throw new OptionsException($"invalid argument \"{text}\" for \"--{flag}\" flag: a positive number is expected");

    private static LogLevel LevelOf(string text) => text switch
    {
        "trace" or "debug" => LogLevel.Debug,
        "info" => LogLevel.Information,
        "warn" or "warning" => LogLevel.Warning,
        "error" => LogLevel.Error,
        "fatal" or "panic" => LogLevel.Critical,
        _ => throw new OptionsException($"invalid logging level: {text}"),
    };
}
