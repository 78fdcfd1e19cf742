using System.Text.Json;
using Coracle.Oci;

namespace Coracle.Registry;

/// <summary>The answer to <c>GET /v2/NAME/tags/list</c> (distribution-spec v1.1, "Listing Tags").</summary>
internal static class TagList
{
    /// <exception cref="RegistryException">Not a list of tags.</exception>
    public static IReadOnlyList<string> Parse(byte[] json)
    {
        try
        {
            using JsonDocument document = GoJson.Parse(json);
            if (document.RootElement.ValueKind == JsonValueKind.Object && document.RootElement.TryGetProperty("tags", out JsonElement tags))
            {
                return tags.ValueKind == JsonValueKind.Null ? [] : [.. tags.EnumerateArray().Select(tag => tag.GetString() ?? "")];
            }
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new RegistryException(RegistryProblem.Protocol, "the registry's list of tags is not a list of tags", e);
        }

        throw new RegistryException(RegistryProblem.Protocol, "the registry's list of tags is not a list of tags");
    }
}
