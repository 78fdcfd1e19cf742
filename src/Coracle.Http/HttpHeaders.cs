using System.Collections;

namespace Coracle.Http;

/// <summary>The header fields of one message, in their order, names compared without case.</summary>
/// <remarks>A list, not a dictionary: a request of a Docker client has about eight, and a scan of eight allocates nothing.</remarks>
public sealed class HttpHeaders : IEnumerable<KeyValuePair<string, string>>
{
    private readonly List<KeyValuePair<string, string>> _fields = [];

    public int Count => _fields.Count;

    /// <summary>The first value of that name, or null. Setting replaces all of them; null removes.</summary>
    public string? this[string name]
    {
        get
        {
            foreach (KeyValuePair<string, string> field in _fields)
            {
                if (IsNamed(field, name))
                {
                    return field.Value;
                }
            }

            return null;
        }

        set
        {
            _fields.RemoveAll(field => IsNamed(field, name));
            if (value is not null)
            {
                Add(name, value);
            }
        }
    }

    /// <exception cref="ArgumentException">A line break in a value would let its sender write headers of our answer.</exception>
    public void Add(string name, string value)
    {
        if (value.AsSpan().ContainsAny('\r', '\n', '\0') || !FieldText.IsToken(name))
        {
            throw new ArgumentException($"not a header field: '{name}'", nameof(value));
        }

        _fields.Add(new(name, value));
    }

    public bool Contains(string name) => this[name] is not null;

    /// <summary>How many fields of that name there are: two of one that may come once is an attack or a bug.</summary>
    public int CountOf(string name)
    {
        int count = 0;
        foreach (KeyValuePair<string, string> field in _fields)
        {
            count += IsNamed(field, name) ? 1 : 0;
        }

        return count;
    }

    /// <summary>Whether a comma-separated list field holds this word, as in <c>Connection: keep-alive, Upgrade</c>.</summary>
    public bool HasWord(string name, string word)
    {
        foreach (KeyValuePair<string, string> field in _fields)
        {
            if (IsNamed(field, name) && FieldText.ListHas(field.Value, word))
            {
                return true;
            }
        }

        return false;
    }

    public IEnumerator<KeyValuePair<string, string>> GetEnumerator() => _fields.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private static bool IsNamed(KeyValuePair<string, string> field, string name)
        => string.Equals(field.Key, name, StringComparison.OrdinalIgnoreCase);
}
