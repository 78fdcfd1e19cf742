using System.Buffers;
using System.Text.Json;
using Coracle.Core;

namespace Coracle.Api;

/// <summary>POST /containers/{id}/wait: the head goes out at once, since <c>docker run</c> starts the container only when it has it.</summary>
internal sealed class ContainerWait(ContainerServices services)
{
    public Task<ApiResponse> HandleAsync(ApiRequest request)
    {
        Container container = ContainerRoutes.Find(services, request);
        WaitCondition condition = request.Query("condition") switch
        {
            null or "" or "not-running" => WaitCondition.NotRunning,
            "next-exit" => WaitCondition.NextExit,
            "removed" => WaitCondition.Removed,
            string other => throw new EngineException(Refusal.InvalidArgument, $"invalid condition: \"{other}\""),
        };

        // Begun before the head goes out: an exit between the two is the one that was waited for.
        Task<ContainerState> waiting = container.WaitAsync(condition, request.Aborted);
        return Task.FromResult(ApiResponse.Stream(ApiResponse.JsonType, (body, aborted) => AnswerAsync(waiting, body, aborted)));
    }

    private static async Task AnswerAsync(Task<ContainerState> waiting, Stream body, CancellationToken aborted)
    {
        ContainerState state = await waiting;
        ArrayBufferWriter<byte> buffer = new();
        using (Utf8JsonWriter json = new(buffer, JsonShape.Options))
        {
            json.WriteStartObject();
            json.WriteNumber("StatusCode"u8, state.ExitCode);
            json.WriteEndObject();
        }

        buffer.Write("\n"u8);
        await body.WriteAsync(buffer.WrittenMemory, aborted);
    }
}
