using System.Buffers.Text;
using System.Text;
using System.Text.Json;
using Coracle.Oci;

namespace Coracle.Registry;

/// <summary>Who is pulling, as the client's X-Registry-Auth header says. Kept in memory for one request and never logged.</summary>
public sealed class RegistryCredentials
{
    /// <summary>Headers are bounded by the HTTP server already; a token in them may be long.</summary>
    private const int MaxEncodedLength = 64 * 1024;

    public static RegistryCredentials None { get; } = new();

    public string Username { get; init; } = "";

    public string Password { get; init; } = "";

    /// <summary>An OAuth2 refresh token, in place of a password.</summary>
    public string IdentityToken { get; init; } = "";

    /// <summary>A bearer token that is sent as it is; no token server is asked.</summary>
    public string RegistryToken { get; init; } = "";

    public bool HasPassword => Username.Length > 0 && Password.Length > 0;

    /// <summary>
    /// Parses the header: base64url of a JSON object. Absent, empty, <c>{}</c> and broken ones all mean nobody: Docker pulls
    /// anonymously then, and clients rely on it.
    /// </summary>
    public static RegistryCredentials Parse(string? header)
    {
        if (string.IsNullOrEmpty(header) || header.Length > MaxEncodedLength)
        {
            return None;
        }

        try
        {
            return Read(Decode(header));
        }
        catch (Exception error) when (error is FormatException or JsonException or InvalidOperationException)
        {
            return None;
        }
    }

    // Some clients send plain base64, with + and /.
    private static byte[] Decode(string header) => Base64Url.DecodeFromChars(header.Replace('+', '-').Replace('/', '_').TrimEnd('='));

    private static RegistryCredentials Read(byte[] json)
    {
        using JsonDocument document = GoJson.Parse(json);
        JsonElement root = document.RootElement;
        if (root.ValueKind == JsonValueKind.Null)
        {
            return None;
        }

        string username = Text(root, "username"), password = Text(root, "password");
        if (username.Length == 0 && Text(root, "auth") is { Length: > 0 } auth)
        {
            string both = Encoding.UTF8.GetString(Convert.FromBase64String(auth));
            int colon = both.IndexOf(':', StringComparison.Ordinal);
            (username, password) = colon < 0 ? (both, "") : (both[..colon], both[(colon + 1)..].TrimEnd('\0'));
        }

        return new RegistryCredentials
        {
            Username = username,
            Password = password,
            IdentityToken = Text(root, "identitytoken"),
            RegistryToken = Text(root, "registrytoken"),
        };
    }

    /// <summary>In any letter case, as Go reads JSON: clients write <c>identitytoken</c> and <c>identityToken</c>.</summary>
    private static string Text(JsonElement root, string name)
    {
        foreach (JsonProperty property in root.EnumerateObject())
        {
            if (property.Name.Equals(name, StringComparison.OrdinalIgnoreCase) && property.Value.ValueKind == JsonValueKind.String)
            {
                return property.Value.GetString()!;
            }
        }

        return "";
    }
}
