using System.Text;
using Coracle.Oci;

namespace Coracle.Cli;

/// <summary><c>--platform</c> as the API wants it of images that are here: a JSON object.</summary>
internal static class PlatformQuery
{
    /// <param name="separator">What stands before it in the URL.</param>
    /// <param name="name">Of the parameter.</param>
    /// <exception cref="CliException">It is no platform.</exception>
    public static string Of(ParsedArguments arguments, char separator, string name = "platform")
    {
        StringBuilder query = new();
        foreach (string text in arguments.Values("platform").SelectMany(v => v.Split(',')))
        {
            if (!Platform.TryParse(text, out Platform? platform, out string? problem))
            {
                throw new CliException("invalid platform: " + problem);
            }

            byte[] json = Json.Bytes(writer =>
            {
                writer.WriteStartObject();
                writer.WriteString("architecture", platform.Architecture);
                writer.WriteString("os", platform.Os);
                if (platform.Variant.Length > 0)
                {
                    writer.WriteString("variant", platform.Variant);
                }

                writer.WriteEndObject();
            });
            query.Append(query.Length == 0 ? separator : '&').Append(name).Append('=').Append(Uri.EscapeDataString(Encoding.UTF8.GetString(json)));
        }

        return query.ToString();
    }
}
