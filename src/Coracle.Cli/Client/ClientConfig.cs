using System.Text;
using System.Text.Json;
using Coracle.Oci;

namespace Coracle.Cli;

/// <summary>Docker's <c>config.json</c> of the person at the keyboard, read when first asked. It is never written.</summary>
internal sealed class ClientConfig(ParsedArguments global, CliProcess process)
{
    private JsonElement? _root;

    /// <summary>Docker's name for its own registry in <c>auths</c>.</summary>
    private const string HubKey = "https://index.docker.io/v1/";

    /// <returns>The text under this name, such as <c>detachKeys</c> or <c>psFormat</c>; null where there is none.</returns>
    public string? Text(string name) => Root.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String && value.GetString() is { Length: > 0 } text ? text : null;

    /// <summary>Headers for every request, under <c>HttpHeaders</c>.</summary>
    public IEnumerable<(string Name, string Value)> HttpHeaders()
    {
        if (Root.TryGetProperty("HttpHeaders", out JsonElement headers) && headers.ValueKind == JsonValueKind.Object)
        {
            foreach (JsonProperty header in headers.EnumerateObject())
            {
                yield return (header.Name, header.Value.ToString());
            }
        }
    }

    /// <summary>The <c>X-Registry-Auth</c> header for a registry: what <c>docker login</c> has left, or an empty object.</summary>
    /// <param name="domain">As in a whole reference: <c>docker.io</c>.</param>
    public string RegistryAuth(string domain)
    {
        byte[] json = "{}"u8.ToArray();
        string key = domain == "docker.io" ? HubKey : domain;
        if (Root.TryGetProperty("auths", out JsonElement all) && all.ValueKind == JsonValueKind.Object && all.TryGetProperty(key, out JsonElement auth))
        {
            json = Json.Bytes(writer => WriteAuth(writer, auth, key));
        }

        return Convert.ToBase64String(json).Replace('+', '-').Replace('/', '_');
    }

    private JsonElement Root => _root ??= Read();

    private static void WriteAuth(Utf8JsonWriter writer, JsonElement auth, string key)
    {
        writer.WriteStartObject();
        if (auth.TryGetProperty("auth", out JsonElement encoded) && encoded.GetString() is { Length: > 0 } pair)
        {
            (string user, string password) = KeyValues.Split(Encoding.UTF8.GetString(Convert.FromBase64String(pair)), ':');
            writer.WriteString("username", user);
            writer.WriteString("password", password);
        }

        if (auth.TryGetProperty("identitytoken", out JsonElement token))
        {
            writer.WriteString("identitytoken", token.GetString());
        }

        writer.WriteString("serveraddress", key);
        writer.WriteEndObject();
    }

    private JsonElement Read()
    {
        string directory = global.Value("config") ?? process.Environment.GetValueOrDefault("DOCKER_CONFIG")
            ?? $"{process.Environment.GetValueOrDefault("HOME") ?? "/root"}/.docker";
        try
        {
            using JsonDocument document = GoJson.Parse(TextFile.Read(directory + "/config.json"));
            return document.RootElement.Clone();
        }
        catch (Exception unreadable) when (unreadable is CliException or JsonException)
        {
            // Most devices have none; a broken one is docker's to mend, and nothing here depends on it.
            using JsonDocument none = JsonDocument.Parse("{}"u8.ToArray());
            return none.RootElement.Clone();
        }
    }
}
