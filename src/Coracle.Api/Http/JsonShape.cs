using System.Text.Encodings.Web;
using System.Text.Json;

namespace Coracle.Api;

/// <summary>How our JSON looks on the wire: compact, and with <c>&lt;none&gt;</c> and <c>+</c> as they are, as people read it in shells.</summary>
internal static class JsonShape
{
    public static JsonWriterOptions Options { get; } = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, // JSON in a JSON document: nothing here ends up in HTML
        SkipValidation = false,
    };
}
