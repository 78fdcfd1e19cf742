using System.Text;
using System.Text.Json;

namespace Coracle.Cli;

/// <summary>What inspect prints: an indented array, an array in one line, or a template's text for each object.</summary>
internal abstract class InspectOutput
{
    private const int WrongTemplateCode = 64;

    /// <exception cref="CliException">The format is no template.</exception>
    public static InspectOutput For(string? format)
    {
        try
        {
            return format switch
            {
                null or "" => new Indented(),
                "json" => new OneLine(),
                _ => new Templated(new Template(format)),
            };
        }
        catch (TemplateException mistake)
        {
            throw new CliException("template parsing error: " + mistake.Message, WrongTemplateCode);
        }
    }

    /// <exception cref="CliException">The template asks for what the object has not.</exception>
    public abstract void Add(JsonElement found);

    /// <returns>All of it, with the last line end.</returns>
    public abstract override string ToString();

    private sealed class Indented : InspectOutput
    {
        private readonly StringBuilder _text = new();

        public override void Add(JsonElement found)
        {
            _text.Append(_text.Length == 0 ? "[\n    " : ",\n    ");
            JsonText.AppendIndented(_text, found.GetRawText(), depth: 1);
        }

        public override string ToString() => _text.Length == 0 ? "[]\n" : _text + "\n]\n";
    }

    private sealed class OneLine : InspectOutput
    {
        private readonly List<string> _objects = [];

        public override void Add(JsonElement found) => _objects.Add(found.GetRawText());

        public override string ToString() => "[" + string.Join(',', _objects) + "]\n";
    }

    private sealed class Templated(Template template) : InspectOutput
    {
        private readonly StringBuilder _text = new();

        public override void Add(JsonElement found)
        {
            StringBuilder one = new();
            try
            {
                template.Fill(one, EngineValue.Of(found, JsonReading.Typed, ""));
            }
            catch (TemplateException)
            {
                // As Docker's: where its own types do not know a field, the JSON may.
                FillRaw(one.Clear(), found);
            }

            _text.Append(one).Append('\n');
        }

        public override string ToString() => _text.Length == 0 ? "\n" : _text.ToString();

        private void FillRaw(StringBuilder one, JsonElement found)
        {
            try
            {
                template.Fill(one, EngineValue.Of(found, JsonReading.Raw, ""));
            }
            catch (TemplateException mistake)
            {
                throw new CliException("template parsing error: " + mistake.Message);
            }
        }
    }
}
