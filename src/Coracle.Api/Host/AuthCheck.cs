using System.Text.Json;
using Coracle.Core;

namespace Coracle.Api;

/// <summary>POST /auth: <c>docker login</c> asks whether a registry takes these credentials.</summary>
internal sealed class AuthCheck(HostServices host)
{
    private const int MaxBodyBytes = 64 * 1024;

    public async Task<ApiResponse> HandleAsync(ApiRequest request)
    {
        using JsonDocument body = await request.ReadJsonAsync(MaxBodyBytes)
            ?? throw new EngineException(Refusal.InvalidArgument, "invalid JSON: got EOF while reading request body");
        JsonElement root = body.RootElement;
        if (root.ValueKind != JsonValueKind.Object)
        {
            throw new EngineException(Refusal.InvalidArgument, "invalid JSON: an object is expected");
        }

        RegistryLogin login = new(
            Text(root, "username"), Text(root, "password"), Text(root, "identitytoken"), Text(root, "serveraddress"));
        string identityToken = await host.CheckLoginAsync(login, request.Aborted);
        return ApiResponse.Json(json =>
        {
            json.WriteStartObject();
            json.WriteString("IdentityToken"u8, identityToken);
            json.WriteString("Status"u8, "Login Succeeded"u8);
            json.WriteEndObject();
        });
    }

    private static string Text(JsonElement root, string name)
        => root.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String ? value.GetString()! : "";
}
