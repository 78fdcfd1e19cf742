using System.Text.Json;
using Coracle.Linux;
using Coracle.Oci;

namespace Coracle;

/// <summary>daemon.json: the same options under their keys. A key that is none is an error that names it.</summary>
internal static class ConfigurationFile
{
    private const int MaxBytes = 1024 * 1024;

    /// <param name="mustExist">Whether it was named on the command line.</param>
    public static OptionValues Read(string path, bool mustExist)
    {
        if (!KernelFile.TryRead(path, out byte[]? content, MaxBytes))
        {
            return mustExist
                ? throw new OptionsException($"unable to configure the daemon with file {path}: open {path}: no such file or directory")
                : new OptionValues();
        }

        try
        {
            return Parse(content);
        }
        catch (Exception e) when (e is JsonException or OptionsException)
        {
            throw new OptionsException($"unable to configure the daemon with file {path}: {e.Message}");
        }
    }

    internal static OptionValues Parse(ReadOnlyMemory<byte> content)
    {
        OptionValues values = new();
        if (content.Span.Trim(" \t\r\n"u8).IsEmpty)
        {
            return values; // as Docker: an empty file is no configuration
        }

        using JsonDocument document = GoJson.Parse(content);
        if (document.RootElement.ValueKind != JsonValueKind.Object)
        {
            throw new OptionsException("it is not a JSON object");
        }

        foreach (JsonProperty property in document.RootElement.EnumerateObject())
        {
            if (property is { Name: "proxies", Value.ValueKind: JsonValueKind.Object })
            {
                AddProxies(values, property.Value);
                continue;
            }

            OptionSpec spec = OptionTable.ByKey(property.Name)
                ?? throw new OptionsException($"the following directives don't match any configuration option: {property.Name}");
            AddProperty(values, spec, property);
        }

        return values;
    }

    /// <summary>Docker groups these in the file alone.</summary>
    private static void AddProxies(OptionValues values, JsonElement proxies)
    {
        foreach (JsonProperty proxy in proxies.EnumerateObject())
        {
            OptionSpec? spec = proxy.Name is "http-proxy" or "https-proxy" or "no-proxy" ? OptionTable.ByKey(proxy.Name) : null;
            AddProperty(values, spec ?? throw new OptionsException($"the following directives don't match any configuration option: proxies.{proxy.Name}"), proxy);
        }
    }

    private static void AddProperty(OptionValues values, OptionSpec spec, JsonProperty property)
    {
        switch (property.Value.ValueKind)
        {
            case JsonValueKind.True or JsonValueKind.False when spec.Kind == OptionKind.Switch:
                values.Add(spec, property.Value.GetBoolean() ? "true" : "false");
                break;
            case JsonValueKind.String or JsonValueKind.Number when spec.Kind == OptionKind.Value:
                values.Add(spec, property.Value.ToString());
                break;
            case JsonValueKind.Array when spec.Kind is OptionKind.List:
                foreach (JsonElement element in property.Value.EnumerateArray())
                {
                    values.Add(spec, element.ValueKind == JsonValueKind.Object ? FieldsText(element) : element.ToString());
                }

                break;
            case JsonValueKind.String when property.Name == "host-gateway-ip":
                values.Add(spec, property.Value.ToString());
                break;
            case JsonValueKind.Object when spec.Kind is OptionKind.Map or OptionKind.List:
                AddMap(values, spec, property.Value);
                break;
            default:
                throw new OptionsException($"{property.Name}: {Expected(spec.Kind)} is expected, not {property.Value.GetRawText()}");
        }
    }

    private static string Expected(OptionKind kind) => kind switch
    {
        OptionKind.Switch => "true or false",
        OptionKind.List => "an array",
        OptionKind.Map => "an object",
        _ => "a string or a number",
    };

    private static void AddMap(OptionValues values, OptionSpec spec, JsonElement map)
    {
        foreach (JsonProperty entry in map.EnumerateObject())
        {
            if (spec.Flag == "default-network-opt" && entry.Value.ValueKind == JsonValueKind.Object)
            {
                AddNested(values, spec, entry);
                continue;
            }

            values.Add(spec, entry.Value.ValueKind == JsonValueKind.Object
                ? UlimitText(entry.Value)
                : $"{entry.Name}={entry.Value}");
        }
    }

    /// <summary><c>{"bridge":{"com.docker.network.driver.mtu":"1400"}}</c>: options of each driver.</summary>
    private static void AddNested(OptionValues values, OptionSpec spec, JsonProperty driver)
    {
        foreach (JsonProperty option in driver.Value.EnumerateObject())
        {
            values.Add(spec, $"{driver.Name}={option.Name}={option.Value}");
        }
    }

    /// <summary>An address pool in the file, <c>{"base":"10.0.0.0/8","size":24}</c>, as the flag has it.</summary>
    private static string FieldsText(JsonElement fields) => string.Join(',', fields.EnumerateObject().Select(field => $"{field.Name}={field.Value}"));

    /// <summary>Docker's form of a limit in the file, <c>{"Name":"nofile","Soft":1,"Hard":2}</c>, as the flag has it.</summary>
    private static string UlimitText(JsonElement limit)
        => limit.TryGetProperty("Name", out JsonElement name)
            && limit.TryGetProperty("Soft", out JsonElement soft) && limit.TryGetProperty("Hard", out JsonElement hard)
            ? $"{name}={soft}:{hard}"
            : limit.ToString();
}
