using System.Text;

namespace Coracle.Cli;

/// <summary>
/// A <c>--format</c>: Go's text/template with Docker's functions, so that what scripts give to docker works here.
/// Parsed once, filled for each row.
/// </summary>
internal sealed class Template
{
    private readonly string _name;
    private readonly string _source;
    private readonly List<TemplateNode> _nodes;

    /// <param name="name">Stands in the words of errors.</param>
    /// <exception cref="TemplateException">It is no template.</exception>
    public Template(string source, string name = "")
    {
        _name = name;
        _source = source;
        _nodes = new TemplateParser(name, source).Parse();
    }

    /// <exception cref="TemplateException">It asks for what the value has not; what was printed before is in the output.</exception>
    public void Fill(StringBuilder output, object? value) => new TemplateRun(_name, _source, output, isHeader: false).Execute(_nodes, value);

    /// <summary>The words above a table.</summary>
    public void FillHeader(StringBuilder output, IFields headings) => new TemplateRun(_name, _source, output, isHeader: true).Execute(_nodes, headings);

    /// <summary>As Docker's templates of tables do, <c>\t</c> and <c>\n</c> typed in a shell are a tab and a line end.</summary>
    public static string Unescape(string text)
        => text.Replace("\\t", "\t", StringComparison.Ordinal).Replace("\\n", "\n", StringComparison.Ordinal);
}
