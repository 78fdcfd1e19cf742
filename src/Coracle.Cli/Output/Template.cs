using System.Text;
using System.Text.Json;

namespace Coracle.Cli;

/// <summary>
/// The part of Go's templates that scripts use with <c>--format</c>: <c>{{.Field.Below}}</c>, <c>{{.}}</c>, <c>{{json .Field}}</c>.
/// </summary>
internal static class Template
{
    /// <exception cref="CliException">The template says something else, or a field is not there.</exception>
    public static string Apply(string template, JsonElement value)
    {
        StringBuilder text = new();
        int at = 0;
        while (true)
        {
            int open = template.IndexOf("{{", at, StringComparison.Ordinal);
            if (open < 0)
            {
                return text.Append(Unescape(template[at..])).ToString();
            }

            int close = template.IndexOf("}}", open, StringComparison.Ordinal);
            if (close < 0)
            {
                throw new CliException("template parsing error: unclosed action");
            }

            text.Append(Unescape(template[at..open])).Append(Evaluate(template[(open + 2)..close].Trim(), value));
            at = close + 2;
        }
    }

    /// <summary>As Docker's own templates do, <c>\t</c> and <c>\n</c> typed in a shell are a tab and a line end.</summary>
    private static string Unescape(string text)
        => text.Replace("\\t", "\t", StringComparison.Ordinal).Replace("\\n", "\n", StringComparison.Ordinal);

    private static string Evaluate(string action, JsonElement value)
    {
        bool asJson = action.StartsWith("json ", StringComparison.Ordinal);
        string path = asJson ? action[5..].Trim() : action;
        if (!path.StartsWith('.') || path.Contains(' ', StringComparison.Ordinal))
        {
            throw new CliException($"template: only {{{{.Field}}}} and {{{{json .Field}}}} are understood, not {{{{{action}}}}}");
        }

        JsonElement found = value;
        foreach (string name in path.Split('.', StringSplitOptions.RemoveEmptyEntries))
        {
            if (found.ValueKind != JsonValueKind.Object || !found.TryGetProperty(name, out found))
            {
                throw new CliException($"template: map has no entry for key \"{name}\"");
            }
        }

        return asJson ? found.GetRawText() : Text(found);
    }

    /// <summary>As Go's %v prints it.</summary>
    private static string Text(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => value.GetString()!,
        JsonValueKind.True => "true",
        JsonValueKind.False => "false",
        JsonValueKind.Null or JsonValueKind.Undefined => "<no value>",
        JsonValueKind.Array => "[" + string.Join(' ', value.EnumerateArray().Select(Text)) + "]",
        JsonValueKind.Object => "map[" + string.Join(' ', value.EnumerateObject().OrderBy(p => p.Name, StringComparer.Ordinal).Select(p => p.Name + ":" + Text(p.Value))) + "]",
        _ => value.GetRawText(),
    };
}
