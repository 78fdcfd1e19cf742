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
        Container container = ContainerRoutes.Find(services, request);
        if (request.QueryBool("link"))
        {
            throw new EngineException(Refusal.Conflict, "Conflict, cannot remove the default link name of the container");
        }

        await container.RemoveAsync(request.QueryBool("force"), request.QueryBool("v"), request.Aborted);
        return ApiResponse.NoContent;
    }
}

/// <summary>POST /containers/{id}/resize</summary>
internal sealed class ContainerResize(ContainerServices services)
{
    public async Task<ApiResponse> HandleAsync(ApiRequest request)
    {
        Container container = ContainerRoutes.Find(services, request);
        int height = Size(request, "h"), width = Size(request, "w");
        await container.ResizeAsync(height, width, request.Aborted);
        return ApiResponse.Ok;
    }

    /// <summary>A terminal's rows and columns are 16 bits each; Docker takes any number and cuts it.</summary>
    private static int Size(ApiRequest request, string name)
    {
        string text = request.Query(name) ?? "";
        return uint.TryParse(text, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out uint size)
            ? (ushort)size
            : throw new EngineException(Refusal.InvalidArgument, $"strconv.Atoi: parsing \"{text}\": invalid syntax");
    }
}
