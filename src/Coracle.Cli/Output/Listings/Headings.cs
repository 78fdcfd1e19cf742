namespace Coracle.Cli;

/// <summary>The words above a table, by the fields that a template names.</summary>
internal sealed class Headings(Listing listing) : IFields
{
    public string TypeName => listing.TypeName;

    public bool TryField(string name, out object? value)
    {
        Column? column = listing.Find(name);
        value = column == Column.Label ? (Func<string, string>)OfLabel : column?.Header;
        return column is not null;
    }

    public string ToJson() => "";

    private static string OfLabel(string name) => name[(name.LastIndexOf('.') + 1)..].Replace('-', ' ').Replace('_', ' ');
}
