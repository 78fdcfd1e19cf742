namespace Coracle.Cli;

/// <summary>A field that a template may name.</summary>
/// <param name="Header">The word above it in a table.</param>
/// <param name="Value">A string, null, or a function of one string.</param>
internal sealed record Column(string Name, string Header, Func<Row, object?> Value)
{
    /// <summary><c>.Label "name"</c>: the label's value; above it in a table stands the last part of its name.</summary>
    public static Column Label { get; } = new("Label", "", row => (Func<string, string>)(name => row.Labels.Find(l => l.Name == name)?.Value ?? ""));
}
