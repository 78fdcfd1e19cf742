using System.Text;
using System.Text.Json;

namespace Coracle.Cli;

/// <summary>How the engine's JSON is taken.</summary>
internal enum JsonReading
{
    /// <summary>As Docker's Go types: some objects are structs, and what they leave out is there, empty.</summary>
    Typed,

    /// <summary>Every object is a map, and a key it has not is a mistake: what inspect falls back to.</summary>
    Raw,
}

/// <summary>
/// An object or an array of the engine's JSON. Docker's client has a Go type for each; here one list of names knows what prints as a map.
/// </summary>
internal sealed class EngineValue(JsonElement element, JsonReading reading, string name, string typeName = "") : IFields
{
    /// <summary>Go's name of an event.</summary>
    public const string EventType = "*events.Message";

    private static readonly HashSet<string> _maps =
    [
        "Annotations", "Attributes", "AuxiliaryAddresses", "Config", "Containers", "Data", "Details", "DriverOpts", "ExposedPorts", "IndexConfigs", "Labels",
        "Networks", "Options", "PortBindings", "Ports", "Runtimes", "StorageOpt", "Sysctls", "Tmpfs", "Volumes",
    ];

    // Fields of Docker's types that JSON leaves out when they are empty; a template sees them all the same: as nil, text, list or false.
    private static readonly HashSet<string> _absentPointers =
    [
        "BindOptions", "Descriptor", "FirewallBackend", "Health", "Healthcheck", "IPAMConfig", "ImageManifestDescriptor", "Init", "MemorySwappiness",
        "OomKillDisable", "PidsLimit", "SizeRootFs", "SizeRw", "StopTimeout", "TmpfsOptions", "UsageData", "VolumeOptions",
    ];

    private static readonly HashSet<string> _absentTexts =
    [
        "Author", "Comment", "Container", "Created", "DockerVersion", "MacAddress", "OSVersion", "OsVersion", "Parent", "ProductLicense", "StopSignal", "Variant",
    ];

    private static readonly HashSet<string> _absentLists =
        ["DefaultAddressPools", "DeviceRequests", "Mounts", "OnBuild", "Shell", "Ulimits", "Warnings"];

    private static readonly HashSet<string> _absentFlags = ["ArgsEscaped", "NetworkDisabled"];

    /// <summary>Old fields of an event, which not all events have.</summary>
    private static readonly HashSet<string> _absentInEvents = ["From", "ID", "Status"];

    /// <summary>JSON names that Go spells in another case: Docker's client knows them by its fallback alone.</summary>
    private static readonly HashSet<string> _jsonOnly = ["CpuPeriod", "CpuQuota", "CpuShares", "Dns", "DnsOptions", "DnsSearch", "HostIp", "Id", "NanoCpus"];

    private static readonly HashSet<string> _pointers =
        ["Health", "Healthcheck", "Init", "OomKillDisable", "Server", "PidsLimit", "MemorySwappiness", "IPAMConfig", "Cluster", "RemoteManagers"];

    /// <summary>Types that leave fields out and are printed whole.</summary>
    private static readonly Dictionary<string, string> _shapes = new(StringComparer.Ordinal)
    {
        ["Mounts[]"] = "Type Name Source Destination Driver Mode RW Propagation",
        ["Config[]"] = "Subnet IPRange Gateway AuxiliaryAddresses",
        ["State"] = "Status Running Paused Restarting OOMKilled Dead Pid ExitCode Error StartedAt FinishedAt Health",
    };

    /// <summary>Whether it is read without types: then a string in it is an interface to Go.</summary>
    public bool IsRaw => reading == JsonReading.Raw;

    public string TypeName => typeName;

    /// <summary>A null is a list or a map by its name, without items.</summary>
    public bool IsList => element.ValueKind == JsonValueKind.Array || (IsNull && !_maps.Contains(name));

    public bool IsMap => !IsList && (reading == JsonReading.Raw || IsMapName);

    public int Count => IsNull ? 0 : IsList ? element.GetArrayLength() : element.GetPropertyCount();

    private bool IsNull => element.ValueKind is JsonValueKind.Null or JsonValueKind.Undefined;

    // LogConfig.Config is a map and a container's Config is none.
    private bool IsMapName => _maps.Contains(name) && !(name == "Config" && !IsNull && element.TryGetProperty("Env", out _));

    /// <param name="name">The key it was under: it says what type Docker's client has for it.</param>
    public static object? Of(JsonElement element, JsonReading reading, string name, string typeName = "") => element.ValueKind switch
    {
        JsonValueKind.String => element.GetString(),
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        JsonValueKind.Number => element.TryGetInt64(out long whole) ? (object)whole : element.GetDouble(),
        JsonValueKind.Null when reading == JsonReading.Raw => NoValue.Instance,
        JsonValueKind.Null when _pointers.Contains(name) => null,
        _ => new EngineValue(element, reading, name, typeName),
    };

    public bool TryField(string field, out object? value)
    {
        value = null;
        if (IsList)
        {
            return false;
        }

        if (TryMember(field, out JsonElement member))
        {
            value = Of(member, reading, field);
            return true;
        }

        if (IsMap && reading == JsonReading.Typed)
        {
            value = NoValue.Instance;
            return true;
        }

        return reading == JsonReading.Typed && TryEmpty(field, out value);
    }

    /// <returns>The keys of a map, in the order in which Go walks them.</returns>
    public List<string> Keys() => JsonLists.SortedNames(element);

    public object? At(string key) => !IsNull && element.TryGetProperty(key, out JsonElement value) ? Of(value, reading, "") : null;

    public object? At(int index) => Of(element[index], reading, name + "[]");

    /// <returns>The members of an object in the order of the wire, which is that of Docker's types.</returns>
    public IEnumerable<object?> Members()
    {
        if (_shapes.TryGetValue(name, out string? shape))
        {
            foreach (string field in shape.Split(' '))
            {
                yield return element.TryGetProperty(field, out JsonElement member) ? Of(member, reading, field) : TryEmpty(field, out object? none) ? none : "";
            }

            yield break;
        }

        foreach (JsonProperty property in element.EnumerateObject())
        {
            yield return Of(property.Value, reading, property.Name);
        }
    }

    public string ToJson()
    {
        StringBuilder text = new();
        AppendJson(text, element, name);
        return text.ToString();
    }

    /// <summary>As Go writes it: the keys of a map in order, everything else as it came.</summary>
    private static void AppendJson(StringBuilder text, JsonElement element, string name)
    {
        if (element.ValueKind == JsonValueKind.Array)
        {
            text.Append('[');
            foreach (JsonElement item in element.EnumerateArray())
            {
                text.Append(text[^1] == '[' ? "" : ",");
                AppendJson(text, item, "");
            }

            text.Append(']');
        }
        else if (element.ValueKind == JsonValueKind.Object)
        {
            bool isMap = new EngineValue(element, JsonReading.Typed, name).IsMap;
            text.Append('{');
            foreach (string key in isMap ? JsonLists.SortedNames(element) : JsonLists.Members(element, m => m.Name))
            {
                text.Append(text[^1] == '{' ? "" : ",");
                JsonText.AppendString(text, key, escapesHtml: false);
                AppendJson(text.Append(':'), element.GetProperty(key), key);
            }

            text.Append('}');
        }
        else
        {
            text.Append(element.ValueKind == JsonValueKind.Undefined ? "null" : JsonText.WithoutHtmlEscapes(element.GetRawText()));
        }
    }

    private bool TryEmpty(string field, out object? value)
    {
        value = _maps.Contains(field) || _absentLists.Contains(field) ? new EngineValue(default, JsonReading.Typed, field)
            : _absentTexts.Contains(field) || (typeName == EventType && _absentInEvents.Contains(field)) ? ""
            : _absentFlags.Contains(field) ? false : null;
        return value is not null || _absentPointers.Contains(field);
    }

    /// <summary>Go's names are the JSON ones but for their case: <c>ID</c> is <c>Id</c>, and <c>Id</c> is known to the fallback alone.</summary>
    private bool TryMember(string field, out JsonElement member)
    {
        member = default;
        if (IsNull || IsMap)
        {
            return !IsNull && element.TryGetProperty(field, out member);
        }

        if (_jsonOnly.Contains(field))
        {
            return false;
        }

        if (element.TryGetProperty(field, out member))
        {
            return true;
        }

        foreach (JsonProperty property in element.EnumerateObject())
        {
            if (property.Name.Equals(field, StringComparison.OrdinalIgnoreCase))
            {
                member = property.Value;
                return true;
            }
        }

        member = default;
        return false;
    }
}
