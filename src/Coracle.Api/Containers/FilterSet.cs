using System.Text.Json;
using Coracle.Core;

namespace Coracle.Api;

/// <summary>The <c>filters</c> parameter: <c>{"status":{"exited":true}}</c> from Go clients, <c>{"status":["exited"]}</c> from others.</summary>
internal sealed class FilterSet
{
    private readonly Dictionary<string, List<string>> _values = [];

    /// <exception cref="EngineException">Not JSON of either shape, or a filter that is not <paramref name="known"/>.</exception>
    public static FilterSet Parse(string? text, params ReadOnlySpan<string> known)
    {
        FilterSet filters = new();
        if (string.IsNullOrEmpty(text))
        {
            return filters;
        }

        try
        {
            using JsonDocument document = JsonDocument.Parse(text);
            if (document.RootElement.ValueKind != JsonValueKind.Object)
            {
                throw Invalid();
            }

            foreach (JsonProperty filter in document.RootElement.EnumerateObject())
            {
                filters._values[filter.Name] = ReadValues(filter.Value);
                if (!known.Contains(filter.Name))
                {
                    throw new EngineException(Refusal.InvalidArgument, $"invalid filter '{filter.Name}'");
                }
            }
        }
        catch (JsonException)
        {
            throw Invalid();
        }

        return filters;
    }

    /// <summary>Empty when the filter is not set.</summary>
    public IReadOnlyList<string> this[string name] => _values.TryGetValue(name, out List<string>? values) ? values : [];

    /// <summary>No value given, or one of them fits.</summary>
    public bool Allows(string name, Func<string, bool> fits)
        => !_values.TryGetValue(name, out List<string>? values) || values.Count == 0 || values.Exists(value => fits(value));

    /// <summary><c>label=key</c> and <c>label=key=value</c>: all of them must fit.</summary>
    public bool AllowsLabels(IReadOnlyDictionary<string, string> labels) => this["label"].All(wanted =>
    {
        int equals = wanted.IndexOf('=');
        return equals < 0
            ? labels.ContainsKey(wanted)
            : labels.TryGetValue(wanted[..equals], out string? value) && value == wanted[(equals + 1)..];
    });

    private static List<string> ReadValues(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Array => [.. value.EnumerateArray().Select(item => item.ValueKind == JsonValueKind.String ? item.GetString()! : throw Invalid())],
        JsonValueKind.Object => [.. value.EnumerateObject().Where(item => item.Value.ValueKind == JsonValueKind.True).Select(item => item.Name)],
        _ => throw Invalid(),
    };

    private static EngineException Invalid() => new(Refusal.InvalidArgument, "invalid filter");
}
