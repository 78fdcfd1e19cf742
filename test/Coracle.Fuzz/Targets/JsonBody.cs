using System.Text.Json;
using Coracle.Oci;

namespace Coracle.Fuzz;

/// <summary>A request's body as the API parses it.</summary>
internal static class JsonBody
{
    public static JsonDocument Parse(byte[] bytes) => GoJson.Parse(bytes);
}
