using System.Globalization;

namespace Coracle.Cli;

/// <summary>The options that were given, by long name, and the words that are no options.</summary>
internal sealed class ParsedArguments
{
    private readonly Dictionary<string, List<string>> _values = [];
    private readonly List<string> _words = [];

    public IReadOnlyList<string> Words => _words;

    /// <summary>Deprecated names that were used: the person is told of the new ones.</summary>
    public List<Option> Deprecated { get; } = [];

    /// <summary>Whether the flag is on; it is off where it was not given.</summary>
    public bool Has(string name) => _values.TryGetValue(name, out List<string>? values) && Truth.Of(values[^1]) == true;

    /// <summary>Whether the flag, on by default, was switched off.</summary>
    public bool IsOff(string name) => _values.TryGetValue(name, out List<string>? values) && Truth.Of(values[^1]) == false;

    public bool IsGiven(string name) => _values.ContainsKey(name);

    public string? Value(string name) => _values.TryGetValue(name, out List<string>? values) ? values[^1] : null;

    public IReadOnlyList<string> Values(string name) => _values.TryGetValue(name, out List<string>? values) ? values : [];

    /// <summary>Of an option whose type is a whole number: the parser has refused anything else.</summary>
    public long? Number(string name) => Value(name) is string text ? long.Parse(text, CultureInfo.InvariantCulture) : null;

    internal void Set(Option option, string value)
    {
        if (option.IsDeprecated)
        {
            Deprecated.Add(option);
        }

        string name = option.NewName ?? option.Name;
        if (!_values.TryGetValue(name, out List<string>? values))
        {
            _values[name] = values = [];
        }

        values.Add(value);
    }

    internal void Add(string word) => _words.Add(word);
}
