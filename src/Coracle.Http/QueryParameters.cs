using System.Text;

namespace Coracle.Http;

/// <summary>The decoded parameters of a request target, in order; a name may come several times (<c>names=a&amp;names=b</c>).</summary>
public sealed class QueryParameters
{
    /// <summary>No endpoint of the API knows more than thirty.</summary>
    private const int MaxParameters = 256;

    private readonly List<KeyValuePair<string, string>> _all = [];

    public static QueryParameters Empty { get; } = new();

    public IReadOnlyList<KeyValuePair<string, string>> All => _all;

    /// <summary>The first value of that name, or null when it is absent.</summary>
    public string? this[string name]
    {
        get
        {
            foreach (KeyValuePair<string, string> parameter in _all)
            {
                if (parameter.Key == name)
                {
                    return parameter.Value;
                }
            }

            return null;
        }
    }

    public IReadOnlyList<string> AllOf(string name)
    {
        List<string> values = [];
        foreach (KeyValuePair<string, string> parameter in _all)
        {
            if (parameter.Key == name)
            {
                values.Add(parameter.Value);
            }
        }

        return values;
    }

    /// <param name="text">What follows the question mark, still encoded.</param>
    /// <exception cref="HttpFormatException">400: an escape that is none, or too many parameters.</exception>
    public static QueryParameters Parse(ReadOnlySpan<char> text)
    {
        if (text.IsEmpty)
        {
            return Empty;
        }

        QueryParameters query = new();
        foreach (Range range in text.Split('&'))
        {
            ReadOnlySpan<char> part = text[range];
            if (part.IsEmpty)
            {
                continue;
            }

            if (query._all.Count == MaxParameters)
            {
                throw new HttpFormatException(400, $"more than {MaxParameters} query parameters");
            }

            int equals = part.IndexOf('=');
            query._all.Add(equals < 0
                ? new(Decode(part, plusIsSpace: true), "")
                : new(Decode(part[..equals], plusIsSpace: true), Decode(part[(equals + 1)..], plusIsSpace: true)));
        }

        return query;
    }

    /// <summary>Percent-decodes as UTF-8. A plus sign is a space in a query and itself in a path.</summary>
    internal static string Decode(ReadOnlySpan<char> text, bool plusIsSpace)
    {
        if (text.IndexOfAny('%', '+') < 0)
        {
            return text.ToString();
        }

        byte[] bytes = new byte[text.Length];
        int count = 0;
        for (int i = 0; i < text.Length; i++)
        {
            char c = text[i];
            if (c == '%')
            {
                bytes[count++] = DecodeEscape(text[i..]);
                i += 2;
            }
            else
            {
                bytes[count++] = (byte)(c == '+' && plusIsSpace ? ' ' : c);
            }
        }

        return Encoding.UTF8.GetString(bytes, 0, count);
    }

    private static byte DecodeEscape(ReadOnlySpan<char> text)
    {
        if (text.Length < 3 || !char.IsAsciiHexDigit(text[1]) || !char.IsAsciiHexDigit(text[2]))
        {
            throw new HttpFormatException(400, $"invalid URL escape \"{text[..Math.Min(3, text.Length)]}\"");
        }

        return byte.Parse(text.Slice(1, 2), System.Globalization.NumberStyles.AllowHexSpecifier, System.Globalization.CultureInfo.InvariantCulture);
    }
}
