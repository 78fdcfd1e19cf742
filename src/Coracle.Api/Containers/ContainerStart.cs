using Coracle.Core;

namespace Coracle.Api;

/// <summary>POST /containers/{id}/start</summary>
internal sealed class ContainerStart(ContainerServices services)
{
    /// <summary>The CLI sends "{}\n" or nothing. A real body was HostConfig-at-start, gone since API 1.24.</summary>
    private const int LongestEmptyBody = 7;

    public async Task<ApiResponse> HandleAsync(ApiRequest request)
    {
        if (request.BodyLength > LongestEmptyBody)
        {
            throw new EngineException(Refusal.InvalidArgument, "starting container with non-empty request body was deprecated since API v1.22 and removed in v1.24");
        }

        return await ContainerRoutes.Find(services, request).StartAsync(request.Aborted) == StartOutcome.AlreadyRunning
            ? ApiResponse.NotModified
            : ApiResponse.NoContent;
    }
}
