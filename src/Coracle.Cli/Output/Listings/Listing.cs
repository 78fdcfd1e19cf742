using System.Text;

namespace Coracle.Cli;

/// <summary>A list that docker can print: its columns, and the templates that its words stand for.</summary>
/// <param name="TypeName">Go's name of its rows, which errors tell.</param>
/// <param name="Table">The usual table's template.</param>
/// <param name="Quiet">What <c>-q</c> prints of a row.</param>
internal sealed record Listing(string TypeName, string Table, string Quiet, IReadOnlyList<Column> Columns)
{
    public const string TableWord = "table";

    private const string Mistake = "template parsing error: ";
    private const string JsonWord = "json";
    private const string RawWord = "raw";

    /// <summary>What <c>--format raw</c> prints of a row.</summary>
    public string Raw { get; init; } = "";

    public Column? Find(string name)
    {
        foreach (Column column in Columns)
        {
            if (column.Name == name)
            {
                return column;
            }
        }

        return null;
    }

    /// <summary>Tries a format before the engine is asked for rows.</summary>
    /// <exception cref="CliException">The template is none, or asks for a field that is not there.</exception>
    public void Check(string format, View view)
    {
        Template template = Told("failed to parse template: ", () => new Template(Template.Unescape(format)));
        Told("failed to execute template: ", () => template.Fill(new StringBuilder(), Row.Empty(this, view)));
    }

    /// <param name="format">As it was given; null or empty for the usual table.</param>
    /// <exception cref="CliException">The template is none, or asks for a field that is not there.</exception>
    public string Render(string? format, bool isQuiet, IEnumerable<Row> rows)
    {
        string chosen = Chosen(format ?? "", isQuiet);
        bool isTable = chosen.StartsWith(TableWord, StringComparison.Ordinal);
        string source = chosen == JsonWord ? "{{json .}}" : Template.Unescape(isTable ? chosen[TableWord.Length..] : chosen).Trim(' ');
        Template template = Told(Mistake, () => new Template(source));
        StringBuilder body = new();
        foreach (Row row in rows)
        {
            Told(Mistake, () => template.Fill(body, row));
            body.Append('\n');
        }

        if (!isTable)
        {
            return body.ToString();
        }

        StringBuilder whole = new();
        Told(Mistake, () => template.FillHeader(whole, new Headings(this)));
        return Coracle.Cli.Table.Align(whole.Append('\n').Append(body).ToString());
    }

    /// <summary>A template of one's own wins over <c>-q</c>.</summary>
    private string Chosen(string format, bool isQuiet) => format switch
    {
        RawWord when Raw.Length > 0 => isQuiet ? Raw.Split('\n')[0] : Raw,
        "" or TableWord => isQuiet ? Quiet : Table,
        _ => format,
    };

    private static void Told(string words, Action act) => Told(words, () =>
    {
        act();
        return 0;
    });

    private static T Told<T>(string words, Func<T> act)
    {
        try
        {
            return act();
        }
        catch (TemplateException mistake)
        {
            throw new CliException(words + mistake.Message);
        }
    }
}
