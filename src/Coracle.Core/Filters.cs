using System.Text.Json;

namespace Coracle.Core;

/// <summary>
/// The <c>filters</c> of a list, prune or events request: values by name. Both of Docker's spellings are read, the map that Go
/// clients send (<c>{"label":{"a=b":true}}</c>) and the list that others do (<c>{"label":["a=b"]}</c>).
/// </summary>
public sealed class Filters
{
    private readonly Dictionary<string, List<string>> _values;

    private Filters(Dictionary<string, List<string>> values) => _values = values;

    public static Filters None { get; } = new([]);

    /// <param name="json">The query parameter; null or empty filters nothing.</param>
    /// <param name="allowed">The names that this request knows.</param>
    /// <exception cref="EngineException">400: not JSON of either shape, or a name that is not allowed.</exception>
    public static Filters Parse(string? json, params ReadOnlySpan<string> allowed)
    {
        if (string.IsNullOrEmpty(json))
        {
            return None;
        }

        Dictionary<string, List<string>> values = Read(json);
        foreach (string name in values.Keys)
        {
            if (!allowed.Contains(name))
            {
                throw new EngineException(Refusal.InvalidArgument, $"invalid filter '{name}'");
            }
        }

        return new Filters(values);
    }

    public bool Has(string name) => _values.ContainsKey(name);

    /// <summary>The values given for a name; none when it was not given.</summary>
    public IReadOnlyList<string> Of(string name) => _values.GetValueOrDefault(name) ?? [];

    /// <summary>A filter that is on or off; null when it was not given.</summary>
    /// <exception cref="EngineException">400: a value that is neither.</exception>
    public bool? Flag(string name) => Of(name) switch
    {
        [] => null,
        ["1" or "t" or "T" or "true" or "TRUE" or "True"] => true,
        ["0" or "f" or "F" or "false" or "FALSE" or "False"] => false,
        IReadOnlyList<string> other => throw new EngineException(Refusal.InvalidArgument, $"invalid filter '{name}=[{string.Join(' ', other)}]'"),
    };

    /// <summary>Whether every <c>key</c> and <c>key=value</c> of a label filter holds.</summary>
    public bool LabelsMatch(string name, IReadOnlyDictionary<string, string>? labels)
    {
        foreach (string wanted in Of(name))
        {
            int equals = wanted.IndexOf('=', StringComparison.Ordinal);
            string key = equals < 0 ? wanted : wanted[..equals];
            if (labels is null || !labels.TryGetValue(key, out string? value) || (equals >= 0 && value != wanted[(equals + 1)..]))
            {
                return false;
            }
        }

        return true;
    }

    private static Dictionary<string, List<string>> Read(string json)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(json);
            Dictionary<string, List<string>> values = new(StringComparer.Ordinal);
            foreach (JsonProperty filter in document.RootElement.EnumerateObject())
            {
                values[filter.Name] = filter.Value.ValueKind == JsonValueKind.Array
                    ? [.. filter.Value.EnumerateArray().Select(value => value.GetString() ?? "")]
                    : [.. filter.Value.EnumerateObject().Where(value => value.Value.ValueKind == JsonValueKind.True).Select(value => value.Name)];
            }

            return values;
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            throw new EngineException(Refusal.InvalidArgument, "invalid filter: " + error.Message, error);
        }
    }
}
