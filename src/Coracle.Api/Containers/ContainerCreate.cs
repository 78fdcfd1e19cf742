using System.Text.Json;
using Coracle.Core;
using Coracle.Wire;

namespace Coracle.Api;

/// <summary>POST /containers/create</summary>
internal sealed class ContainerCreate(ContainerServices services)
{
    private const int MaxBodyBytes = 4 << 20;

    public async Task<ApiResponse> HandleAsync(ApiRequest request)
    {
        using JsonDocument? body = await request.ReadJsonAsync(MaxBodyBytes);
        if (body is null)
        {
            throw new EngineException(Refusal.InvalidArgument, "invalid JSON: got EOF while reading request body");
        }

        JsonReading reading = new();
        ContainerCreateRequest wanted = ContainerCreateRequest.Read(body.RootElement, reading);
        Refuse(reading);
        MountGates.Apply(wanted.HostConfig, request.Version);
        IReadOnlyList<string> warnings = NetworkGates.Apply(wanted, request.Version);
        if (!request.Version.Adds(43))
        {
            wanted.HostConfig.Annotations = null; // an older client means something else by it, or nothing
        }

        CreatedContainer created = await services.Parts.Creation.CreateAsync(
            wanted, request.Query("name"), request.Query("platform") ?? "", request.Aborted);
        return ApiResponse.Json(201, json => Write(json, created, [.. warnings, .. reading.Unknown.Select(name => $"unknown option {name} was ignored")]));
    }

    private static void Refuse(JsonReading reading)
    {
        if (reading.Problem is string problem)
        {
            throw new EngineException(Refusal.InvalidArgument, "invalid JSON: " + problem);
        }

        if (reading.NotBuilt is [string first, ..])
        {
            throw NotBuilt.Option(first);
        }
    }

    private static void Write(Utf8JsonWriter json, CreatedContainer created, IReadOnlyList<string> more)
    {
        json.WriteStartObject();
        json.WriteString("Id"u8, created.Id);
        json.WriteStartArray("Warnings"u8);
        foreach (string warning in created.Warnings.Concat(more))
        {
            json.WriteStringValue(warning);
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }
}
