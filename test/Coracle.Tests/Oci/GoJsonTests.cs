using System.Text;
using System.Text.Json;
using Coracle.Oci;

namespace Coracle.Tests.Oci;

/// <summary>Text that is no Unicode, as Go's decoder reads it; .NET's throws from wherever the text is asked for.</summary>
public sealed class GoJsonTests
{
    [Theory]
    [InlineData("\\ud800", "\ufffd")]
    [InlineData("\\udc00", "\ufffd")]
    [InlineData("a\\uD83D\\uDE00b", "a\ud83d\ude00b")]
    [InlineData("\\ud83d\\ud83d\\ude00", "\ufffd\ud83d\ude00")]
    [InlineData("\\ud800x", "\ufffdx")]
    [InlineData("\\ud800\\\\udc00", "\ufffd\\udc00")]
    [InlineData("\\\\ud800", "\\ud800")]
    [InlineData("\\u00e9\\n\\\"", "é\n\"")]
    [InlineData("\xff", "\ufffd")]
    [InlineData("\xc3\xa9\xe2\x82", "é\ufffd")]
    public void What_is_no_Unicode_has_a_replacement_in_its_place(string latin1, string text)
    {
        using JsonDocument document = GoJson.Parse(Encoding.Latin1.GetBytes($"{{\"{latin1}\":\"{latin1}\"}}"));
        JsonProperty property = Assert.Single(document.RootElement.EnumerateObject());
        Assert.Equal((text, text), (property.Name, property.Value.GetString()));
    }

    [Theory]
    [InlineData("")]
    [InlineData("\xff")]
    [InlineData("{\"a\":\"\\u00")]
    [InlineData("\"\\ud80")]
    [InlineData("\\u")]
    public void What_is_no_JSON_is_none(string latin1) => Assert.ThrowsAny<JsonException>(() => GoJson.Parse(Encoding.Latin1.GetBytes(latin1)));
}
