namespace Coracle.Cli;

/// <summary>The options that were given, by long name, and the words that are no options.</summary>
internal sealed class ParsedArguments
{
    private readonly Dictionary<string, List<string>> _values = [];
    private readonly List<string> _words = [];

    public IReadOnlyList<string> Words => _words;

    public bool Has(string name) => _values.TryGetValue(name, out List<string>? values) && values[^1] is not "false";

    public bool IsGiven(string name) => _values.ContainsKey(name);

    public string? Value(string name) => _values.TryGetValue(name, out List<string>? values) ? values[^1] : null;

    public IReadOnlyList<string> Values(string name) => _values.TryGetValue(name, out List<string>? values) ? values : [];

    /// <exception cref="CliException">It is no number.</exception>
    public long? Number(string name) => Value(name) switch
    {
        null => null,
        string text when long.TryParse(text, out long number) => number,
        string text => throw new CliException($"invalid argument \"{text}\" for \"--{name}\" flag: strconv.ParseInt: parsing \"{text}\": invalid syntax"),
    };

    internal void Set(Option option, string value)
    {
        if (!_values.TryGetValue(option.Name, out List<string>? values))
        {
            _values[option.Name] = values = [];
        }

        values.Add(value);
    }

    internal void Add(string word) => _words.Add(word);
}
