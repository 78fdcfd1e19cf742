using System.Text.Json;

namespace Coracle.Runtime;

/// <summary>One object of a profile. A field of another type is an error in the words of Go's decoder, which clients know from Docker.</summary>
/// <param name="type">What Go calls the whole of it.</param>
/// <param name="name">What stands before its fields' names in messages.</param>
internal readonly struct ProfileObject
{
    private readonly JsonElement _element;
    private readonly string _name;

    internal ProfileObject(JsonElement element, string type, string name)
    {
        if (element.ValueKind is not (JsonValueKind.Object or JsonValueKind.Null))
        {
            throw Undecodable($"json: cannot unmarshal {WordOf(element.ValueKind)} into Go value of type {type}");
        }

        (_element, _name) = (element, name);
    }

    /// <summary>Empty when it is not there.</summary>
    internal string Text(string field) => Find(field) is not { } value ? ""
        : value.ValueKind == JsonValueKind.String ? value.GetString()! : throw WrongType(value, field);

    internal ulong? Number(string field) => Find(field) is not { } value ? null
        : value.ValueKind == JsonValueKind.Number && value.TryGetUInt64(out ulong number) ? number : throw WrongType(value, field);

    internal List<string> Texts(string field)
    {
        var texts = new List<string>();
        foreach (JsonElement item in Items(field))
        {
            texts.Add(item.ValueKind switch
            {
                JsonValueKind.String => item.GetString()!,
                JsonValueKind.Null => "",
                _ => throw WrongType(item, field),
            });
        }

        return texts;
    }

    internal IEnumerable<ProfileObject> Objects(string field, string name)
    {
        foreach (JsonElement item in Items(field))
        {
            // dockerd itself dies of these; the same as one with nothing in it is right for none of them.
            yield return item.ValueKind == JsonValueKind.Null
                ? throw new SeccompProfileException($"the seccomp profile has null among its \"{field}\"")
                : new ProfileObject(item, "seccomp." + name, name);
        }
    }

    internal ProfileObject? Object(string field, string name) => Find(field) is { } value ? new ProfileObject(value, "seccomp." + name, name) : null;

    internal static SeccompProfileException Undecodable(string why, Exception? inner = null) => new("Decoding seccomp profile failed: " + why, inner);

    private IEnumerable<JsonElement> Items(string field)
    {
        if (Find(field) is not { } value)
        {
            yield break;
        }

        if (value.ValueKind != JsonValueKind.Array)
        {
            throw WrongType(value, field);
        }

        foreach (JsonElement item in value.EnumerateArray())
        {
            yield return item;
        }
    }

    /// <summary>The last one of that name, in any case, wins; null is as if it were not there.</summary>
    private JsonElement? Find(string field)
    {
        JsonElement? found = null;
        if (_element.ValueKind == JsonValueKind.Object)
        {
            foreach (JsonProperty property in _element.EnumerateObject())
            {
                if (property.Name.Equals(field, StringComparison.OrdinalIgnoreCase))
                {
                    found = property.Value.ValueKind == JsonValueKind.Null ? found : property.Value;
                }
            }
        }

        return found;
    }

    private SeccompProfileException WrongType(JsonElement value, string field) => Undecodable(
        $"json: cannot unmarshal {(value.ValueKind == JsonValueKind.Number ? "number " + value.GetRawText() : WordOf(value.ValueKind))} into Go struct field {_name}.{field} of type {SeccompProfileParser.GoType(field)}");

    private static string WordOf(JsonValueKind kind) => kind switch
    {
        JsonValueKind.Array => "array",
        JsonValueKind.Object => "object",
        JsonValueKind.String => "string",
        JsonValueKind.Number => "number",
        _ => "bool",
    };
}
