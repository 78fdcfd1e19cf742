using Coracle.Core;

namespace Coracle.Api;

/// <summary>POST /containers/{id}/kill</summary>
internal sealed class ContainerKill(ContainerServices services)
{
    public async Task<ApiResponse> HandleAsync(ApiRequest request)
    {
        Container container = ContainerRoutes.Find(services, request);
        Signal signal = request.Query("signal") is { Length: > 0 } text ? Signal.Parse(text) : Signal.Kill;
        return await container.KillAsync(signal, request.Aborted) == KillOutcome.Sent
            ? ApiResponse.NoContent
            : throw new EngineException(
                Refusal.Conflict, $"cannot kill container: {request.Route["id"]}: container {container.Id} is not running");
    }
}

/// <summary>DELETE /containers/{id}</summary>
internal sealed class ContainerDelete(ContainerServices services)
{
    public async Task<ApiResponse> HandleAsync(ApiRequest request)
    {
        if (request.QueryBool("link"))
        {
            throw NotBuilt.Option("removing a link");
        }

        // v=1 also removes anonymous volumes: there are none yet.
        await ContainerRoutes.Find(services, request).RemoveAsync(request.QueryBool("force"), request.QueryBool("v"), request.Aborted);
        return ApiResponse.NoContent;
    }
}

/// <summary>POST /containers/{id}/resize</summary>
internal sealed class ContainerResize(ContainerServices services)
{
    public async Task<ApiResponse> HandleAsync(ApiRequest request)
    {
        Container container = ContainerRoutes.Find(services, request);
        int height = (int)request.QueryLong("h", 0, 0, ushort.MaxValue);
        int width = (int)request.QueryLong("w", 0, 0, ushort.MaxValue);
        await container.ResizeAsync(height, width, request.Aborted);
        return ApiResponse.Ok;
    }
}
