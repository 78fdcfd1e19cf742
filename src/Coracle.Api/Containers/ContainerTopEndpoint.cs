using System.Text.Json;
using Coracle.Core;

namespace Coracle.Api;

/// <summary>GET /containers/{id}/top</summary>
internal sealed class ContainerTopEndpoint(ContainerServices services)
{
    public async Task<ApiResponse> HandleAsync(ApiRequest request)
    {
        Container container = ContainerRoutes.Find(services, request);
        TopTable table = await Task.Run(() => services.Parts.Top.Run(container, request.Query("ps_args") ?? ""));
        return ApiResponse.Json(json =>
        {
            json.WriteStartObject();
            WriteTexts(json, "Titles", table.Titles);
            json.WriteStartArray("Processes"u8);
            foreach (IReadOnlyList<string> process in table.Processes)
            {
                WriteTexts(json, null, process);
            }

            json.WriteEndArray();
            json.WriteEndObject();
        });
    }

    private static void WriteTexts(Utf8JsonWriter json, string? name, IReadOnlyList<string> texts)
    {
        if (name is not null)
        {
            json.WritePropertyName(name);
        }

        json.WriteStartArray();
        foreach (string text in texts)
        {
            json.WriteStringValue(text);
        }

        json.WriteEndArray();
    }
}
