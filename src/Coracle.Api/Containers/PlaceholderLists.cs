namespace Coracle.Api;

/// <summary>What is true of networks and volumes before their rooms are built: the three modes, and no volume.</summary>
internal static class PlaceholderLists
{
    private static readonly (string Name, string Driver)[] _modes = [("bridge", "bridge"), ("host", "host"), ("none", "null")];

    public static ApiResponse Networks() => ApiResponse.Json(json =>
    {
        json.WriteStartArray();
        foreach ((string name, string driver) in _modes)
        {
            json.WriteStartObject();
            json.WriteString("Name"u8, name);
            // Clients key their tables by id: a stable one each, though there is nothing behind it yet.
            json.WriteString("Id"u8, Oci.Digest.Of(System.Text.Encoding.UTF8.GetBytes("network " + name)).ToHex());
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

        json.WriteEndArray();
    });

    public static ApiResponse Volumes() => ApiResponse.Json(json =>
    {
        json.WriteStartObject();
        json.WriteStartArray("Volumes"u8);
        json.WriteEndArray();
        json.WriteNull("Warnings"u8);
        json.WriteEndObject();
    });
}
