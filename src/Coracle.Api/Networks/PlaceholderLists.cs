using System.Text.Json;
using Coracle.Core;
using Coracle.Oci;

namespace Coracle.Api;

/// <summary>What is true of networks before their room is built: the three modes.</summary>
internal static class PlaceholderLists
{
    private static readonly (string Name, string Driver)[] _modes = [("bridge", "bridge"), ("host", "host"), ("none", "null")];

    public static ApiResponse Networks() => ApiResponse.Json(json =>
    {
        json.WriteStartArray();
        foreach ((string name, string driver) in _modes)
        {
            WriteNetwork(json, name, driver);
        }

        json.WriteEndArray();
    });

    /// <exception cref="EngineException">Not one of the three.</exception>
    public static ApiResponse Network(string idOrName)
    {
        foreach ((string name, string driver) in _modes)
        {
            if (name == idOrName || IdOf(name).StartsWith(idOrName, StringComparison.Ordinal))
            {
                return ApiResponse.Json(json => WriteNetwork(json, name, driver));
            }
        }

        throw new EngineException(Refusal.NotFound, $"network {idOrName} not found");
    }

    // Clients key their tables by id: a stable one each, though there is nothing behind it yet.
    private static string IdOf(string name) => Digest.Of(System.Text.Encoding.UTF8.GetBytes("network " + name)).ToHex();

    private static void WriteNetwork(Utf8JsonWriter json, string name, string driver)
    {
        json.WriteStartObject();
        json.WriteString("Name"u8, name);
        json.WriteString("Id"u8, IdOf(name));
        json.WriteString("Created"u8, "0001-01-01T00:00:00Z"u8);
        json.WriteString("Scope"u8, "local"u8);
        json.WriteString("Driver"u8, driver);
        json.WriteBoolean("EnableIPv4"u8, true);
        json.WriteBoolean("EnableIPv6"u8, false);
        json.WriteStartObject("IPAM"u8);
        json.WriteString("Driver"u8, "default"u8);
        json.WriteNull("Options"u8);
        json.WriteStartArray("Config"u8);
        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteBoolean("Internal"u8, false);
        json.WriteBoolean("Attachable"u8, false);
        json.WriteBoolean("Ingress"u8, false);
        json.WriteStartObject("Containers"u8);
        json.WriteEndObject();
        json.WriteStartObject("Options"u8);
        json.WriteEndObject();
        json.WriteStartObject("Labels"u8);
        json.WriteEndObject();
        json.WriteEndObject();
    }
}
