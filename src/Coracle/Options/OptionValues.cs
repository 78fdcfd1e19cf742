namespace Coracle;

/// <summary>What was given, from one source, not yet interpreted.</summary>
internal sealed class OptionValues
{
    private readonly Dictionary<OptionSpec, List<string>> _given = [];

    public IEnumerable<OptionSpec> Given => _given.Keys;

    public void Add(OptionSpec spec, string value)
    {
        if (!_given.TryGetValue(spec, out List<string>? values))
        {
            _given[spec] = values = [];
        }

        values.Add(value);
    }

    public IReadOnlyList<string> All(string flag)
        => OptionTable.ByFlag(flag) is { } spec && _given.TryGetValue(spec, out List<string>? values) ? values : [];

    public string? Last(string flag) => All(flag) is [.., string last] ? last : null;

    public bool IsOn(string flag) => Last(flag) == "true";

    public string Text(OptionSpec spec) => string.Join(", ", _given[spec]);

    /// <summary>Takes over what the file says. Docker refuses an option that stands in both places, and so do we.</summary>
    public void Merge(OptionValues file, string path)
    {
        OptionSpec? twice = file.Given.FirstOrDefault(_given.ContainsKey);
        if (twice is not null)
        {
            throw new OptionsException(
                $"unable to configure the daemon with file {path}: the following directives are specified both as a flag and in the "
                + $"configuration file: {twice.Key}: (from flag: {Text(twice)}, from file: {file.Text(twice)})");
        }

        foreach ((OptionSpec spec, List<string> values) in file._given)
        {
            _given[spec] = values;
        }
    }
}
