namespace Coracle.Registry;

/// <summary>One challenge of a WWW-Authenticate header: <c>Bearer realm="…",service="…"</c>.</summary>
/// <param name="Scheme">Lower case.</param>
internal sealed record AuthChallenge(string Scheme, IReadOnlyDictionary<string, string> Parameters)
{
    private const int MaxParameters = 32;

    public string this[string name] => Parameters.GetValueOrDefault(name, "");

    /// <returns>Null where the text is no challenge.</returns>
    /// <remarks>RFC 9110 section 11.6.1; one challenge per field, as every registry sends it.</remarks>
    public static AuthChallenge? Parse(string text)
    {
        ReadOnlySpan<char> rest = text.AsSpan().Trim();
        int space = rest.IndexOf(' ');
        string scheme = (space < 0 ? rest : rest[..space]).ToString().ToLowerInvariant();
        if (scheme.Length == 0 || scheme.AsSpan().ContainsAny('=', ',', '"'))
        {
            return null;
        }

        Dictionary<string, string> parameters = new(StringComparer.OrdinalIgnoreCase);
        rest = space < 0 ? [] : rest[(space + 1)..];
        while (parameters.Count < MaxParameters && ReadParameter(ref rest, out string name, out string value))
        {
            parameters[name] = value;
        }

        return new AuthChallenge(scheme, parameters);
    }

    private static bool ReadParameter(ref ReadOnlySpan<char> rest, out string name, out string value)
    {
        (name, value) = ("", "");
        rest = rest.TrimStart([',', ' ', '\t']);
        int equals = rest.IndexOf('=');
        if (equals <= 0)
        {
            return false;
        }

        name = rest[..equals].Trim().ToString();
        rest = rest[(equals + 1)..].TrimStart();
        value = rest.StartsWith("\"") ? ReadQuoted(ref rest) : ReadToken(ref rest);
        return true;
    }

    private static string ReadToken(ref ReadOnlySpan<char> rest)
    {
        int comma = rest.IndexOf(',');
        string token = (comma < 0 ? rest : rest[..comma]).Trim().ToString();
        rest = comma < 0 ? [] : rest[comma..];
        return token;
    }

    private static string ReadQuoted(ref ReadOnlySpan<char> rest)
    {
        System.Text.StringBuilder text = new();
        int i = 1;
        for (; i < rest.Length && rest[i] != '"'; i++)
        {
            if (rest[i] == '\\' && i + 1 < rest.Length)
            {
                i++;
            }

            text.Append(rest[i]);
        }

        rest = i < rest.Length ? rest[(i + 1)..] : [];
        return text.ToString();
    }
}
