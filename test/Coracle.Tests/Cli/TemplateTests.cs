using System.Text;
using System.Text.Json;
using Coracle.Cli;
using CsCheck;

namespace Coracle.Tests.Cli;

/// <summary>What goldens of docker do not show: hostile templates end, and end with a text for the person.</summary>
public sealed class TemplateTests
{
    private static readonly string[] _pieces =
    [
        "{{", "}}", "{{-", "-}}", " ", ".", ".Name", ".List", ".Map", "$", "$x", ":=", "=", "|", "(", ")", ",", "if", "else", "end", "range", "with", "break", "continue",
        "json", "join", "split", "printf", "index", "slice", "len", "eq", "lt", "and", "\"a\"", "`b`", "'c'", "1", "2.5", "-3", "nil", "true", "/*", "*/", "\\", "\"", "%", "é", "x",
    ];

    [Fact]
    public void Whatever_is_typed_is_filled_or_refused()
        => Gen.Int[0, _pieces.Length - 1].Select(i => _pieces[i]).Array[0, 20].Sample(pieces =>
        {
            string source = string.Concat(pieces);
            try
            {
                Filled(source);
            }
            catch (TemplateException mistake)
            {
                Assert.StartsWith("template: :", mistake.Message, StringComparison.Ordinal);
            }
        }, iter: 20_000);

    [Fact]
    public void Nesting_has_an_end()
    {
        string deep = string.Concat(Enumerable.Repeat("{{if .Name}}", 100_000));
        Assert.Contains("nested too deeply", Assert.Throws<TemplateException>(() => Filled(deep)).Message, StringComparison.Ordinal);
        string brackets = "{{" + new string('(', 100_000) + "1" + new string(')', 100_000) + "}}";
        Assert.Contains("nested too deeply", Assert.Throws<TemplateException>(() => Filled(brackets)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Output_has_an_end()
        => Assert.Contains("too much output", Assert.Throws<TemplateException>(() => Filled("{{range 2000000000}}0123456789012345678901234567890123456789{{end}}")).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("{{.Name}}\t{{len .List}}", "web\t2")]
    [InlineData("{{range $i, $x := .List}}{{if $i}}, {{end}}{{$x}}{{end}}", "a, b")]
    [InlineData("{{range $k, $v := .Labels}}{{$k}}={{$v}} {{end}}", "x=1 y=2 ")]
    [InlineData("{{with .Missing}}{{.}}{{else}}none{{end}}", "none", "{\"Missing\":\"\"}")]
    [InlineData("{{json .}}", "{\"A\":\"<\",\"Labels\":{\"a\":1,\"b\":2}}", "{\"A\":\"\\u003c\",\"Labels\":{\"b\":2,\"a\":1}}")]
    [InlineData("{{printf \"%03d|%+d|%-4s|%4s|\" 7 7 \"a\" \"é\"}}", "007|+7|a   |   é|")]
    public void Templates_are_filled(string source, string text, string json = """{"Name":"web","List":["a","b"],"Labels":{"y":"2","x":"1"}}""") => Assert.Equal(text, Filled(source, json));

    [Theory]
    [InlineData(0, "0B")]
    [InlineData(999, "999B")]
    [InlineData(1980000, "1.98MB")]
    [InlineData(27_180_123, "27.2MB")]
    [InlineData(999_950, "1e+03kB")]
    public void Sizes_are_go_units(long bytes, string text) => Assert.Equal(text, HumanSize.Decimal(bytes, 3));

    private static string Filled(string source, string json = """{"Name":"web","List":["a","b"],"Map":{"y":"2","x":"1"}}""")
    {
        StringBuilder text = new();
        using JsonDocument document = JsonDocument.Parse(json);
        new Template(source).Fill(text, EngineValue.Of(document.RootElement, JsonReading.Typed, ""));
        return text.ToString();
    }
}
