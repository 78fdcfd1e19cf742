using System.Text.Json;
using Coracle.Core;
using Coracle.Wire;

namespace Coracle.Api;

/// <summary>POST /containers/{id}/exec: nothing runs yet.</summary>
internal sealed class ExecCreate(ContainerServices services)
{
    private const int MaxBodyBytes = 4 << 20;

    public async Task<ApiResponse> HandleAsync(ApiRequest request)
    {
        using JsonDocument? body = await request.ReadJsonAsync(MaxBodyBytes);
        JsonReading reading = new();
        ExecCreateRequest wanted = (body is null ? null : ExecCreateRequest.Table.Read(body.RootElement, reading)) ?? new ExecCreateRequest();
        if (reading.Problem is string problem)
        {
            throw new EngineException(Refusal.InvalidArgument, "invalid JSON: " + problem);
        }

        if (wanted.Cmd is null or { Count: 0 })
        {
            throw new EngineException(Refusal.InvalidArgument, "No exec command specified");
        }

        Container container = ContainerRoutes.Find(services, request);
        ExecInstance exec = services.Parts.Execs.Create(container, request.Route["id"], Describe(wanted, request.Version));
        return ApiResponse.Json(201, json =>
        {
            json.WriteStartObject();
            json.WriteString("Id"u8, exec.Id);
            json.WriteEndObject();
        });
    }

    private static ExecConfig Describe(ExecCreateRequest wanted, ApiVersion version)
    {
        if (wanted.DetachKeys.Length > 0)
        {
            DetachKeys.Parse(wanted.DetachKeys); // refused here, where the client can still be told
        }

        return new ExecConfig
        {
            Command = wanted.Cmd!,
            Environment = wanted.Env ?? [],
            User = wanted.User,
            WorkingDirectory = wanted.WorkingDir,
            Tty = wanted.Tty,
            Privileged = wanted.Privileged,
            AttachStdin = wanted.AttachStdin,
            AttachStdout = wanted.AttachStdout,
            AttachStderr = wanted.AttachStderr,
            DetachKeys = wanted.DetachKeys,
            ConsoleSize = version.Adds(42) ? ExecShape.Size(wanted.ConsoleSize) : default,
        };
    }
}
