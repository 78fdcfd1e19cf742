using System.Text.Json;
using Coracle.Core;
using Coracle.Oci;

namespace Coracle.Api;

/// <summary>The <c>platform</c> parameter of requests about images that are here: JSON, unlike the one of pull and create.</summary>
internal static class PlatformParameter
{
    /// <param name="since">The minor version that brought it to this endpoint: before, it is passed over, as Docker does.</param>
    /// <returns>Null where none is asked for.</returns>
    /// <exception cref="EngineException">400, in moby's words (httputils.DecodePlatform).</exception>
    public static Platform? Read(ApiRequest request, int since)
        => request.Version.Adds(since) && request.Query("platform") is { Length: > 0 } text ? Parse(text) : null;

    public static Platform Parse(string text)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(text);
            string os = Text(document.RootElement, "os"), architecture = Text(document.RootElement, "architecture"), variant = Text(document.RootElement, "variant");
            if (os.Length == 0 && architecture.Length == 0 && variant.Length + Text(document.RootElement, "os.version").Length > 0)
            {
                throw Refused("optional platform fields provided, but OS and Architecture are missing");
            }

            return os.Length > 0 && architecture.Length > 0
                ? Platform.Parse(variant.Length == 0 ? $"{os}/{architecture}" : $"{os}/{architecture}/{variant}")
                : throw Refused("both OS and Architecture must be provided");
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or OciFormatException)
        {
            throw Refused("failed to parse platform: " + error.Message);
        }
    }

    private static string Text(JsonElement platform, string name) => platform.TryGetProperty(name, out JsonElement value) ? value.GetString() ?? "" : "";

    private static EngineException Refused(string why) => new(Refusal.InvalidArgument, why);
}
