using System.Text;
using System.Text.Json;

namespace Coracle.Cli;

/// <summary>docker info for people. What the engine does not tell is left out, as in Docker's.</summary>
internal static class InfoText
{
    /// <summary>Label and field, in Docker's order.</summary>
    private static readonly (string Label, string Field)[] _before =
    [
        ("Containers", "Containers"), (" Running", "ContainersRunning"), (" Paused", "ContainersPaused"), (" Stopped", "ContainersStopped"),
        ("Images", "Images"), ("Server Version", "ServerVersion"), ("Storage Driver", "Driver"),
    ];

    private static readonly (string Label, string Field)[] _drivers =
        [("Logging Driver", "LoggingDriver"), ("Cgroup Driver", "CgroupDriver"), ("Cgroup Version", "CgroupVersion")];

    private static readonly (string Label, string Field)[] _system =
    [
        ("Kernel Version", "KernelVersion"), ("Operating System", "OperatingSystem"), ("OSType", "OSType"), ("Architecture", "Architecture"), ("CPUs", "NCPU"),
    ];

    private static readonly (string Label, string Field)[] _proxies = [("HTTP Proxy", "HttpProxy"), ("HTTPS Proxy", "HttpsProxy"), ("No Proxy", "NoProxy")];

    public static string Of(JsonElement info)
    {
        StringBuilder text = new();
        Lines(text, info, _before);
        text.Append(string.Concat(JsonLists.Items(info.Member("DriverStatus"), pair => $"  {pair[0].GetString()}: {pair[1].GetString()}\n")));

        Lines(text, info, _drivers);
        Plugins(text, info);
        Block(text, " CDI spec directories:", Strings(info, "CDISpecDirs"));
        Runtimes(text, info);
        Security(text, info);
        Lines(text, info, _system);
        text.Append($" Total Memory: {HumanSize.Binary(info.GetProperty("MemTotal").GetInt64())}\n");
        Lines(text, info, [("Name", "Name"), ("ID", "ID"), ("Docker Root Dir", "DockerRootDir"), ("Debug Mode", "Debug")]);
        Debug(text, info);
        Lines(text, info, _proxies, skipsEmpty: true);
        Block(text, " Labels:", Strings(info, "Labels"));
        Lines(text, info, [("Experimental", "ExperimentalBuild")]);
        Registries(text, info);
        Lines(text, info, [("Live Restore Enabled", "LiveRestoreEnabled"), ("Product License", "ProductLicense")], skipsEmpty: true);
        Pools(text, info);
        return text.ToString();
    }

    private static void Lines(StringBuilder text, JsonElement info, (string Label, string Field)[] lines, bool skipsEmpty = false)
    {
        foreach ((string label, string field) in lines)
        {
            if (info.TryGetProperty(field, out JsonElement value) && Word(value) is string word && !(skipsEmpty && word.Length == 0))
            {
                text.Append($" {label}: {word}\n");
            }
        }
    }

    private static string? Word(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => value.GetString(),
        JsonValueKind.True => "true",
        JsonValueKind.False => "false",
        JsonValueKind.Number => value.GetRawText(),
        _ => null,
    };

    private static void Plugins(StringBuilder text, JsonElement info)
    {
        JsonElement plugins = info.GetProperty("Plugins");
        text.Append(" Plugins:\n");
        foreach (string kind in (string[])["Volume", "Network", "Authorization", "Log"])
        {
            List<string> names = Strings(plugins, kind);
            if (names.Count > 0 || kind is "Volume" or "Network" or "Log")
            {
                text.Append($"  {kind}: {string.Join(' ', names)}\n");
            }
        }
    }

    private static void Runtimes(StringBuilder text, JsonElement info)
    {
        text.Append($" Swarm: {info.GetProperty("Swarm").GetProperty("LocalNodeState").GetString()}\n");
        if (info.TryGetProperty("Runtimes", out JsonElement runtimes) && runtimes.ValueKind == JsonValueKind.Object)
        {
            text.Append($" Runtimes: {string.Join(' ', JsonLists.SortedNames(runtimes))}\n");
        }

        Lines(text, info, [("Default Runtime", "DefaultRuntime"), ("Init Binary", "InitBinary")]);
        foreach ((string label, string field) in ((string, string)[])[("containerd", "ContainerdCommit"), ("runc", "RuncCommit"), ("init", "InitCommit")])
        {
            if (info.TryGetProperty(field, out JsonElement commit))
            {
                text.Append($" {label} version: {commit.GetProperty("ID").GetString()}\n");
            }
        }
    }

    /// <summary><c>name=seccomp,profile=builtin</c>: the name, and below it what else is said.</summary>
    private static void Security(StringBuilder text, JsonElement info)
    {
        List<string> options = Strings(info, "SecurityOptions");
        text.Append(options.Count > 0 ? " Security Options:\n" : "");
        foreach (string part in options.SelectMany(o => o.Split(',')))
        {
            int equals = part.IndexOf('=', StringComparison.Ordinal);
            (string name, string value) = equals < 0 ? ("", part) : (part[..equals], part[(equals + 1)..]);
            text.Append(name == "name" ? $"  {value}\n" : name == "profile" ? $"   Profile: {value}\n" : "");
        }
    }

    private static void Debug(StringBuilder text, JsonElement info)
    {
        if (info.TryGetProperty("Debug", out JsonElement debug) && debug.ValueKind == JsonValueKind.True)
        {
            Lines(text, info, [(" File Descriptors", "NFd"), (" Goroutines", "NGoroutines"), (" System Time", "SystemTime"), (" EventsListeners", "NEventsListener")]);
        }
    }

    private static void Registries(StringBuilder text, JsonElement info)
    {
        if (!info.TryGetProperty("RegistryConfig", out JsonElement registry) || registry.ValueKind != JsonValueKind.Object)
        {
            return;
        }

        List<string> insecure = [];
        if (registry.TryGetProperty("IndexConfigs", out JsonElement indexes))
        {
            insecure = JsonLists.Members(indexes, i => i.Name).FindAll(name => indexes.GetProperty(name).Member("Secure").ValueKind == JsonValueKind.False);
        }

        Block(text, " Insecure Registries:", [.. insecure, .. Strings(registry, "InsecureRegistryCIDRs")]);
        Block(text, " Registry Mirrors:", Strings(registry, "Mirrors"));
    }

    private static void Pools(StringBuilder text, JsonElement info)
    {
        List<string> pools = JsonLists.Items(info.Member("DefaultAddressPools"), p => $" Base: {p.GetProperty("Base").GetString()}, Size: {p.GetProperty("Size").GetInt32()}");
        Block(text, " Default Address Pools:", pools);
    }

    private static void Block(StringBuilder text, string title, List<string> lines)
        => text.Append(lines.Count > 0 ? title + "\n" : "").Append(string.Concat(lines.ConvertAll(l => $"  {l}\n")));

    private static List<string> Strings(JsonElement element, string name) => JsonLists.Items(element.Member(name), e => e.GetString()!);
}
